using System.IO.Pipes;
using System.Text;
using DensaiAdmin.EnrollmentApp.CertificateStores;
using DensaiAdmin.EnrollmentApp.Verbs;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>
/// One program per person: the first holds a lock file, a later one hands its start argument over and ends. The way between them is a pipe
/// that only the same account can open: a socket in the app's own folder, or, where there are no such files, a pipe with a name that nobody can
/// guess. Under a name known beforehand another account could sit first.
/// </summary>
internal sealed class SingleInstance : IDisposable
{
    private const int LongestArgument = 1024;

    // sockaddr_un: 104 octets on macOS, 108 on Linux.
    private const int LongestSocket = 100;

    // A browser that is being started for the first window may take some seconds.
    private static readonly TimeSpan HandOverLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(50);

    private readonly FileStream? _lock;
    private readonly string? _pipe;
    private readonly string? _shelter;

    private SingleInstance(FileStream? held, string? pipe, string? shelter) => (_lock, _pipe, _shelter) = (held, pipe, shelter);

    /// <summary>Whether it is known that no other program of this person runs.</summary>
    public bool IsOnly => _lock is not null;

    /// <summary>The lock, or null when another program of this person holds it. Without a folder that can be written every start is the first.</summary>
    public static SingleInstance? TryBecome(AppFolder folder)
    {
        if (!folder.TryMake())
        {
            return new SingleInstance(null, null, null);
        }

        FileStream? held = null;
        try
        {
            // The lock goes with the process, so that a crash leaves none behind.
            held = new FileStream(LockFile(folder), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var (pipe, shelter) = NewName(folder);
            using (var address = OpenRequests.CreatePrivate(AddressFile(folder)))
            {
                address.Write(Encoding.UTF8.GetBytes(pipe));
            }

            return new SingleInstance(held, pipe, shelter);
        }
        catch (IOException) when (held is null && File.Exists(LockFile(folder)) && IsHeld(folder))
        {
            return null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new SingleInstance(held, null, null);
        }
    }

    /// <summary>Gives the start argument to the running program; false when it did not take it.</summary>
    public static async Task<bool> HandOverAsync(AppFolder folder, StartArgument argument, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(HandOverLimit);
        try
        {
            // A pipe that closes before it answered belonged to a caller before, or to a program that ends: asked again, another one answers,
            // or nobody does within the limit. A window that was brought already is only brought once more.
            while (!await TryHandOverAsync(folder, argument, limit.Token))
            {
                await Task.Delay(BetweenTries, limit.Token);
            }

            return true;
        }
        catch (Exception fault) when (fault is OperationCanceledException or UnauthorizedAccessException or TimeoutException)
        {
            return false;
        }
    }

    private static async Task<bool> TryHandOverAsync(AppFolder folder, StartArgument argument, CancellationToken cancellation)
    {
        try
        {
            // A folder that is another's would name a pipe of that other.
            if (!folder.TryMake() || await File.ReadAllTextAsync(AddressFile(folder), cancellation) is not { Length: > 0 } name)
            {
                return false;
            }

            await using var pipe = new NamedPipeClientStream(".", name, PipeDirection.InOut, PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);
            await pipe.ConnectAsync(cancellation);
            await pipe.WriteAsync(Encoding.UTF8.GetBytes(argument + "\n"), cancellation);
            var answer = new byte[1];
            return await pipe.ReadAsync(answer, cancellation) == 1 && answer[0] == (byte)'+';
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Takes what later programs hand over, until cancelled.</summary>
    public async Task ListenAsync(Func<StartArgument, Task> bringWindow, CancellationToken cancellation)
    {
        if (_pipe is null)
        {
            return;
        }

        NamedPipeServerStream? next = null;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await using var pipe = next ?? NewPipe();
                next = null;
                await pipe.WaitForConnectionAsync(cancellation);
                // Before this one closes: whoever starts in between finds somebody to talk to.
                next = NewPipe();
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                limit.CancelAfter(HandOverLimit);
                if (await ReadLineAsync(pipe, limit.Token) is { } line)
                {
                    await bringWindow(StartArgument.Parse(line));
                    await pipe.WriteAsync("+"u8.ToArray(), limit.Token);
                    if (OperatingSystem.IsWindows())
                    {
                        pipe.WaitForPipeDrain();
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // This caller was too slow, or the program ends.
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // Without a pipe a second start opens its own window; nothing is lost. Not in a tight loop, though.
                await Task.Delay(TimeSpan.FromSeconds(1), cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        if (next is not null)
        {
            await next.DisposeAsync();
        }
    }

    public void Dispose()
    {
        _lock?.Dispose();
        if (_shelter is not null && Directory.Exists(_shelter))
        {
            Directory.Delete(_shelter, recursive: true);
        }
    }

    private NamedPipeServerStream NewPipe() => new(
        _pipe!, PipeDirection.InOut, NamedPipeServerStream.MaxAllowedServerInstances, PipeTransmissionMode.Byte,
        PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly);

    private static string LockFile(AppFolder folder) => System.IO.Path.Combine(folder.Path, "running.lock");

    private static bool IsHeld(AppFolder folder)
    {
        try
        {
            using var probe = new FileStream(LockFile(folder), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return false;
        }
        catch (IOException)
        {
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static async Task<string?> ReadLineAsync(Stream stream, CancellationToken cancellation)
    {
        var octets = new byte[LongestArgument];
        var length = 0;
        while (length < octets.Length)
        {
            var read = await stream.ReadAsync(octets.AsMemory(length), cancellation);
            if (read == 0)
            {
                return null;
            }

            length += read;
            if (octets.AsSpan(0, length).IndexOf((byte)'\n') is var end and >= 0)
            {
                return Encoding.UTF8.GetString(octets, 0, end);
            }
        }

        return null;
    }

    private static string AddressFile(AppFolder folder) => System.IO.Path.Combine(folder.Path, "running.pipe");

    private static (string Pipe, string? Shelter) NewName(AppFolder folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return ("densai-enrollment-" + OpenRequests.NewId(), null);
        }

        var inside = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder.Path, "running.sock"));
        if (Encoding.UTF8.GetByteCount(inside) <= LongestSocket)
        {
            return (inside, null);
        }

        var shelter = Directory.CreateTempSubdirectory("densai-enrollment-").FullName;
        return (System.IO.Path.Combine(shelter, "running.sock"), shelter);
    }
}
