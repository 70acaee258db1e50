using DensaiAdmin.Core.Announcements;
using DensaiAdmin.Core.Registry;
using DensaiAdmin.Core.Sessions;
using DensaiAdmin.Tests.Support;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Tests.Announcements;

public sealed class AnnouncementBoardTests : IAsyncLifetime
{
    private readonly TestBank _bank = TestBank.Open();
    private readonly AnnouncementBoard _board;

    private Actor _reader = null!;

    public AnnouncementBoardTests() =>
        _board = new AnnouncementBoard(
            _bank.Writer, _bank.Contexts, new SessionWatch(Options.Create(new SessionOptions()), _bank.Anchor.Revoked, _bank.Clock),
            _bank.Clock);

    public async ValueTask InitializeAsync()
    {
        var user = await _bank.AddUser("0501D00601A", await _bank.AddCompany(method: AuthenticationMethod.IdAndPassword));
        Assert.Equal(1, user.Id);
        _reader = await _bank.AddSession(user);
    }

    [Fact]
    public async Task Announcements_NobodyRead_AreShownNewestFirst()
    {
        await PublishAsync("old", -2);
        await PublishAsync("new", -1);

        Assert.Equal([("new", false), ("old", false)], await ListAsync(1));
        Assert.Equal(2, await UnreadAsync(1));
    }

    [Fact]
    public async Task Announcement_OfTomorrow_IsNotShownYet()
    {
        await PublishAsync("tomorrow", 1);
        Assert.Empty(await ListAsync(1));

        _bank.Clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal([("tomorrow", false)], await ListAsync(1));
    }

    [Fact]
    public async Task Announcements_Read_FollowTheUnreadOnes()
    {
        await PublishAsync("read", -1);
        await _board.NoteReadAsync(_reader, cancellation: TestContext.Current.CancellationToken);
        await PublishAsync("older but unread", -2);

        Assert.Equal([("older but unread", false), ("read", true)], await ListAsync(1));
        Assert.Equal(1, await UnreadAsync(1));
    }

    [Fact]
    public async Task Reading_OfOne_IsNotAnothers()
    {
        await PublishAsync("notice", -1);
        await _board.NoteReadAsync(_reader, cancellation: TestContext.Current.CancellationToken);

        Assert.Equal((0, 1), (await UnreadAsync(1), await UnreadAsync(2)));
    }

    [Fact]
    public async Task Reading_Twice_IsNotedOnce()
    {
        await PublishAsync("notice", -1);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => _board.NoteReadAsync(_reader))));

        Assert.Equal(1, _bank.Read(db => db.AnnouncementReadings.Count()));
    }

    [Fact]
    public async Task Reading_OfTodaysBoard_LeavesTomorrowsAnnouncementUnread()
    {
        await PublishAsync("tomorrow", 1);
        await _board.NoteReadAsync(_reader, cancellation: TestContext.Current.CancellationToken);
        _bank.Clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal(1, await UnreadAsync(1));
    }

    [Fact]
    public async Task List_WithALimit_ShowsNoMore()
    {
        for (var i = 0; i < 5; i++)
        {
            await PublishAsync($"{i}", -1 - i);
        }

        Assert.Equal(
            ["0", "1", "2"],
            (await _board.ListAnnouncementsAsync(1, 1, 3, TestContext.Current.CancellationToken)).Select(n => n.Title));
    }

    [Fact]
    public async Task Announcement_WhoseTimeIsOver_IsShownNoLonger()
    {
        await _bank.Act(work => work.Db.Announcements.Add(
            new Announcement("ends", "words", work.Now.AddDays(-1), AnnouncementImportance.Important, work.Now.AddDays(1))));
        var id = _bank.Read(db => db.Announcements.Single().Id);
        var shown = await _board.FindAnnouncementAsync(1, 1, id, TestContext.Current.CancellationToken);
        Assert.Equal(
            ("ends", AnnouncementImportance.Important, _bank.Now.AddDays(1), false),
            (shown!.Title, shown.Importance, shown.EndsAt, shown.IsRead));

        _bank.Clock.Advance(TimeSpan.FromDays(1));

        Assert.Empty(await ListAsync(1));
        Assert.Equal(0, await UnreadAsync(1));
        Assert.Null(await _board.FindAnnouncementAsync(1, 1, id, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Announcement_Opened_IsReadAndTheOthersAreNot()
    {
        await PublishAsync("one", -1);
        await PublishAsync("two", -2);
        var id = _bank.Read(db => db.Announcements.Single(n => n.Title == "one").Id);

        await _board.NoteReadAsync(_reader, id, TestContext.Current.CancellationToken);
        await _board.NoteReadAsync(_reader, id, TestContext.Current.CancellationToken);

        Assert.Equal([("two", false), ("one", true)], await ListAsync(1));
        Assert.True((await _board.FindAnnouncementAsync(1, 1, id, TestContext.Current.CancellationToken))!.IsRead);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4711)]
    public async Task Announcement_OfTomorrowOrInvented_IsNotFoundAndNotRead(long id)
    {
        await PublishAsync("tomorrow", 1);

        Assert.Null(await _board.FindAnnouncementAsync(1, 1, id, TestContext.Current.CancellationToken));
        await _board.NoteReadAsync(_reader, id, TestContext.Current.CancellationToken);
        Assert.Equal(0, _bank.Read(db => db.AnnouncementReadings.Count()));
    }

    public ValueTask DisposeAsync()
    {
        _bank.Dispose();
        return ValueTask.CompletedTask;
    }

    private Task PublishAsync(string title, int daysFromNow) =>
        _bank.Act(work => work.Db.Announcements.Add(new Announcement(title, "words", work.Now.AddDays(daysFromNow))));

    private async Task<IEnumerable<(string Title, bool IsRead)>> ListAsync(long userId) =>
        (await _board.ListAnnouncementsAsync(1, userId, 100, TestContext.Current.CancellationToken)).Select(n => (n.Title, n.IsRead));

    private Task<int> UnreadAsync(long userId) => _board.CountUnreadAsync(1, userId, TestContext.Current.CancellationToken);
}
