using System.Threading.Channels;
using DensaiAdmin.EnrollmentApp.Shared;
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
    public async Task Pipe_LiesInTheFolderOfThePersonAlone()
    {
        using var first = SingleInstance.TryBecome(_folder);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var listening = first!.ListenAsync(_ => Task.CompletedTask, ending.Token);

        Assert.True(await SingleInstance.HandOverAsync(_folder, StartArgument.Menu, Cancellation));

        var pipe = await File.ReadAllTextAsync(Path.Combine(_folder.Path, "running.pipe"), Cancellation);
        Assert.Equal(Path.Combine(_folder.Path, "running.sock"), pipe);
        Assert.True(File.Exists(pipe));
        await ending.CancelAsync();
        await listening;
    }

    [Fact]
    public async Task Pipe_ThatAProgramLeftWhichWasCutOff_IsInNobodysWay()
    {
        Assert.True(_folder.TryMake());
        using (var left = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified))
        {
            left.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(Path.Combine(_folder.Path, "left.sock")));
            File.Move(Path.Combine(_folder.Path, "left.sock"), Path.Combine(_folder.Path, "running.sock"));
        }

        using var next = SingleInstance.TryBecome(_folder);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var listening = next!.ListenAsync(_ => Task.CompletedTask, ending.Token);

        Assert.True(await SingleInstance.HandOverAsync(_folder, StartArgument.Menu, Cancellation));
        await ending.CancelAsync();
        await listening;
    }

    [Fact]
    public async Task Pipe_InAFolderWithALongName_IsFoundAllTheSame()
    {
        var folder = new AppFolder(Path.Combine(_folder.Path, new string('x', 120)));
        using var first = SingleInstance.TryBecome(folder);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var listening = first!.ListenAsync(_ => Task.CompletedTask, ending.Token);

        Assert.True(await SingleInstance.HandOverAsync(folder, StartArgument.Menu, Cancellation));
        await ending.CancelAsync();
        await listening;
    }

    [Fact]
    public async Task Folder_ThatIsAnothers_IsNotUsed()
    {
        // Only root gives a folder away; whoever is not root cannot take one either, which the change of its mode tells.
        Directory.CreateDirectory(_folder.Path);
        if ((await Support.Tool.Run("chown", ["65534", _folder.Path])).ExitCode != 0)
        {
            return;
        }

        Assert.False(_folder.TryMake());
        using var only = SingleInstance.TryBecome(_folder);
        Assert.False(only!.IsOnly);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Folder_ThatIsALink_IsNotUsed()
    {
        var elsewhere = Directory.CreateTempSubdirectory("densai-elsewhere-").FullName;
        Directory.CreateSymbolicLink(_folder.Path, elsewhere);

        Assert.False(_folder.TryMake());
        File.Delete(_folder.Path);
        Directory.Delete(elsewhere);
    }

    [Fact]
    public void Folder_ThatWasOpenToOthers_IsClosed()
    {
        Directory.CreateDirectory(_folder.Path);
        Assert.True(_folder.TryMake());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_folder.Path));
        }
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
