using System.IO.Pipes;
using System.Text;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>
/// One instance per person: the first holds a lock file, a later one hands over its start argument and ends. They talk over a pipe that
/// only the same account can open: a socket in the app's own folder, or on Windows a named pipe with a name that nobody can guess. A
/// predictable name could be taken by another account first.
/// </summary>
internal sealed class SingleInstance : IDisposable
{
    private const int MaxArgumentBytes = 1024;

    private const PipeOptions Options = PipeOptions.Asynchronous | PipeOptions.CurrentUserOnly;

    // sockaddr_un: 104 bytes on macOS, 108 on Linux.
    private const int MaxSocketPathBytes = 100;

    // The first instance may be waiting some seconds for its browser to start.
    private static readonly TimeSpan HandOverLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(50);

    private readonly FileStream? _lock;
    private readonly string? _pipe;
    private readonly string? _socketFolder;

    private SingleInstance(FileStream? held, string? pipe, string? socketFolder) =>
        (_lock, _pipe, _socketFolder) = (held, pipe, socketFolder);

    /// <summary>Whether it is certain that no other instance of this person is running.</summary>
    public bool IsOnly => _lock is not null;

    /// <summary>
    /// The lock, or null when another instance of this person holds it. Without a writable folder every start is the first.
    /// </summary>
    public static SingleInstance? TryBecome(AppFolder folder)
    {
        if (!folder.TryMake())
        {
            return new SingleInstance(null, null, null);
        }

        FileStream? held = null;
        try
        {
            // The lock ends with the process, so a crash leaves none behind.
            held = new FileStream(LockFile(folder), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var (pipe, socketFolder) = NewName(folder);
            using (var address = PrivateFiles.Create(AddressFile(folder)))
            {
                address.Write(Encoding.UTF8.GetBytes(pipe));
            }

            return new SingleInstance(held, pipe, socketFolder);
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

    /// <summary>Hands the start argument over to the running instance; false when that did not take it.</summary>
    public static async Task<bool> HandOverAsync(AppFolder folder, StartArgument argument, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(HandOverLimit);
        try
        {
            // A pipe that closes without an answer served an earlier caller, or its instance is ending: at the next attempt another one
            // answers, or none within the limit. A window that is open already is only opened once more.
            while (!await TryHandOverAsync(folder, argument, limit.Token))
            {
                await Task.Delay(RetryInterval, limit.Token);
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
            // A folder of another account would name a pipe of that account.
            if (!folder.TryMake() || await File.ReadAllTextAsync(AddressFile(folder), cancellation) is not { Length: > 0 } name)
            {
                return false;
            }

            await using var pipe = new NamedPipeClientStream(".", name, PipeDirection.InOut, Options);
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

    /// <summary>Accepts what later instances hand over, until cancelled.</summary>
    public async Task ListenAsync(Func<StartArgument, Task> openWindow, CancellationToken cancellation)
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
                // Created before this one closes, so that an instance starting in between can connect.
                next = NewPipe();
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                limit.CancelAfter(HandOverLimit);
                if (await ReadLineAsync(pipe, limit.Token) is { } line)
                {
                    await openWindow(StartArgument.Parse(line));
                    await pipe.WriteAsync("+"u8.ToArray(), limit.Token);
                    if (OperatingSystem.IsWindows())
                    {
                        pipe.WaitForPipeDrain();
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // The caller was too slow, or the program ends.
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // Without a pipe a second start opens its own window, and nothing is lost. The delay keeps this from becoming a tight loop.
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
        if (_socketFolder is not null && Directory.Exists(_socketFolder))
        {
            Directory.Delete(_socketFolder, recursive: true);
        }
    }

    private NamedPipeServerStream NewPipe() => new(
        _pipe!, PipeDirection.InOut, NamedPipeServerStream.MaxAllowedServerInstances, PipeTransmissionMode.Byte,
        Options);

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
        var bytes = new byte[MaxArgumentBytes];
        var length = 0;
        while (length < bytes.Length)
        {
            var read = await stream.ReadAsync(bytes.AsMemory(length), cancellation);
            if (read == 0)
            {
                return null;
            }

            length += read;
            if (bytes.AsSpan(0, length).IndexOf((byte)'\n') is var end and >= 0)
            {
                return Encoding.UTF8.GetString(bytes, 0, end);
            }
        }

        return null;
    }

    private static string AddressFile(AppFolder folder) => System.IO.Path.Combine(folder.Path, "running.pipe");

    private static (string Pipe, string? SocketFolder) NewName(AppFolder folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return ("densai-enrollment-" + PrivateFiles.NewName(), null);
        }

        var inside = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder.Path, "running.sock"));
        if (Encoding.UTF8.GetByteCount(inside) <= MaxSocketPathBytes)
        {
            return (inside, null);
        }

        var socketFolder = Directory.CreateTempSubdirectory("densai-enrollment-").FullName;
        return (System.IO.Path.Combine(socketFolder, "running.sock"), socketFolder);
    }
}
