namespace DensaiAdmin.EnrollmentApp;

/// <summary>The real parts, for the life of the program.</summary>
internal sealed class Connection : IAsyncDisposable
{
    private Connection(Parts parts) => Parts = parts;

    public Parts Parts { get; }

    public static Connection Of(ServerStamp stamp) => throw new NotSupportedException(stamp.Server.ToString());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
