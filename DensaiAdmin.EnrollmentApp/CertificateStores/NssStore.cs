using System.Formats.Asn1;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace DensaiAdmin.EnrollmentApp.CertificateStores;

/// <summary>
/// Linux: the databases of NSS, which Chromium and Firefox read, through NSS's own <c>certutil</c> and <c>pk12util</c>. The key is made inside the
/// database and is never a file of its own: for TLS and for a second database it travels sealed with a password of one use, by pipes.
/// </summary>
internal sealed class NssStore(NssPlaces places, IProgramRunner programs, OpenRequests requests) : ICertificateStore
{
    /// <summary>The package of Debian and Ubuntu that holds both tools.</summary>
    public const string ToolsPackage = "libnss3-tools";

    public static IReadOnlyList<string> Tools { get; } = ["certutil", "pk12util"];

    // In the order in which they are put in place. What else NSS keeps beside them names the directory it was made in, and is made anew.
    private static readonly string[] Files = ["key4.db", "cert9.db"];

    // An empty answer to every question for a database's password: without it the tools ask on the terminal, again and again.
    private const string NoPassword = "/dev/null";

    // pk12util derives with 600 000 rounds per bag; the file is our own, seconds old.
    private static readonly Pkcs12LoaderLimits OwnExport = Pkcs12LoaderLimits.DangerousNoLimits;

    // What a tool waits for by itself each time is a second.
    private const int MostLooks = 6;

    private const string Busy = "SQLITE_BUSY";

    // What the last certificate was written to and read back from; before one, what the last look found fit.
    private IReadOnlyList<string>? _names;
    private string? _setAside;

    // A look and an act may come at once from one app; between two apps the lock of the requests stands.
    private readonly SemaphoreSlim _one = new(1, 1);

    public IReadOnlyList<string> Without { get; private set; } = [];

    public StoreFault? Unreadable { get; private set; }

    public IReadOnlyList<BrowserStart>? Readers { get; private set; }

    public string DisplayName
    {
        get
        {
            var names = _names ?? NamesOf(places.All().Where(place => place.IsUsed));
            var where = names.Count == 0 ? StoreText.Of("Nss") : string.Format(CultureInfo.InvariantCulture, StoreText.Of("NssFor"), string.Join(StoreText.Of("Comma"), names));
            return _setAside is { } aside ? where + string.Format(CultureInfo.InvariantCulture, StoreText.Of("NssSetAside"), aside) : where;
        }
    }

    public async Task<StoreFault?> CheckAsync(CancellationToken cancellation)
    {
        var (_, _, fault) = await FitAsync(cancellation);
        return fault;
    }

    public async Task<IReadOnlyList<StorePlace>> LookAsync(CancellationToken cancellation)
    {
        if (await ToolsFaultAsync(cancellation) is not null)
        {
            return [];
        }

        var all = new List<StorePlace>();
        foreach (var place in places.All())
        {
            var fault = await FaultOfAsync(place, repair: false, cancellation);
            all.Add(new(string.Join(StoreText.Of("Comma"), place.Browsers), place.Database, place.IsUsed, fault));
        }

        return all;
    }

    public Task<StoreResult<PendingRequest>> BeginAsync(string purpose, CancellationToken cancellation) =>
        StoreFaults.GuardAsync<PendingRequest>(requests.Directory, async () =>
        {
            using var only = await requests.LockAsync(cancellation);
            var (fit, isBroken, unfit) = await FitAsync(cancellation);
            if (unfit is not null)
            {
                return new(null, unfit);
            }

            // The bank may refuse: until there is a certificate nothing of the person's is moved.
            var database = fit[0].Database;
            if (isBroken)
            {
                database = Meanwhile;
                OpenRequests.CreatePrivateDirectory(database);
                if (!Exists(database) && await CreateAsync(database, cancellation) is { } unmade)
                {
                    return new(null, unmade);
                }
            }

            var (_, unreadable) = await KeysAsync(database, cancellation);
            if (unreadable is not null)
            {
                return new(null, unreadable);
            }

            await ForgetUnfinishedAsync(database, cancellation);
            if (database != Meanwhile)
            {
                // The app may have been cut off when it had stored what was in it.
                DropMeanwhile();
            }

            foreach (var open in requests.List().Where(open => string.Equals(open.Purpose, purpose, StringComparison.Ordinal)))
            {
                // Where it was made, which another state of this PC may have chosen.
                if (Exists(open.Holder) && (await KeysAsync(open.Holder, cancellation)).Keys.Contains(NssKey.OfRequest(open.Der)))
                {
                    return new(Pending(open), null);
                }

                requests.Close(open.Id);
            }

            return await MakeAsync(purpose, database, cancellation);
        });

    public Task<StoreResult<StoredCertificate>> InstallAsync(PendingRequest request, X509Certificate2 certificate, IReadOnlyList<X509Certificate2> authorities, string loginId, CancellationToken cancellation)
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

            fault = await AddAsync(database, certificate, Nickname(certificate, loginId), cancellation);
            foreach (var authority in authorities)
            {
                fault ??= await AddAsync(database, authority, "Densai CA " + ShortSerial(authority), cancellation);
            }

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

            // Elsewhere it is of no use to anybody: the request stays open, and trying again goes on from here.
            if (fault is not null && !written.Exists(place => place.IsUsed))
            {
                return new(null, fault);
            }

            if (database == Meanwhile)
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
            DropMeanwhile();
            return new(stored, null);
        });
    }

    public async Task AbandonAsync(PendingRequest request, CancellationToken cancellation)
    {
        var database = requests.Find(request.Id)?.Holder ?? places.Primary;
        var key = NssKey.OfRequest(request.Der.ToArray());
        // A key that has a certificate is no longer this request's to give up.
        if ((await OfKeyAsync(database, key, cancellation)).Count == 0)
        {
            await CertutilAsync(database, ["-F", "-k", key], default, cancellation);
        }

        requests.Close(request.Id);
        DropMeanwhile();
    }

    public async Task<IReadOnlyList<StoredCertificate>> ListAsync(IReadOnlyList<X509Certificate2> authorities, CancellationToken cancellation)
    {
        var found = new Dictionary<string, StoredCertificate>(StringComparer.Ordinal);
        foreach (var database in Databases())
        {
            foreach (var key in (await KeysAsync(database, cancellation)).Keys)
            {
                foreach (var certificate in await OfKeyAsync(database, key, cancellation))
                {
                    if (!IssuedBy.AnyOf(authorities, certificate) || !found.TryAdd(certificate.Thumbprint, new(certificate, Place(database, key))))
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
            // In memory only: nothing of it is written by the loader on this system either.
            var all = X509CertificateLoader.LoadPkcs12Collection(sealedKey, password, X509KeyStorageFlags.EphemeralKeySet, OwnExport);
            var own = all.FirstOrDefault(one => one.HasPrivateKey && one.RawData.AsSpan().SequenceEqual(certificate.Certificate.RawData));
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
            // What cannot be read was never written by this app, either.
            if (!(await KeysAsync(database, cancellation)).Keys.Contains(key))
            {
                continue;
            }

            if ((await OfKeyAsync(database, key, cancellation)).Count > 0)
            {
                fault ??= FaultOf(await CertutilAsync(database, ["-D", "-n", NssKey.Uri(key)], default, cancellation), database);
            }

            // The certificate first: a key without one is out of every browser's sight, a certificate without a key is not.
            fault ??= FaultOf(await CertutilAsync(database, ["-F", "-k", key], default, cancellation), database);
        }

        return fault;
    }

    private static List<string> NamesOf(IEnumerable<NssPlace> written) => [.. written.SelectMany(place => place.Browsers).Distinct(StringComparer.Ordinal)];

    /// <summary>Where the key is while the database that it is for is broken.</summary>
    private string Meanwhile => Path.Combine(requests.Directory, "nssdb");

    private void DropMeanwhile()
    {
        // Somebody else's key may be waiting there for its certificate.
        if (Directory.Exists(Meanwhile) && !requests.List().Any(open => open.Holder == Meanwhile))
        {
            Directory.Delete(Meanwhile, recursive: true);
        }
    }

    private IEnumerable<string> Databases() => places.All().Where(place => place.Fault is null).Select(place => place.Database).Where(Exists);

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
    /// The places that a certificate would reach now, the one that gets the key first, and whether that one would have to be made anew; or
    /// why no browser of this person would have it: that must be known before the bank is asked for one.
    /// </summary>
    private async Task<(IReadOnlyList<NssPlace> Fit, bool IsFirstBroken, StoreFault? Fault)> FitAsync(CancellationToken cancellation)
    {
        if (await ToolsFaultAsync(cancellation) is { } missing)
        {
            return ([], false, missing);
        }

        try
        {
            requests.Probe();
        }
        catch (Exception unkept) when (unkept is IOException or UnauthorizedAccessException)
        {
            return ([], false, StoreFaults.Of(unkept, requests.Directory));
        }

        var all = places.All();
        if (!all.Any(place => place.IsUsed))
        {
            return ([], false, new(StoreFaultKind.NoBrowser, string.Join(StoreText.Of("Comma"), places.NeverRan())));
        }

        var fit = new List<NssPlace>();
        var unfit = new List<NssPlace>();
        StoreFault? fault = null;
        StoreFault? unreadable = null;
        foreach (var place in all)
        {
            var found = await FaultOfAsync(place, repair: false, cancellation);
            if (found is null or { Kind: StoreFaultKind.Unreadable })
            {
                unreadable ??= found;
                fit.Add(place);
            }
            else if (place.IsUsed)
            {
                fault ??= found;
                unfit.Add(place);
            }
        }

        _names = NamesOf(fit.Where(place => place.IsUsed));
        Without = [.. NamesOf(unfit).Concat(places.NeverRan()).Except(_names, StringComparer.Ordinal)];
        Unreadable = unreadable;
        return fit.Exists(place => place.IsUsed) ? (fit, fit[0].Database == unreadable?.Detail, null) : ([], false, fault);
    }

    /// <summary>Why a certificate could not be written there; a database that is missing is made.</summary>
    /// <param name="repair">A broken one that is no profile of Firefox is set aside; else it is only looked whether it could be.</param>
    private async Task<StoreFault?> FaultOfAsync(NssPlace place, bool repair, CancellationToken cancellation)
    {
        if (place.Fault is not null)
        {
            return place.Fault;
        }

        var database = place.Database;
        await _one.WaitAsync(cancellation);
        try
        {
            OpenRequests.CreatePrivateDirectory(database);
            Probe(database);
            if (Exists(database) && await ConditionAsync(database, cancellation) is var fault and not { Kind: StoreFaultKind.Broken })
            {
                return fault;
            }

            // Another app of this person may be in the middle of making it, or have made it meanwhile.
            using var only = await requests.LockAsync(OpenRequests.Making, cancellation);
            var condition = await ConditionAsync(database, cancellation);
            return condition?.Kind == StoreFaultKind.Broken ? await MendAsync(place, repair, cancellation)
                : condition is null && !Exists(database) ? await CreateAsync(database, cancellation)
                : condition;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return StoreFaults.Of(fault, database);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>What is wrong with the files that are there; null also where none is.</summary>
    private async Task<StoreFault?> ConditionAsync(string database, CancellationToken cancellation) =>
        !IsWhole(database) ? new(StoreFaultKind.Broken, database)
        : Exists(database) ? (await KeysAsync(database, cancellation)).Fault
        : null;

    private async Task<StoreFault?> MendAsync(NssPlace place, bool repair, CancellationToken cancellation)
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

        OpenRequests.CreatePrivateDirectory(aside);
        foreach (var file in Files.Select(name => Path.Combine(place.Database, name)).Where(File.Exists))
        {
            File.Move(file, Path.Combine(aside, Path.GetFileName(file)));
        }

        _setAside = aside;
        return await CreateAsync(place.Database, cancellation);
    }

    /// <summary>
    /// Makes a database aside and renames it: one that was cut short, by a full disk or a power cut, would look like one with a password.
    /// </summary>
    private async Task<StoreFault?> CreateAsync(string database, CancellationToken cancellation)
    {
        var aside = Path.Combine(database, ".densai-" + OpenRequests.NewId());
        OpenRequests.CreatePrivateDirectory(aside);
        try
        {
            // Never on one that is there: certutil would ask for its password without end.
            var fault = FaultOf(await programs.RunAsync("certutil", ["-N", "-d", "sql:" + aside, "--empty-password"], default, cancellation), database);
            fault ??= (await KeysAsync(aside, cancellation)).Fault;
            if (fault is not null)
            {
                return HasNoRoom(database) ? new(StoreFaultKind.DiskFull, database) : fault with { Detail = fault.Detail == aside ? database : fault.Detail };
            }

            // The one that makes it a database last.
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

    /// <summary>Both files of a database, or none; each one of SQLite. What is cut short or overwritten NSS calls by many names.</summary>
    private static bool IsWhole(string database)
    {
        var there = Files.Select(name => Path.Combine(database, name)).Where(File.Exists).ToList();
        return there.Count == 0 || (there.Count == 2 && there.TrueForAll(file =>
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var head = new byte[16];
            return stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.AsSpan().SequenceEqual("SQLite format 3\0"u8);
        }));
    }

    /// <summary>Whether SQLite could write here: the file of keys, and a journal beside it with room for some pages.</summary>
    private static void Probe(string database)
    {
        foreach (var file in new[] { "key4.db", "cert9.db" }.Select(name => Path.Combine(database, name)).Where(File.Exists))
        {
            using var write = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        }

        var probe = Path.Combine(database, ".densai-" + OpenRequests.NewId());
        try
        {
            using var stream = OpenRequests.CreatePrivate(probe);
            stream.Write(new byte[64 * 1024]);
            DiskFlush.ToDisk(stream);
        }
        finally
        {
            File.Delete(probe);
        }
    }

    private async Task<StoreResult<PendingRequest>> MakeAsync(string purpose, string database, CancellationToken cancellation)
    {
        var id = OpenRequests.NewId();
        var file = Path.Combine(requests.Directory, id + ".csr");
        var noise = RandomNumberGenerator.GetBytes(64);
        var made = await CertutilAsync(database, ["-R", "-k", "ec", "-q", "nistp256", "-Z", "SHA256", "-z", "/dev/stdin", "-s", "CN=DensaiEnrollment", "-o", file], noise, cancellation);
        if (FaultOf(made, database) is { } fault)
        {
            File.Delete(file);
            return new(null, fault);
        }

        var request = new OpenRequest(id, purpose, await File.ReadAllBytesAsync(file, cancellation), database);
        requests.Keep(request);
        File.Delete(file);
        return new(Pending(request), null);
    }

    /// <summary>Requests that this app died over before it had kept them: their keys were never shown to anybody.</summary>
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
                // Cut short while it was written.
            }

            File.Delete(file);
        }
    }

    /// <summary>Adds a certificate unless it is there: what the person trusts it for already stays as it is.</summary>
    private async Task<StoreFault?> AddAsync(string database, X509Certificate2 certificate, string nickname, CancellationToken cancellation)
    {
        var there = await OfKeyAsync(database, NssKey.Of(certificate.PublicKey), cancellation);
        return there.Any(one => one.RawData.AsSpan().SequenceEqual(certificate.RawData))
            ? null
            : FaultOf(await CertutilAsync(database, ["-A", "-n", nickname, "-t", ",,"], certificate.RawData, cancellation), database);
    }

    /// <summary>
    /// Certificate and key into another database, and a look whether they are there. Where one refuses, the certificate is on this PC all the
    /// same, and the other browsers have it.
    /// </summary>
    /// <returns>Null where they are there now.</returns>
    private async Task<StoreFault?> CopyAsync(StoredCertificate stored, NssPlace place, IReadOnlyList<X509Certificate2> authorities, CancellationToken cancellation)
    {
        var (from, key) = Find(stored.Place);
        try
        {
            if (!string.Equals(place.Database, from, StringComparison.Ordinal) && !await HasAsync(place.Database, key, stored.Certificate, cancellation))
            {
                if ((await FaultOfAsync(place, repair: true, cancellation) ?? await ImportAsync(from, key, place.Database, cancellation)) is { } fault)
                {
                    return fault;
                }

                foreach (var authority in authorities)
                {
                    await AddAsync(place.Database, authority, "Densai CA " + ShortSerial(authority), cancellation);
                }
            }

            return await HasAsync(place.Database, key, stored.Certificate, cancellation) ? null : new(StoreFaultKind.Failed, place.Database);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return StoreFaults.Of(fault, place.Database);
        }
    }

    private async Task<bool> HasAsync(string database, string key, X509Certificate2 certificate, CancellationToken cancellation) =>
        Exists(database) && (await KeysAsync(database, cancellation)).Keys.Contains(key)
        && (await OfKeyAsync(database, key, cancellation)).Any(one => one.RawData.AsSpan().SequenceEqual(certificate.RawData));

    private async Task<StoreFault?> ImportAsync(string from, string key, string to, CancellationToken cancellation)
    {
        var (sealedKey, password, fault) = await ExportAsync(from, key, cancellation);
        if (sealedKey is null)
        {
            return fault;
        }

        // pk12util reads no pipe here; the file is in memory where that can be had, sealed, and gone in a moment.
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

    /// <summary>A file of this person's alone, where one can be made: what the environment names need not be there, nor be this person's.</summary>
    private FileStream CreateScratch()
    {
        Exception? last = null;
        foreach (var folder in new[] { places.Scratch, "/dev/shm", Path.GetTempPath(), requests.Directory }.Where(Directory.Exists))
        {
            try
            {
                return OpenRequests.CreatePrivate(Path.Combine(folder, "densai-" + OpenRequests.NewId()));
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                last = fault;
            }
        }

        throw last ?? new IOException(places.Scratch);
    }

    /// <summary>Certificate and key as PKCS#12, sealed with a password of one use; both go through pipes.</summary>
    private async Task<(byte[]? Sealed, string Password, StoreFault? Fault)> ExportAsync(string database, string key, CancellationToken cancellation)
    {
        var password = Convert.ToHexString(RandomNumberGenerator.GetBytes(32));
        string[] arguments = ["-o", "/dev/stdout", "-n", NssKey.Uri(key), "-k", NoPassword, "-w", "/dev/stdin"];
        var answer = await ToolAsync("pk12util", database, arguments, Encoding.ASCII.GetBytes(password), reads: true, cancellation);
        if (FaultOf(answer, database) is { } fault)
        {
            return (null, password, answer?.Errors.Contains("UNKNOWN_CERT", StringComparison.Ordinal) == true ? new(StoreFaultKind.KeyGone) : fault);
        }

        // The tool says on the same pipe that it succeeded: after the one structure it wrote.
        return AsnDecoder.TryReadEncodedValue(answer!.Output, AsnEncodingRules.BER, out _, out _, out _, out var length)
            ? (answer.Output[..length], password, null)
            : (null, password, new(StoreFaultKind.Failed, answer.LastWords));
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
        var said = answer is null ? "" : Encoding.UTF8.GetString(answer.Output) + answer.Errors;
        var none = said.Contains("no keys found", StringComparison.Ordinal);
        return (NssKey.Parse(said).ToHashSet(StringComparer.Ordinal), none ? null : FaultOf(answer, database));
    }

    /// <summary>The certificates of one key; NSS answers with all of the same subject.</summary>
    private async Task<IReadOnlyList<X509Certificate2>> OfKeyAsync(string database, string key, CancellationToken cancellation)
    {
        if (await CertutilAsync(database, ["-L", "-n", NssKey.Uri(key), "-a"], default, cancellation) is not { Succeeded: true } answer)
        {
            return [];
        }

        var all = new X509Certificate2Collection();
        all.ImportFromPem(Encoding.ASCII.GetString(answer.Output));
        return [.. all.Where(one => string.Equals(NssKey.Of(one.PublicKey), key, StringComparison.Ordinal)).DistinctBy(one => one.Thumbprint, StringComparer.Ordinal)];
    }

    private Task<ProgramAnswer?> CertutilAsync(string database, string[] arguments, ReadOnlyMemory<byte> input, CancellationToken cancellation) =>
        ToolAsync("certutil", database, [.. arguments, "-f", NoPassword], input, reads: arguments[0] is "-K" or "-L", cancellation);

    /// <summary>
    /// Runs a tool on a database. Where another program works in that at this moment the tools say that it is broken: what only reads
    /// looks again, and the rest is told as busy.
    /// </summary>
    private async Task<ProgramAnswer?> ToolAsync(
        string tool, string database, string[] arguments, ReadOnlyMemory<byte> input, bool reads, CancellationToken cancellation)
    {
        var wasFree = false;
        for (var looks = 1; ; looks++)
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
                if (!reads || looks >= MostLooks)
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
                // It may have been held just while the tool looked.
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
        { Errors: var errors } when Says(errors, "SEC_ERROR_BAD_PASSWORD", "Incorrect password") => new(StoreFaultKind.PasswordProtected, database),
        { Errors: var errors } when Says(errors, "SEC_ERROR_READ_ONLY", "PR_NO_ACCESS_RIGHTS_ERROR", "PR_READ_ONLY_FILESYSTEM_ERROR") => new(StoreFaultKind.ReadOnly, database),
        { Errors: var errors } when Says(errors, "SEC_ERROR_BAD_DATABASE", "SEC_ERROR_LEGACY_DATABASE", "SEC_ERROR_IO") && !HasNoRoom(database) => new(StoreFaultKind.Broken, database),
        { Errors: var errors } when Says(errors, "PR_NO_DEVICE_SPACE_ERROR") || HasNoRoom(database) => new(StoreFaultKind.DiskFull, database),
        _ => new(StoreFaultKind.Failed, answer.LastWords),
    };

    private static bool Says(string errors, params ReadOnlySpan<string> words)
    {
        foreach (var word in words)
        {
            if (errors.Contains(word, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    // NSS says "general error" when SQLite found no room.
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

    private static bool Exists(string database) => File.Exists(Path.Combine(database, "cert9.db")) && File.Exists(Path.Combine(database, "key4.db"));

    private static PendingRequest Pending(OpenRequest open) => new(open.Id, open.Purpose, open.Der, "");

    // A colon would name a token to the tools.
    private static string Nickname(X509Certificate2 certificate, string loginId) => $"Densai {loginId.Replace(':', '_')} {ShortSerial(certificate)}";

    private static string ShortSerial(X509Certificate2 certificate) => certificate.SerialNumber[..Math.Min(8, certificate.SerialNumber.Length)];

    private static string Place(string database, string key) => $"{key} {database}";

    private static (string Database, string Key) Find(string place) => place.Split(' ', 2) is [var key, var database] ? (database, key) : ("", place);
}
