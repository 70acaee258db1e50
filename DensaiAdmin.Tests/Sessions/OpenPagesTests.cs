using DensaiAdmin.Web.Sessions;
using Microsoft.AspNetCore.Http;

namespace DensaiAdmin.Tests.Sessions;

[Web]
public sealed class OpenPagesTests
{
    [Fact]
    public void Pages_UpToTheCap_AreLetIn_OverAllSessionsOfAUser()
    {
        var pages = new OpenPages();
        var open = Enumerable.Range(0, OpenPages.MaxPerUser).Select(i => new OpenPage(sessionId: i % 2, userId: 7)).ToList();
        Assert.All(open, page => Assert.True(pages.Add(page)));
        var tooMany = new OpenPage(2, 7);
        Assert.False(pages.Add(tooMany));
        Assert.True(pages.Add(new OpenPage(3, 8)));

        pages.Remove(tooMany);
        pages.Remove(open[0]);
        pages.Remove(open[0]);
        Assert.True(pages.Add(new OpenPage(2, 7)));
        Assert.False(pages.Add(new OpenPage(2, 7)));
    }

    [Fact]
    public void Pages_OfASession_AreFoundUntilTheyClose()
    {
        var pages = new OpenPages();
        var (mine, others) = (new OpenPage(1, 1), new OpenPage(2, 1));
        pages.Add(mine);
        pages.Add(others);
        Assert.Same(mine, Assert.Single(pages.OfSession(1)));
        pages.Remove(mine);
        Assert.Empty(pages.OfSession(1));
    }

    [Fact]
    public void Page_ToldTwiceToLeave_LeavesOnce()
    {
        var page = new OpenPage(1, 1);
        var destinations = new List<string>();
        page.OnLeave(destinations.Add);
        page.Leave("/login");
        page.Leave("/elsewhere");
        Assert.Equal("/login", Assert.Single(destinations));
    }

    [Fact]
    public async Task Carrier_IsKnownForAsLongAsItRuns()
    {
        var pages = new OpenPages();
        var request = new DefaultHttpContext();
        var running = new TaskCompletionSource();
        var carried = pages.CarryAsync(1, request, _ => running.Task);
        Assert.Same(request, Assert.Single(pages.CarriersOf(1)));
        running.SetResult();
        await carried;
        Assert.Empty(pages.CarriersOf(1));
    }

    [Fact]
    public async Task Carriers_InAFlood_AreRefused()
    {
        var pages = new OpenPages();
        var running = new TaskCompletionSource();
        var let = Enumerable.Range(0, OpenPages.MaxPerUser * 2)
            .Select(_ => pages.CarryAsync(1, new DefaultHttpContext(), _ => running.Task)).ToList();
        var flood = new DefaultHttpContext();
        await pages.CarryAsync(1, flood, _ => throw new InvalidOperationException("let in"));
        Assert.Equal(StatusCodes.Status429TooManyRequests, flood.Response.StatusCode);
        running.SetResult();
        await Task.WhenAll(let);
        Assert.Empty(pages.CarriersOf(1));
    }
}
