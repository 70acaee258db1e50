using System.Net.Sockets;
using System.Text.Json;
using DensaiAdmin.Core;
using DensaiAdmin.Web.Installation;

namespace DensaiAdmin.Web.Verbs;

/// <summary>
/// Where verbs find a running server: a socket file in the data directory, for its owner only, never on a network. One request
/// and one answer per connection, each a line of JSON.
/// </summary>
internal sealed partial class ControlSocket(OpenInstallation installation, VerbHandler handler, ILogger<ControlSocket> log)
    : BackgroundJob(installation.Clock, log)
{
    // A request holds at most one certificate request and a few short texts.
    private const int MaxOctets = 1 << 20;

    private static readonly TimeSpan MaxWaitForRequest = TimeSpan.FromSeconds(30);

    private readonly List<Task> _open = [];

    private Socket? _listener;

    public override JobTitle Title { get; } = new("コマンドの受付", "taking of verbs");

    private string SocketFile => ControlChannel.FileIn(installation.Settings.DataDirectory);

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Before the start is over, so that a verb finds the server as soon as it says that it is ready.
        try
        {
            Listen();
        }
        catch (Exception fault)
        {
            NoteFault(fault);
        }

        await base.StartAsync(cancellationToken);
    }

    private void Listen()
    {
        // What a killed server left behind; the data directory's lock says that there is no other.
        File.Delete(SocketFile);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            ControlChannel.WithShortPath(SocketFile, path => listener.Bind(new UnixDomainSocketEndPoint(path)));
            if (!OperatingSystem.IsWindows())
            {
                // Before it listens: nobody else ever gets in, whatever the umask.
                File.SetUnixFileMode(SocketFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }

            listener.Listen();
        }
        catch
        {
            listener.Dispose();
            throw;
        }

        _listener = listener;
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_listener is { } listener)
        {
            listener.Dispose();
            File.Delete(SocketFile);
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        _listener?.Dispose();
    }

    protected override async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            if (_listener is null)
            {
                Listen();
            }

            NoteRound();
            while (true)
            {
                var connection = await _listener!.AcceptAsync(stopping);
                _open.RemoveAll(t => t.IsCompleted);
                _open.Add(ServeAsync(connection, stopping));
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // An act that was taken is finished and answered.
            await Task.WhenAll(_open);
        }
        catch
        {
            // A socket that failed once is not trusted again; the next round listens anew.
            _listener?.Dispose();
            _listener = null;
            throw;
        }
    }

    private async Task ServeAsync(Socket connection, CancellationToken stopping)
    {
        await using var stream = new NetworkStream(connection, ownsSocket: true);
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
            limit.CancelAfter(MaxWaitForRequest);
            var line = await ControlChannel.ReadLineAsync(stream, MaxOctets, limit.Token);
            if (line is null || JsonSerializer.Deserialize<VerbRequest>(line) is not { IsComplete: true } request)
            {
                return;
            }

            await ControlChannel.WriteLineAsync(stream, await handler.PerformAsync(request));
        }
        catch (Exception fault)
        {
            // Whatever came in on one connection ends that one alone.
            LogBroken(Log, fault.GetType().Name);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A connection to the control socket ended before its answer: {Fault}")]
    private static partial void LogBroken(ILogger logger, string fault);
}

/// <summary>The other end: a verb hands its request to the server that holds the data directory.</summary>
internal static class ControlChannel
{
    private const string SocketName = "control.sock";

    // sun_path: 108 octets on Linux, 104 elsewhere, the closing zero included.
    private const int LongestAddress = 100;

    public static string FileIn(string dataDirectory) => Path.Combine(dataDirectory, SocketName);

    /// <summary>The server's answer, or null when no server listens there.</summary>
    /// <exception cref="IOException">The server went away before it answered.</exception>
    public static async Task<VerbAnswer?> TryAskAsync(string dataDirectory, VerbRequest request, CancellationToken cancellation = default)
    {
        var file = FileIn(dataDirectory);
        if (!File.Exists(file))
        {
            return null;
        }

        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            WithShortPath(file, path => socket.Connect(new UnixDomainSocketEndPoint(path)));
        }
        catch (SocketException)
        {
            // Left behind by a server that was killed.
            return null;
        }

        await using var stream = new NetworkStream(socket, ownsSocket: false);
        await WriteLineAsync(stream, request, cancellation);
        var line = await ReadLineAsync(stream, int.MaxValue, cancellation);
        return line is not null && JsonSerializer.Deserialize<VerbAnswer>(line) is { } answer
            ? answer
            : throw new IOException("The server ended the connection without an answer.");
    }

    /// <summary>
    /// A socket's address is short, a directory's path need not be: a long one is reached through a link in a private directory that
    /// stands only for this moment. The socket itself is made where it belongs.
    /// </summary>
    public static void WithShortPath(string file, Action<string> use)
    {
        if (System.Text.Encoding.UTF8.GetByteCount(file) <= LongestAddress)
        {
            use(file);
            return;
        }

        var place = Directory.CreateTempSubdirectory("densai-");
        var link = Path.Combine(place.FullName, "d");
        try
        {
            Directory.CreateSymbolicLink(link, Path.GetDirectoryName(Path.GetFullPath(file))!);
            use(Path.Combine(link, Path.GetFileName(file)));
        }
        finally
        {
            File.Delete(link);
            place.Delete();
        }
    }

    /// <summary>One line, or null when the other side ends before it or it is too long.</summary>
    public static async Task<byte[]?> ReadLineAsync(Stream stream, int maxOctets, CancellationToken cancellation)
    {
        using var line = new MemoryStream();
        var buffer = new byte[8192];
        while (line.Length < maxOctets)
        {
            var read = await stream.ReadAsync(buffer, cancellation);
            if (read == 0)
            {
                return null;
            }

            var end = buffer.AsSpan(0, read).IndexOf((byte)'\n');
            line.Write(buffer, 0, end < 0 ? read : end);
            if (end >= 0)
            {
                return line.ToArray();
            }
        }

        return null;
    }

    public static async Task WriteLineAsync<T>(Stream stream, T value, CancellationToken cancellation = default)
    {
        await stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(value), cancellation);
        await stream.WriteAsync("\n"u8.ToArray(), cancellation);
    }
}
