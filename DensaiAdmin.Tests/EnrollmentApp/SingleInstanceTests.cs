using System.Threading.Channels;
using DensaiAdmin.EnrollmentApp.Verbs;
using DensaiAdmin.EnrollmentApp.Window;

namespace DensaiAdmin.Tests.EnrollmentApp;

public sealed class SingleInstanceTests : IDisposable
{
    private readonly AppFolder _folder = new(Path.Combine(Path.GetTempPath(), "densai-single-" + Path.GetRandomFileName()));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Second_HandsItsStartArgumentOver_AndTheFirstBringsAWindow()
    {
        using var first = SingleInstance.TryBecome(_folder);
        Assert.NotNull(first);
        Assert.Null(SingleInstance.TryBecome(_folder));
        var brought = Channel.CreateUnbounded<StartArgument>();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var listening = first.ListenAsync(start => brought.Writer.WriteAsync(start, Cancellation).AsTask(), ending.Token);

        Assert.True(await SingleInstance.HandOverAsync(_folder, new StartArgument(StartAt.Renew, "4F00AB"), Cancellation));
        Assert.True(await SingleInstance.HandOverAsync(_folder, StartArgument.Menu, Cancellation));

        Assert.Equal(new StartArgument(StartAt.Renew, "4F00AB"), await brought.Reader.ReadAsync(Cancellation));
        Assert.Equal(StartArgument.Menu, await brought.Reader.ReadAsync(Cancellation));
        await ending.CancelAsync();
        await listening;
    }

    [Fact]
    public void Lock_GoesWithItsHolder()
    {
        SingleInstance.TryBecome(_folder)!.Dispose();

        using var next = SingleInstance.TryBecome(_folder);
        Assert.NotNull(next);
    }

    [Fact]
    public async Task Running_ThatDoesNotAnswer_IsSaid()
    {
        using var first = SingleInstance.TryBecome(_folder);

        Assert.False(await SingleInstance.HandOverAsync(_folder, StartArgument.Menu, Cancellation));
    }

    [Fact]
    public void FolderThatCannotBeMade_StopsNobody()
    {
        // A file stands where the folder should be, as a read-only profile would have it.
        File.WriteAllText(_folder.Path, "");

        using var only = SingleInstance.TryBecome(_folder);
        Assert.NotNull(only);
        File.Delete(_folder.Path);
    }

    [Fact]
    public void Folder_IsClosedToOthers()
    {
        Assert.True(_folder.TryMake());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.Path));
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder.Path))
        {
            Directory.Delete(_folder.Path, recursive: true);
        }
    }
}
