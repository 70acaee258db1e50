using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Store;

namespace DensaiAdmin.Core.Authority;

/// <summary>What a new pair of CAs shall be. All instants UTC, cut to whole seconds.</summary>
public sealed record AuthorityPlan
{
    /// <summary>O of both CAs: the institution.</summary>
    public required string Organization { get; init; }

    /// <summary>CN of the root CA.</summary>
    public required string RootCommonName { get; init; }

    /// <summary>CN of the issuing CA.</summary>
    public required string IssuingCommonName { get; init; }

    /// <summary>Where the root's CRL and certificate are found; written into the issuing CA's certificate.</summary>
    public required PkiAddresses Addresses { get; init; }

    /// <summary>First valid second of both CAs.</summary>
    public required DateTimeOffset NotBefore { get; init; }

    /// <summary>Last valid second of the root; not before that of the issuing CA.</summary>
    public required DateTimeOffset RootNotAfter { get; init; }

    /// <summary>Last valid second of the issuing CA; it must outlive everything it issues.</summary>
    public required DateTimeOffset IssuingNotAfter { get; init; }

    /// <summary>
    /// Now. thisUpdate of the root's first CRL, whose nextUpdate is the issuing CA's end: the root's key is meant to be away by then.
    /// </summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>PBKDF2 rounds of the sealed files; fewer only where tests make many CAs.</summary>
    internal int SealingRounds { get; init; } = SealedKeyFile.Rounds;
}

/// <summary>Where the root's key stands (<c>ca show</c>).</summary>
public enum RootKeyPlace
{
    /// <summary>Sealed, in the CA directory.</summary>
    InDirectory,

    /// <summary>Exported and removed.</summary>
    Exported,

    /// <summary>Not in the directory, and no note says where it went.</summary>
    Missing,
}

/// <param name="Place">Where it is.</param>
/// <param name="ExportedAt">When it left, UTC; only when exported.</param>
/// <param name="ExportedTo">The file it was written to; only when exported.</param>
public sealed record RootKeyStanding(RootKeyPlace Place, DateTimeOffset? ExportedAt, string? ExportedTo);

/// <summary>What came of exporting the root's key.</summary>
public enum RootExportOutcome
{
    /// <summary>The copy was written, opened again and found right; the key was removed here.</summary>
    Exported,

    /// <summary>It is not here any more.</summary>
    NotHere,

    /// <summary>The CA directory is sealed with another passphrase.</summary>
    WrongPassphrase,

    /// <summary>The target exists and is not this key; nothing was overwritten.</summary>
    TargetExists,

    /// <summary>The target lies in the CA directory, which every backup holds.</summary>
    TargetInsideDirectory,

    /// <summary>The target cannot be written or read back; the key is still here.</summary>
    TargetNotWritable,
}

/// <summary>What came of opening the CA directory.</summary>
public abstract record AuthorityOpenOutcome
{
    private AuthorityOpenOutcome()
    {
    }

    public sealed record Opened(AuthorityKeys Keys) : AuthorityOpenOutcome;

    /// <summary>There is no CA yet.</summary>
    public sealed record NotCreated : AuthorityOpenOutcome;

    public sealed record WrongPassphrase : AuthorityOpenOutcome;

    /// <summary>A file is missing or not what it was.</summary>
    public sealed record Damaged(string File) : AuthorityOpenOutcome;

    public T Match<T>(Func<AuthorityKeys, T> opened, Func<T> notCreated, Func<T> wrongPassphrase, Func<string, T> damaged) => this switch
    {
        Opened outcome => opened(outcome.Keys),
        NotCreated => notCreated(),
        WrongPassphrase => wrongPassphrase(),
        Damaged outcome => damaged(outcome.File),
        _ => throw new InvalidOperationException("The outcomes are closed."),
    };
}

/// <summary>
/// The CA directory, opened: the root's certificate and CRL, and the issuing CAs with their keys. Files: <c>root.cer</c>,
/// <c>root.crl</c>, <c>root.key.pem</c> (until exported), <c>issuing-{key identifier}.cer</c> and <c>.key.pem</c>, and
/// <c>current</c>, which names the issuing CA in use. Directory 700, files 600, keys sealed by the passphrase.
/// </summary>
public sealed class AuthorityKeys : IDisposable
{
    const string RootCertificateFile = "root.cer";
    const string RootKeyFile = "root.key.pem";
    const string RootCrlFile = "root.crl";
    const string RootNoteFile = "root.exported.json";
    const string CurrentFile = "current";

    readonly string _directory;
    readonly List<FileAuthority> _issuing;

    AuthorityKeys(
        string directory, AuthorityCertificate root, CertificateRevocationList rootCrl, List<FileAuthority> issuing,
        FileAuthority current) =>
        (_directory, Root, RootCrl, _issuing, Current) = (directory, root, rootCrl, issuing, current);

    public AuthorityCertificate Root { get; }

    public CertificateRevocationList RootCrl { get; }

    /// <summary>The CA that issues now.</summary>
    public ICertificateAuthority Current { get; }

    /// <summary>Every issuing CA whose certificates may still live, the current one included; each has a CRL to keep.</summary>
    public IReadOnlyList<ICertificateAuthority> Issuing => _issuing;

    /// <summary>Root and issuing certificates: EST <c>cacerts</c>, trust files.</summary>
    public IEnumerable<AuthorityCertificate> Certificates => _issuing.Select(ca => ca.IssuerCertificate).Prepend(Root);

    /// <summary>Where the root's key stands.</summary>
    public RootKeyStanding RootKey => ReadStanding(_directory);

    /// <summary>Whether the directory holds a CA.</summary>
    public static bool Exist(string directory) => File.Exists(Path.Combine(directory, CurrentFile));

    /// <summary>
    /// Makes root and issuing CA and the root's CRL. The directory appears whole, in one step, or not at all.
    /// </summary>
    /// <exception cref="InvalidOperationException">The directory already holds something: a CA is never overwritten.</exception>
    public static AuthorityKeys Create(string directory, AuthorityPlan plan, KeyPassphrase passphrase)
    {
        var place = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (Directory.Exists(place) && Directory.EnumerateFileSystemEntries(place).Any())
        {
            throw new InvalidOperationException("The CA directory is not empty; a CA is never overwritten.");
        }

        var parent = Path.GetDirectoryName(place)!;
        DurableFile.CreateDirectory(parent);
        var unfinished = $".{Path.GetFileName(place)}-unfinished-";
        foreach (var remains in Directory.EnumerateDirectories(parent, unfinished + "*"))
        {
            Directory.Delete(remains, recursive: true);
        }

        var workshop = Path.Combine(parent, unfinished + Guid.NewGuid().ToString("N"));
        DurableFile.CreateDirectory(workshop);
        var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        var issuingKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var rootCertificate = new AuthorityCertificate(AuthorityCertificates.Root(plan, rootKey));
        using var root = new FileAuthority(rootCertificate, rootKey);
        var issuing = new FileAuthority(new AuthorityCertificate(AuthorityCertificates.Issuing(plan, root, issuingKey)), issuingKey);
        var rootCrl = CertificateRevocationList.Build(root, 1, plan.CreatedAt, plan.IssuingNotAfter, []);

        var identifier = issuing.IssuerCertificate.SubjectKeyIdentifier;
        DurableFile.Write(Path.Combine(workshop, RootCertificateFile), rootCertificate.Der.Span);
        DurableFile.Write(Path.Combine(workshop, RootCrlFile), rootCrl.Der.Span);
        SealedKeyFile.Write(Path.Combine(workshop, RootKeyFile), rootKey, passphrase, plan.SealingRounds);
        DurableFile.Write(Path.Combine(workshop, IssuingCertificateFile(identifier)), issuing.IssuerCertificate.Der.Span);
        SealedKeyFile.Write(Path.Combine(workshop, IssuingKeyFile(identifier)), issuingKey, passphrase, plan.SealingRounds);
        DurableFile.Write(Path.Combine(workshop, CurrentFile), Encoding.ASCII.GetBytes(identifier + "\n"));

        if (Directory.Exists(place))
        {
            Directory.Delete(place);
        }

        Directory.Move(workshop, place);
        DurableFile.FlushDirectory(parent);
        return new AuthorityKeys(place, rootCertificate, rootCrl, [issuing], issuing);
    }

    /// <summary>Opens the directory: every certificate is checked against the root, every key against its certificate.</summary>
    public static AuthorityOpenOutcome Open(string directory, KeyPassphrase passphrase)
    {
        var place = Path.GetFullPath(directory);
        if (!Exist(place))
        {
            return new AuthorityOpenOutcome.NotCreated();
        }

        var current = File.ReadAllText(Path.Combine(place, CurrentFile)).Trim();
        if (ReadCertificate(Path.Combine(place, RootCertificateFile)) is not { } root || !CertificateSignature.IsSignedBy(root.Der, root))
        {
            return new AuthorityOpenOutcome.Damaged(RootCertificateFile);
        }

        var rootCrlFile = Path.Combine(place, RootCrlFile);
        if (!File.Exists(rootCrlFile) || CertificateRevocationList.Read(File.ReadAllBytes(rootCrlFile), root) is not { } rootCrl)
        {
            return new AuthorityOpenOutcome.Damaged(RootCrlFile);
        }

        var issuing = new List<FileAuthority>();
        AuthorityOpenOutcome? failure = null;
        foreach (var file in Directory.EnumerateFiles(place, IssuingCertificateFile("*")).Order(StringComparer.Ordinal))
        {
            failure = OpenIssuing(file, root, passphrase, issuing);
            if (failure is not null)
            {
                break;
            }
        }

        var inUse = issuing.Find(ca => ca.IssuerCertificate.SubjectKeyIdentifier == current);
        if (failure is null && inUse is not null)
        {
            return new AuthorityOpenOutcome.Opened(new AuthorityKeys(place, root, rootCrl, issuing, inUse));
        }

        issuing.ForEach(ca => ca.Dispose());
        return failure ?? new AuthorityOpenOutcome.Damaged(CurrentFile);
    }

    /// <summary>
    /// Writes the root's key to a file of its own, sealed with its own passphrase, opens that file again, and only then removes the key
    /// here. Killed in between, it may be run again with the same target.
    /// </summary>
    /// <param name="passphrase">Of the CA directory.</param>
    /// <param name="target">The new file, outside the CA directory.</param>
    /// <param name="exportPassphrase">Seals the new file.</param>
    /// <param name="now">Goes into the note that says where the key went.</param>
    public RootExportOutcome ExportRootAndRemove(
        KeyPassphrase passphrase, string target, KeyPassphrase exportPassphrase, DateTimeOffset now)
    {
        var destination = Path.GetFullPath(target);
        if (destination.StartsWith(_directory + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            return RootExportOutcome.TargetInsideDirectory;
        }

        var source = Path.Combine(_directory, RootKeyFile);
        switch (SealedKeyFile.Open(source, passphrase))
        {
            case SealedKey.Opened opened:
                using (opened.Key)
                {
                    if (WriteCopy(opened.Key, destination, exportPassphrase) is { } failure)
                    {
                        return failure;
                    }
                }

                break;
            case SealedKey.Missing:
                return RootExportOutcome.NotHere;
            default:
                return RootExportOutcome.WrongPassphrase;
        }

        DurableFile.Write(
            Path.Combine(_directory, RootNoteFile), JsonSerializer.SerializeToUtf8Bytes(
                new ExportNote(now.ToUniversalTime(), destination)));
        File.Delete(source);
        DurableFile.FlushDirectory(_directory);
        return RootExportOutcome.Exported;
    }

    public void Dispose() => _issuing.ForEach(ca => ca.Dispose());

    RootExportOutcome? WriteCopy(AsymmetricAlgorithm key, string destination, KeyPassphrase passphrase)
    {
        try
        {
            if (!File.Exists(destination))
            {
                SealedKeyFile.Write(destination, key, passphrase);
            }

            if (SealedKeyFile.Open(destination, passphrase) is SealedKey.Opened copy)
            {
                using (copy.Key)
                {
                    return copy.Key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(Root.SubjectPublicKeyInfo)
                        ? null
                        : RootExportOutcome.TargetExists;
                }
            }

            return RootExportOutcome.TargetExists;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return RootExportOutcome.TargetNotWritable;
        }
    }

    static AuthorityOpenOutcome? OpenIssuing(string file, AuthorityCertificate root, KeyPassphrase passphrase, List<FileAuthority> issuing)
    {
        var name = Path.GetFileName(file);
        if (ReadCertificate(file) is not { } certificate
            || name != IssuingCertificateFile(certificate.SubjectKeyIdentifier)
            || !CertificateSignature.IsSignedBy(certificate.Der, root))
        {
            return new AuthorityOpenOutcome.Damaged(name);
        }

        var keyFile = IssuingKeyFile(certificate.SubjectKeyIdentifier);
        switch (SealedKeyFile.Open(Path.Combine(Path.GetDirectoryName(file)!, keyFile), passphrase))
        {
            case SealedKey.Opened opened:
                try
                {
                    issuing.Add(new FileAuthority(certificate, opened.Key));
                    return null;
                }
                catch (CryptographicException)
                {
                    opened.Key.Dispose();
                    return new AuthorityOpenOutcome.Damaged(keyFile);
                }

            case SealedKey.WrongPassphrase:
                return new AuthorityOpenOutcome.WrongPassphrase();
            default:
                return new AuthorityOpenOutcome.Damaged(keyFile);
        }
    }

    static AuthorityCertificate? ReadCertificate(string path)
    {
        try
        {
            return File.Exists(path) ? new AuthorityCertificate(File.ReadAllBytes(path)) : null;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    static RootKeyStanding ReadStanding(string directory)
    {
        if (File.Exists(Path.Combine(directory, RootKeyFile)))
        {
            return new RootKeyStanding(RootKeyPlace.InDirectory, null, null);
        }

        var note = Path.Combine(directory, RootNoteFile);
        if (!File.Exists(note))
        {
            return new RootKeyStanding(RootKeyPlace.Missing, null, null);
        }

        try
        {
            var read = JsonSerializer.Deserialize<ExportNote>(File.ReadAllBytes(note));
            return new RootKeyStanding(RootKeyPlace.Exported, read?.ExportedAt, read?.ExportedTo);
        }
        catch (JsonException)
        {
            return new RootKeyStanding(RootKeyPlace.Exported, null, null);
        }
    }

    static string IssuingCertificateFile(string identifier) => $"issuing-{identifier}.cer";

    static string IssuingKeyFile(string identifier) => $"issuing-{identifier}.key.pem";

    sealed record ExportNote(DateTimeOffset ExportedAt, string ExportedTo);
}
