using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>
/// Linux: the NSS databases, which Chromium and Firefox read, through NSS's own <c>certutil</c> and <c>pk12util</c>. The key is created
/// inside the database and never becomes a plain file: for TLS and for a second database it is exported through pipes, encrypted with a
/// one-time password.
/// </summary>
internal sealed class NssStore(NssPlaces places, IProgramRunner programs, OpenRequests requests) : ICertificateStore
{
    /// <summary>The Debian and Ubuntu package that contains both tools.</summary>
    public const string ToolsPackage = "libnss3-tools";

    public static IReadOnlyList<string> Tools { get; } = ["certutil", "pk12util"];

    // In the order in which they are moved into place. The other files of NSS contain the path of their directory; NSS creates them anew.
    private static readonly string[] Files = ["key4.db", "cert9.db"];

    // Answers every question for the password of a database with nothing: otherwise the tools ask on the terminal, again and again.
    private const string NoPassword = "/dev/null";

    // pk12util uses 600 000 iterations per bag, and the file is our own and seconds old.
    private static readonly Pkcs12LoaderLimits OwnExport = Pkcs12LoaderLimits.DangerousNoLimits;

    // Each time the tool itself waits for about a second.
    private const int MaxAttempts = 6;

    private const string Busy = "SQLITE_BUSY";

    // The browsers in whose stores the last certificate was read back; before that, those whose stores the last check found usable.
    private IReadOnlyList<string>? _names;
    private string? _setAside;

    // Several checks may run at once in this program; against a second instance there is the lock of the open requests.
    private readonly SemaphoreSlim _oneAtATime = new(1, 1);

    public IReadOnlyList<string> BrowsersWithout { get; private set; } = [];

    public StoreFault? Unreadable { get; private set; }

    public IReadOnlyList<BrowserStart>? Readers { get; private set; }

    public string DisplayName
    {
        get
        {
            var names = _names ?? NamesOf(places.All().Where(place => place.IsUsed));
            var where = names.Count == 0 ? StoreText.Of("Nss") : StoreText.Of("NssFor", Join(names));
            return _setAside is { } aside ? where + StoreText.Of("NssSetAside", aside) : where;
        }
    }

    public async Task<StoreFault?> CheckAsync(CancellationToken cancellation)
    {
        var (_, _, fault) = await UsablePlacesAsync(cancellation);
        return fault;
    }

    public async Task<IReadOnlyList<StorePlace>> InspectAsync(CancellationToken cancellation)
    {
        if (await ToolsFaultAsync(cancellation) is not null)
        {
            return [];
        }

        var all = new List<StorePlace>();
        foreach (var place in places.All())
        {
            var fault = await FaultOfAsync(place, repair: false, cancellation);
            all.Add(new(Join(place.Browsers), place.Database, place.IsUsed, fault));
        }

        return all;
    }

    public Task<StoreResult<PendingRequest>> BeginAsync(string purpose, CancellationToken cancellation) =>
        StoreFaults.GuardAsync<PendingRequest>(requests.Directory, async () =>
        {
            using var only = await requests.LockAsync(cancellation);
            var (usable, isBroken, unusable) = await UsablePlacesAsync(cancellation);
            if (unusable is not null)
            {
                return new(null, unusable);
            }

            // The bank may refuse, so nothing that belongs to the person is moved until there is a certificate.
            var database = usable[0].Database;
            if (isBroken)
            {
                database = Interim;
                PrivateFiles.CreateDirectory(database);
                if (!Exists(database) && await CreateAsync(database, cancellation) is { } notCreated)
                {
                    return new(null, notCreated);
                }
            }

            var (_, unreadable) = await KeysAsync(database, cancellation);
            if (unreadable is not null)
            {
                return new(null, unreadable);
            }

            await ForgetUnfinishedAsync(database, cancellation);
            if (database != Interim)
            {
                // The app may have been killed right after it had stored what was in there.
                DropInterim();
            }

            // The key is looked for where it was created: at that time another database may have been the first.
            var resumed = await requests.ResumeAsync(purpose, async open =>
                Exists(open.Holder) && (await KeysAsync(open.Holder, cancellation)).Keys.Contains(NssKey.OfRequest(open.Der)));
            return resumed is null ? await MakeAsync(purpose, database, cancellation) : new(Pending(resumed), null);
        });

    public Task<StoreResult<StoredCertificate>> InstallAsync(
        PendingRequest request,
        X509Certificate2 certificate,
        IReadOnlyList<X509Certificate2> authorities,
        string loginId,
        CancellationToken cancellation)
    {
        var database = requests.Find(request.Id)?.Holder ?? places.Primary;
        return StoreFaults.GuardAsync<StoredCertificate>(database, async () =>
        {
            var key = NssKey.Of(certificate.PublicKey);
            var (keys, fault) = await KeysAsync(database, cancellation);
            if (fault is not null || !keys.Contains(key))
            {
                return new(null, fault ?? new(StoreFaultKind.KeyGone));
            }

            fault = await AddAsync(database, certificate, Nickname(certificate, loginId), cancellation)
                ?? await AddAuthoritiesAsync(database, authorities, cancellation);

            if (fault is not null)
            {
                return new(null, fault);
            }

            var stored = new StoredCertificate(X509CertificateLoader.LoadCertificate(certificate.RawData), Place(database, key));
            var written = new List<NssPlace>();
            foreach (var place in places.All())
            {
                var refused = await CopyAsync(stored, place, authorities, cancellation);
                if (refused is null)
                {
                    written.Add(place);
                }
                else if (place.IsUsed)
                {
                    fault ??= refused;
                }
            }

            // In a place that no browser reads it is of no use: the request stays open, and another attempt resumes from here.
            if (fault is not null && !written.Exists(place => place.IsUsed))
            {
                return new(null, fault);
            }

            if (database == Interim)
            {
                if (written.Count == 0)
                {
                    return new(null, new(StoreFaultKind.Broken, places.Primary));
                }

                stored = stored with { Place = Place(written[0].Database, key) };
            }

            _names = NamesOf(written);
            Readers = [.. written.Where(place => place.IsUsed).SelectMany(place => place.Starts)];
            requests.Close(request.Id);
            DropInterim();
            return new(stored, null);
        });
    }

    public async Task AbandonAsync(PendingRequest request, CancellationToken cancellation)
    {
        var database = requests.Find(request.Id)?.Holder ?? places.Primary;
        var key = NssKey.OfRequest(request.Der.ToArray());
        // A key that has a certificate does not belong to this request any more.
        if ((await OfKeyAsync(database, key, cancellation)).Count == 0)
        {
            await CertutilAsync(database, ["-F", "-k", key], default, cancellation);
        }

        requests.Close(request.Id);
        DropInterim();
    }

    public async Task<IReadOnlyList<StoredCertificate>> ListAsync(
        IReadOnlyList<X509Certificate2> authorities, CancellationToken cancellation)
    {
        var found = new Dictionary<string, StoredCertificate>(StringComparer.Ordinal);
        foreach (var database in Databases())
        {
            foreach (var key in (await KeysAsync(database, cancellation)).Keys)
            {
                foreach (var certificate in await OfKeyAsync(database, key, cancellation))
                {
                    if (!IssuedBy.AnyOf(authorities, certificate)
                        || !found.TryAdd(certificate.Thumbprint, new(certificate, Place(database, key))))
                    {
                        certificate.Dispose();
                    }
                }
            }
        }

        return [.. found.Values.OrderByDescending(stored => stored.Certificate.NotBefore)];
    }

    public async Task<StoreResult<X509Certificate2>> OpenAsync(StoredCertificate certificate, CancellationToken cancellation)
    {
        var (database, key) = Find(certificate.Place);
        var (sealedKey, password, fault) = await ExportAsync(database, key, cancellation);
        if (sealedKey is null)
        {
            return new(null, fault);
        }

        try
        {
            // In memory only; on Linux the loader writes nothing to the disk either.
            var all = X509CertificateLoader.LoadPkcs12Collection(sealedKey, password, X509KeyStorageFlags.EphemeralKeySet, OwnExport);
            var own = all.FirstOrDefault(one => one.HasPrivateKey && one.IsSameAs(certificate.Certificate));
            foreach (var other in all.Where(other => !ReferenceEquals(other, own)))
            {
                other.Dispose();
            }

            return own is null ? new(null, new(StoreFaultKind.KeyGone)) : new(own, null);
        }
        catch (CryptographicException broken)
        {
            return new(null, new(StoreFaultKind.Failed, broken.Message));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(sealedKey);
        }
    }

    public async Task<StoreFault?> RemoveAsync(StoredCertificate certificate, CancellationToken cancellation)
    {
        var key = NssKey.Of(certificate.Certificate.PublicKey);
        StoreFault? fault = null;
        foreach (var database in Databases())
        {
            // This app never wrote to a database that cannot be read.
            if (!(await KeysAsync(database, cancellation)).Keys.Contains(key))
            {
                continue;
            }

            if ((await OfKeyAsync(database, key, cancellation)).Count > 0)
            {
                fault ??= FaultOf(await CertutilAsync(database, ["-D", "-n", NssKey.Uri(key)], default, cancellation), database);
            }

            // The certificate goes first: browsers do not show a key without a certificate, but they do show a certificate without a key.
            fault ??= FaultOf(await CertutilAsync(database, ["-F", "-k", key], default, cancellation), database);
        }

        return fault;
    }

    private static string Join(IEnumerable<string> names) => string.Join(StoreText.Of("Comma"), names);

    private static List<string> NamesOf(IEnumerable<NssPlace> places) =>
        [.. places.SelectMany(place => place.Browsers).Distinct(StringComparer.Ordinal)];

    /// <summary>Holds the key while the database that it is meant for is broken.</summary>
    private string Interim => Path.Combine(requests.Directory, "nssdb");

    private void DropInterim()
    {
        // The key of another user ID may be waiting there for its certificate.
        if (Directory.Exists(Interim) && !requests.List().Any(open => open.Holder == Interim))
        {
            Directory.Delete(Interim, recursive: true);
        }
    }

    private IEnumerable<string> Databases() =>
        places.All().Where(place => place.Fault is null).Select(place => place.Database).Where(Exists);

    private async Task<StoreFault?> ToolsFaultAsync(CancellationToken cancellation)
    {
        foreach (var tool in Tools)
        {
            if (await programs.RunAsync(tool, ["-H"], default, cancellation) is null)
            {
                return new(StoreFaultKind.ToolsMissing, ToolsPackage);
            }
        }

        return null;
    }

    /// <summary>
    /// The places that would get a certificate now, beginning with the one for the key, and whether that one has to be replaced; or why no
    /// browser of this person would get it, which must be known before the bank is asked for a certificate.
    /// </summary>
    private async Task<(IReadOnlyList<NssPlace> Usable, bool IsFirstBroken, StoreFault? Fault)> UsablePlacesAsync(
        CancellationToken cancellation)
    {
        if (await ToolsFaultAsync(cancellation) is { } missing)
        {
            return ([], false, missing);
        }

        try
        {
            requests.Probe();
        }
        catch (Exception notWritable) when (notWritable is IOException or UnauthorizedAccessException)
        {
            return ([], false, StoreFaults.Of(notWritable, requests.Directory));
        }

        var all = places.All();
        if (!all.Any(place => place.IsUsed))
        {
            return ([], false, new(StoreFaultKind.NoBrowser, Join(places.NeverRan())));
        }

        var usable = new List<NssPlace>();
        var unusable = new List<NssPlace>();
        StoreFault? fault = null;
        StoreFault? unreadable = null;
        foreach (var place in all)
        {
            var found = await FaultOfAsync(place, repair: false, cancellation);
            if (found is null or { Kind: StoreFaultKind.Unreadable })
            {
                unreadable ??= found;
                usable.Add(place);
            }
            else if (place.IsUsed)
            {
                fault ??= found;
                unusable.Add(place);
            }
        }

        _names = NamesOf(usable.Where(place => place.IsUsed));
        BrowsersWithout = [.. NamesOf(unusable).Concat(places.NeverRan()).Except(_names, StringComparer.Ordinal)];
        Unreadable = unreadable;
        return usable.Exists(place => place.IsUsed) ? (usable, usable[0].Database == unreadable?.Detail, null) : ([], false, fault);
    }

    /// <summary>Why a certificate could not be written there. A missing database is created.</summary>
    /// <param name="repair">
    /// Whether a broken database is moved aside and replaced, unless it is a Firefox profile; otherwise only reported.
    /// </param>
    private async Task<StoreFault?> FaultOfAsync(NssPlace place, bool repair, CancellationToken cancellation)
    {
        if (place.Fault is not null)
        {
            return place.Fault;
        }

        var database = place.Database;
        await _oneAtATime.WaitAsync(cancellation);
        try
        {
            PrivateFiles.CreateDirectory(database);
            Probe(database);
            if (Exists(database) && await ConditionAsync(database, cancellation) is var fault and not { Kind: StoreFaultKind.Broken })
            {
                return fault;
            }

            // Another instance of this program may be creating it, or have created it meanwhile.
            using var only = await requests.LockAsync(OpenRequests.Making, cancellation);
            var condition = await ConditionAsync(database, cancellation);
            return condition?.Kind == StoreFaultKind.Broken ? await RepairAsync(place, repair, cancellation)
                : condition is null && !Exists(database) ? await CreateAsync(database, cancellation)
                : condition;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return StoreFaults.Of(fault, database);
        }
        finally
        {
            _oneAtATime.Release();
        }
    }

    /// <summary>What is wrong with the database files; null also where there are none.</summary>
    private async Task<StoreFault?> ConditionAsync(string database, CancellationToken cancellation) =>
        !IsWhole(database) ? new(StoreFaultKind.Broken, database)
        : Exists(database) ? (await KeysAsync(database, cancellation)).Fault
        : null;

    private async Task<StoreFault?> RepairAsync(NssPlace place, bool repair, CancellationToken cancellation)
    {
        if (place.IsProfile)
        {
            return new(StoreFaultKind.Broken, place.Database);
        }

        if (!repair)
        {
            return new(StoreFaultKind.Unreadable, place.Database);
        }

        var aside = place.Database + ".broken";
        for (var number = 2; Directory.Exists(aside); number++)
        {
            aside = string.Create(CultureInfo.InvariantCulture, $"{place.Database}.broken-{number}");
        }

        PrivateFiles.CreateDirectory(aside);
        foreach (var file in Files.Select(name => Path.Combine(place.Database, name)).Where(File.Exists))
        {
            File.Move(file, Path.Combine(aside, Path.GetFileName(file)));
        }

        _setAside = aside;
        return await CreateAsync(place.Database, cancellation);
    }

    /// <summary>
    /// Creates a database elsewhere and moves it: one that a full disk or a power cut left incomplete would look as if it had a password.
    /// </summary>
    private async Task<StoreFault?> CreateAsync(string database, CancellationToken cancellation)
    {
        var aside = Path.Combine(database, ".densai-" + PrivateFiles.NewName());
        PrivateFiles.CreateDirectory(aside);
        try
        {
            // Never in an existing database, for whose password certutil would ask without end.
            string[] arguments = ["-N", "-d", "sql:" + aside, "--empty-password"];
            var fault = FaultOf(await programs.RunAsync("certutil", arguments, default, cancellation), database);
            fault ??= (await KeysAsync(aside, cancellation)).Fault;
            if (fault is not null)
            {
                return HasNoRoom(database) ? new(StoreFaultKind.DiskFull, database)
                    : fault with { Detail = fault.Detail == aside ? database : fault.Detail };
            }

            // The file by which a database is recognised comes last.
            foreach (var file in Files.Select(name => Path.Combine(aside, name)).Where(File.Exists))
            {
                File.Move(file, Path.Combine(database, Path.GetFileName(file)), overwrite: false);
            }

            return null;
        }
        finally
        {
            Directory.Delete(aside, recursive: true);
        }
    }

    /// <summary>
    /// Both files exist and are SQLite files, or neither exists. For truncated and overwritten files NSS has many different errors.
    /// </summary>
    private static bool IsWhole(string database)
    {
        var there = Files.Select(name => Path.Combine(database, name)).Where(File.Exists).ToList();
        return there.Count == 0 || (there.Count == 2 && there.TrueForAll(file =>
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var head = new byte[16];
            return stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length
                && head.AsSpan().SequenceEqual("SQLite format 3\0"u8);
        }));
    }

    /// <summary>Whether SQLite could write here: to the database files, and to a journal beside them with room for some pages.</summary>
    private static void Probe(string database)
    {
        foreach (var file in Files.Select(name => Path.Combine(database, name)).Where(File.Exists))
        {
            using var write = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        }

        OpenRequests.Probe(Path.Combine(database, ".densai-" + PrivateFiles.NewName()), 64 * 1024);
    }

    private async Task<StoreResult<PendingRequest>> MakeAsync(string purpose, string database, CancellationToken cancellation)
    {
        var id = PrivateFiles.NewName();
        var file = Path.Combine(requests.Directory, id + ".csr");
        var noise = RandomNumberGenerator.GetBytes(64);
        string[] arguments =
            ["-R", "-k", "ec", "-q", "nistp256", "-Z", "SHA256", "-z", "/dev/stdin", "-s", "CN=DensaiEnrollment", "-o", file];
        if (FaultOf(await CertutilAsync(database, arguments, noise, cancellation), database) is { } fault)
        {
            File.Delete(file);
            return new(null, fault);
        }

        var request = new OpenRequest(id, purpose, await File.ReadAllBytesAsync(file, cancellation), database);
        requests.Keep(request);
        File.Delete(file);
        return new(Pending(request), null);
    }

    /// <summary>Deletes requests that this app was killed over before it had kept them: nobody ever saw their keys.</summary>
    private async Task ForgetUnfinishedAsync(string database, CancellationToken cancellation)
    {
        foreach (var cutShort in Directory.EnumerateFiles(requests.Directory, "*" + OpenRequests.Unfinished))
        {
            File.Delete(cutShort);
        }

        foreach (var file in Directory.EnumerateFiles(requests.Directory, "*.csr"))
        {
            try
            {
                var key = NssKey.OfRequest(await File.ReadAllBytesAsync(file, cancellation));
                if (requests.Find(Path.GetFileNameWithoutExtension(file)) is null)
                {
                    await CertutilAsync(database, ["-F", "-k", key], default, cancellation);
                }
            }
            catch (CryptographicException)
            {
                // Incomplete, because the app was killed while it was written.
            }

            File.Delete(file);
        }
    }

    /// <summary>Adds a certificate unless it exists: then the person's own trust settings for it remain.</summary>
    private async Task<StoreFault?> AddAsync(string database, X509Certificate2 certificate, string nickname, CancellationToken cancellation)
    {
        var existing = await OfKeyAsync(database, NssKey.Of(certificate.PublicKey), cancellation);
        return existing.Any(certificate.IsSameAs)
            ? null
            : FaultOf(await CertutilAsync(database, ["-A", "-n", nickname, "-t", ",,"], certificate.RawData, cancellation), database);
    }

    private async Task<StoreFault?> AddAuthoritiesAsync(
        string database, IReadOnlyList<X509Certificate2> authorities, CancellationToken cancellation)
    {
        StoreFault? fault = null;
        foreach (var authority in authorities)
        {
            fault ??= await AddAsync(database, authority, "Densai CA " + ShortSerial(authority), cancellation);
        }

        return fault;
    }

    /// <summary>
    /// Copies certificate and key to another database and reads them back. If one database refuses, the certificate is on this PC all the
    /// same, and the other browsers have it.
    /// </summary>
    /// <returns>Null where they were read back.</returns>
    private async Task<StoreFault?> CopyAsync(
        StoredCertificate stored, NssPlace place, IReadOnlyList<X509Certificate2> authorities, CancellationToken cancellation)
    {
        var (from, key) = Find(stored.Place);
        try
        {
            if (place.Database != from && !await HasAsync(place.Database, key, stored.Certificate, cancellation))
            {
                if ((await FaultOfAsync(place, repair: true, cancellation)
                    ?? await ImportAsync(from, key, place.Database, cancellation)) is { } fault)
                {
                    return fault;
                }

                await AddAuthoritiesAsync(place.Database, authorities, cancellation);
            }

            var isThere = await HasAsync(place.Database, key, stored.Certificate, cancellation);
            return isThere ? null : new(StoreFaultKind.Failed, place.Database);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return StoreFaults.Of(fault, place.Database);
        }
    }

    private async Task<bool> HasAsync(string database, string key, X509Certificate2 certificate, CancellationToken cancellation) =>
        Exists(database) && (await KeysAsync(database, cancellation)).Keys.Contains(key)
        && (await OfKeyAsync(database, key, cancellation)).Any(certificate.IsSameAs);

    private async Task<StoreFault?> ImportAsync(string from, string key, string to, CancellationToken cancellation)
    {
        var (sealedKey, password, fault) = await ExportAsync(from, key, cancellation);
        if (sealedKey is null)
        {
            return fault;
        }

        // For the import pk12util needs a file: in memory where possible, encrypted, and deleted a moment later.
        var file = "";
        try
        {
            using (var stream = CreateScratch())
            {
                file = stream.Name;
                await stream.WriteAsync(sealedKey, cancellation);
            }

            string[] arguments = ["-i", file, "-k", NoPassword, "-w", "/dev/stdin"];
            return FaultOf(await ToolAsync("pk12util", to, arguments, Encoding.ASCII.GetBytes(password), reads: false, cancellation), to);
        }
        finally
        {
            Wipe(file, sealedKey.Length);
            CryptographicOperations.ZeroMemory(sealedKey);
        }
    }

    /// <summary>
    /// A private file wherever one can be created: the folder that the environment names may not exist or belong to somebody else.
    /// </summary>
    private FileStream CreateScratch()
    {
        Exception? last = null;
        string[] folders = [places.Scratch, "/dev/shm", Path.GetTempPath(), requests.Directory];
        foreach (var folder in folders.Where(Directory.Exists))
        {
            try
            {
                return PrivateFiles.Create(Path.Combine(folder, "densai-" + PrivateFiles.NewName()));
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                last = fault;
            }
        }

        throw last ?? new IOException(places.Scratch);
    }

    /// <summary>Certificate and key as PKCS#12, encrypted with a one-time password. Both pass through pipes.</summary>
    private async Task<(byte[]? Sealed, string Password, StoreFault? Fault)> ExportAsync(
        string database, string key, CancellationToken cancellation)
    {
        var password = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        string[] arguments = ["-o", "/dev/stdout", "-n", NssKey.Uri(key), "-k", NoPassword, "-w", "/dev/stdin"];
        var answer = await ToolAsync("pk12util", database, arguments, Encoding.ASCII.GetBytes(password), reads: true, cancellation);
        if (FaultOf(answer, database) is { } fault)
        {
            var isGone = answer?.Errors.Contains("UNKNOWN_CERT", StringComparison.Ordinal) == true;
            return (null, password, isGone ? new(StoreFaultKind.KeyGone) : fault);
        }

        // Behind the one structure that it wrote, the tool reports its success on the same pipe.
        return AsnDecoder.TryReadEncodedValue(answer!.Output, AsnEncodingRules.BER, out _, out _, out _, out var length)
            ? (answer.Output[..length], password, null)
            : (null, password, new(StoreFaultKind.Failed, answer.LastErrorLine));
    }

    private static void Wipe(string file, int length)
    {
        if (file.Length == 0)
        {
            return;
        }

        try
        {
            using (var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.None))
            {
                stream.Write(new byte[length]);
            }
        }
        catch (FileNotFoundException)
        {
            return;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private async Task<(IReadOnlySet<string> Keys, StoreFault? Fault)> KeysAsync(string database, CancellationToken cancellation)
    {
        var answer = await CertutilAsync(database, ["-K"], default, cancellation);
        var printed = answer is null ? "" : Encoding.UTF8.GetString(answer.Output) + answer.Errors;
        var none = printed.Contains("no keys found", StringComparison.Ordinal);
        return (NssKey.Parse(printed).ToHashSet(StringComparer.Ordinal), none ? null : FaultOf(answer, database));
    }

    /// <summary>The certificates of one key. NSS itself returns all with the same subject.</summary>
    private async Task<IReadOnlyList<X509Certificate2>> OfKeyAsync(string database, string key, CancellationToken cancellation)
    {
        if (await CertutilAsync(database, ["-L", "-n", NssKey.Uri(key), "-a"], default, cancellation) is not { Succeeded: true } answer)
        {
            return [];
        }

        var all = new X509Certificate2Collection();
        all.ImportFromPem(Encoding.ASCII.GetString(answer.Output));
        return [.. all.Where(one => NssKey.Of(one.PublicKey) == key).DistinctBy(one => one.Thumbprint, StringComparer.Ordinal)];
    }

    private Task<ProgramAnswer?> CertutilAsync(
        string database, string[] arguments, ReadOnlyMemory<byte> input, CancellationToken cancellation) =>
        ToolAsync("certutil", database, [.. arguments, "-f", NoPassword], input, reads: arguments[0] is "-K" or "-L", cancellation);

    /// <summary>
    /// Runs a tool on a database. While another program uses that, the tools report that it is broken: what only reads tries again, and
    /// everything else is reported as busy.
    /// </summary>
    private async Task<ProgramAnswer?> ToolAsync(
        string tool, string database, string[] arguments, ReadOnlyMemory<byte> input, bool reads, CancellationToken cancellation)
    {
        var wasFree = false;
        for (var attempt = 1; ; attempt++)
        {
            var wasHeld = IsHeld(database);
            var answer = await programs.RunAsync(tool, [.. arguments, "-d", "sql:" + database], input, cancellation);
            if (answer is null or { Succeeded: true }
                || !Says(answer.Errors, "SEC_ERROR_BAD_DATABASE", "SEC_ERROR_IO", "SEC_ERROR_PKCS11_GENERAL_ERROR"))
            {
                return answer;
            }

            if (wasHeld || IsHeld(database))
            {
                wasFree = false;
                if (!reads || attempt >= MaxAttempts)
                {
                    return answer with { Errors = Busy };
                }
            }
            else if (!reads || wasFree)
            {
                return answer;
            }
            else
            {
                // It may have been locked only while the tool was reading.
                wasFree = true;
            }
        }
    }

    private static bool IsHeld(string database) => Array.Exists(Files, file => DatabaseLock.IsHeld(Path.Combine(database, file)));

    private static StoreFault? FaultOf(ProgramAnswer? answer, string database) => answer switch
    {
        null => new(StoreFaultKind.ToolsMissing, ToolsPackage),
        { Succeeded: true } => null,
        { Errors: Busy } => new(StoreFaultKind.Busy, database),
        { Errors: var errors } when Says(errors, "SEC_ERROR_BAD_PASSWORD", "Incorrect password") =>
            new(StoreFaultKind.PasswordProtected, database),
        { Errors: var errors } when Says(errors, "SEC_ERROR_READ_ONLY", "PR_NO_ACCESS_RIGHTS_ERROR", "PR_READ_ONLY_FILESYSTEM_ERROR") =>
            new(StoreFaultKind.ReadOnly, database),
        { Errors: var errors } when Says(errors, "SEC_ERROR_BAD_DATABASE", "SEC_ERROR_LEGACY_DATABASE", "SEC_ERROR_IO")
            && !HasNoRoom(database) => new(StoreFaultKind.Broken, database),
        { Errors: var errors } when Says(errors, "PR_NO_DEVICE_SPACE_ERROR") || HasNoRoom(database) =>
            new(StoreFaultKind.DiskFull, database),
        _ => new(StoreFaultKind.Failed, answer.LastErrorLine),
    };

    private static bool Says(string errors, params string[] words) =>
        Array.Exists(words, word => errors.Contains(word, StringComparison.Ordinal));

    // NSS reports a "general error" when SQLite finds the disk full.
    private static bool HasNoRoom(string database)
    {
        try
        {
            return new DriveInfo(database).AvailableFreeSpace < 128 * 1024;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return false;
        }
    }

    private static bool Exists(string database) => Array.TrueForAll(Files, file => File.Exists(Path.Combine(database, file)));

    private static PendingRequest Pending(OpenRequest open) => new(open.Id, open.Purpose, open.Der, "");

    // The tools take what stands before a colon for the name of a token.
    private static string Nickname(X509Certificate2 certificate, string loginId) =>
        $"Densai {loginId.Replace(':', '_')} {ShortSerial(certificate)}";

    private static string ShortSerial(X509Certificate2 certificate) =>
        certificate.SerialNumber[..Math.Min(8, certificate.SerialNumber.Length)];

    private static string Place(string database, string key) => $"{key} {database}";

    private static (string Database, string Key) Find(string place) =>
        place.Split(' ', 2) is [var key, var database] ? (database, key) : ("", place);
}
