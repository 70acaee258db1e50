using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using DensaiAdmin.Core.Authority;
using DensaiAdmin.Core.Pki;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Store;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.DemoBank;

/// <summary>What came of asking for the demo bank.</summary>
public enum DemoBankOutcome
{
    /// <summary>It was made now.</summary>
    Created,

    /// <summary>It was made at an earlier start; nothing of it was changed.</summary>
    Present,

    /// <summary>There are companies or users that are not the demo bank's: nothing was added to them.</summary>
    NotEmpty,
}

/// <summary>
/// The demo bank, in Development: companies, users and certificates in every state, relative to the application clock, with
/// the files to log in with. Certificates are issued through the CA's own gate with a back-dated clock.
/// </summary>
internal sealed class CreateDemoBank(
    StoreOptions store,
    IDbContextFactory<DensaiDbContext> contexts,
    StoreWriter writer,
    Authorities authorities,
    CrlSignal crl,
    IOptions<InstitutionOptions> institution,
    TimeProvider clock)
{
    /// <summary>The states count from a validity of one year, whatever the setting says for everyone else.</summary>
    const int ValidityYears = 1;

    readonly DemoFiles _files = new(store.DataDirectory);
    readonly CertificateIssuer _issuer = new(authorities.Keys.Current, authorities.Issuer.Profile with { ValidityYears = ValidityYears });

    /// <summary>Iterations of a password's hash; fewer where what a hash costs is not the matter.</summary>
    internal int HashIterations { get; init; } = PasswordHash.Iterations;

    /// <summary>
    /// Makes the bank in an empty installation; elsewhere it only holds the trust file against <paramref name="tlsAuthority"/>.
    /// Ended at any moment, the next call completes it or starts it again.
    /// </summary>
    /// <param name="tlsAuthority">The CA of the server's own TLS certificate; null leaves the trust file to whoever wrote it.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<DemoBankOutcome> EnsureAsync(AuthorityCertificate? tlsAuthority, CancellationToken cancellation = default)
    {
        IEnumerable<AuthorityCertificate> ours = [.. authorities.IssuingCertificates, authorities.Root];
        var trust = tlsAuthority is not null ? DemoFiles.Trust(ours.Append(tlsAuthority)) : _files.ReadTrust() ?? DemoFiles.Trust(ours);

        switch (await LookAsync(cancellation))
        {
            case DemoBankOutcome.NotEmpty:
                return DemoBankOutcome.NotEmpty;

            case DemoBankOutcome.Present:
                if (_files.AreLaidOut)
                {
                    // Ended between commit and reveal: the files laid out are those of the users that stand in the database.
                    _files.Reveal();
                }

                _files.RefreshTrust(trust);
                return DemoBankOutcome.Present;
        }

        var now = clock.GetUtcNow().ToWholeMilliseconds();
        var passwords = Task.Run(() => Hash(new SuppliedPassword(DemoUsers.LoginPassword)), cancellation);
        var confirmation = await Task.Run(() => Hash(new SuppliedPassword(DemoUsers.ConfirmationPassword)), cancellation);
        var holders = DemoUsers.All.Where(user => user.DaysLeft is not null).ToDictionary(
            user => user.LoginId, user => Issue(user, now), StringComparer.Ordinal);
        var letters = DemoLetters.All.Select(letter => (Letter: letter, Code: ActivationCode.New())).ToList();
        var codes = await Task.Run(() => letters.ToDictionary(l => l.Letter, l => Hash(l.Code.AsSupplied())), cancellation);
        try
        {
            _files.LayOut(
                holders.Select(h => (h.Key, h.Value.Key, h.Value.Certificate)),
                authorities.Current,
                trust,
                letters.Select(l => (l.Letter.Company, DemoLetters.Print(
                    l.Letter, DemoUsers.Companies.Single(c => c.Number == l.Letter.Company).Name, l.Code, now,
                    now + ActivationLetter.Validity, institution.Value))));
            var login = await passwords;
            var outcome = await writer.PerformAsync(work => Store(work, holders, login, confirmation, codes, now), cancellation);
            if (outcome == DemoBankOutcome.Created)
            {
                _files.Reveal();
            }
            else
            {
                _files.Discard();
            }

            return outcome;
        }
        finally
        {
            foreach (var holder in holders.Values)
            {
                holder.Key.Dispose();
            }
        }
    }

    PasswordHash Hash(SuppliedPassword password) => PasswordHash.Of(password, HashIterations);

    async Task<DemoBankOutcome> LookAsync(CancellationToken cancellation)
    {
        await using var db = await contexts.CreateDbContextAsync(cancellation);
        return await db.Installations.AnyAsync(i => i.EverHeldDemoBank, cancellation) ? DemoBankOutcome.Present
            : await db.Users.AnyAsync(cancellation) || await db.Companies.AnyAsync(cancellation) ? DemoBankOutcome.NotEmpty
            : DemoBankOutcome.Created;
    }

    Holder Issue(DemoUser user, DateTimeOffset now)
    {
        var issuedAt = BackDating.IssuedAt(now, user.DaysLeft!.Value, ValidityYears);
        var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={user.LoginId}", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        var accepted = CertificationRequest.Parse(request, authorities.Certificates).Match(
            evaluated => evaluated, refusal => throw new InvalidOperationException($"The CA refuses a demo key: {refusal}"));
        var certificate = _issuer
            .Issue(new IssueRequest(
                user.LoginId, SerialNumber.New(), accepted, ValidityPolicy.NotBefore(issuedAt),
                ValidityPolicy.NotAfter(issuedAt, ValidityYears)))
            .Match(
                issued => issued,
                findings => throw new InvalidOperationException($"The CA refuses a demo certificate: {string.Join("; ", findings)}"));
        return new(key, certificate, issuedAt);
    }

    DemoBankOutcome Store(
        UnitOfWork work, Dictionary<string, Holder> holders, PasswordHash login, PasswordHash confirmation,
        Dictionary<DemoLetter, PasswordHash> codes, DateTimeOffset printedAt)
    {
        if (work.Db.Users.Any() || work.Db.Companies.Any())
        {
            return DemoBankOutcome.NotEmpty;
        }

        work.Db.Installations.Single().NoteDemoBank();
        work.Record(Entry(HistoryOperation.Operation) with { Value = DemoUsers.All.Count.ToString(CultureInfo.InvariantCulture) });

        var companies = DemoUsers.Companies.ToDictionary(
            c => c.Number, c => new Company(c.Number, c.Name, c.Method), StringComparer.Ordinal);
        work.Db.Companies.AddRange(companies.Values);
        var contractedAt = BackDating.IssuedAt(work.Now, DemoUsers.All.Min(u => u.DaysLeft ?? 0), ValidityYears);
        var users = DemoUsers.All.ToDictionary(
            u => u.LoginId,
            u => new User(
                u.Company is null ? null : companies[u.Company], u.LoginId, u.Name, u.MailAddress, u.Role, login, confirmation,
                contractedAt),
            StringComparer.Ordinal);
        work.Db.Users.AddRange(users.Values);

        // The IDs are needed below, and user and certificate name each other.
        work.Db.SaveChanges();

        foreach (var demo in DemoUsers.All)
        {
            if (holders.TryGetValue(demo.LoginId, out var holder))
            {
                Hold(work, demo, users[demo.LoginId], holder, users[DemoUsers.Revoker]);
            }
        }

        Publish(work, users.Values.Where(u => u.Company?.Number == DemoAnnouncements.CompanyThatHasRead));
        work.Db.ActivationLetters.AddRange(codes.Select(c =>
            new ActivationLetter(companies[c.Key.Company], AccountNumber.Read(c.Key.Branch, c.Key.Account)!, c.Value, printedAt)));
        work.AfterCommit(crl.Request);
        return DemoBankOutcome.Created;
    }

    static void Publish(UnitOfWork work, IEnumerable<User> readers)
    {
        var announcements = DemoAnnouncements.All.Select(n => n.At(work.Now)).ToList();
        work.Db.Announcements.AddRange(announcements);
        work.Db.SaveChanges();
        work.Db.AnnouncementReadings.AddRange(
            readers.SelectMany(u => announcements.Select(n => new AnnouncementReading(n.Id, u.Id, work.Now))));
    }

    static void Hold(UnitOfWork work, DemoUser demo, User user, Holder holder, User revoker)
    {
        var issued = holder.Certificate;
        var certificate = new Certificate(
            user, issued.IssuerKeyIdentifier, issued.Serial, issued.Der.ToArray(), issued.Sha256Fingerprint,
            issued.SubjectPublicKeySha256, issued.NotBefore, issued.NotAfter, holder.IssuedAt);

        // Used since: an unused one would count as a renewal that never arrived and be withdrawn by the next.
        certificate.NoteUse(holder.IssuedAt.AddMinutes(10));
        work.Issue(certificate, user.LoginId);
        work.Record(Entry(HistoryOperation.Issue) with
        {
            CompanyId = user.CompanyId,
            UserId = user.Id,
            LoginId = user.LoginId,
            TargetUserId = user.Id,
            TargetLoginId = user.LoginId,
            SerialNumber = issued.Serial.ToString(),
        });
        if (demo.IsRevoked)
        {
            var revokedAt = work.Now.AddDays(-DemoUsers.RevokedDaysAgo);
            const X509RevocationReason reason = X509RevocationReason.Unspecified;
            work.Revoke(certificate, revoker.LoginId, reason, revokedAt);
            var receipt = new CertificateRevocation(
                Guid.NewGuid(), user, issued.Serial.ToString(), reason, revoker.LoginId, revoker.Name, revokedAt, sessionsEnded: 0,
                suspended: false);
            work.Db.CertificateRevocations.Add(receipt);
            work.Record(Entry(HistoryOperation.Revocation) with
            {
                CompanyId = user.CompanyId,
                UserId = revoker.Id,
                LoginId = revoker.LoginId,
                TargetUserId = user.Id,
                TargetLoginId = user.LoginId,
                SerialNumber = issued.Serial.ToString(),
                Value = reason.ToString(),
                ReceiptNumber = receipt.ReceiptNumber,
            });
        }

        work.Db.Certificates.Add(certificate);
        user.Hold(certificate);
    }

    static HistoryEntry Entry(HistoryOperation operation) => new()
    {
        Operation = operation,
        Result = HistoryResult.Done,
        Source = "local",
        Detail = "demo",
    };

    sealed record Holder(ECDsa Key, IssuedCertificate Certificate, DateTimeOffset IssuedAt);
}
