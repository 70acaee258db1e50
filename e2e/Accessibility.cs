using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd;

internal static class Accessibility
{
    private static readonly AxeRunOptions Options = new()
    {
        RunOnly = new() { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] },
    };

    /// <summary>Asserts that axe finds nothing on the page as it is now.</summary>
    public static async Task AssertNoViolationsAsync(this IPage page, string state)
    {
        var result = await page.RunAxe(Options);
        var found = result.Violations.SelectMany(violation => violation.Nodes.Select(node =>
            $"{state}: {violation.Id} ({violation.Impact}) {violation.Help}\n    {node.Target} {node.Html}"));
        Assert.True(result.Passes.Length > 0, $"{state}: axe judged nothing");
        Assert.True(result.Violations.Length == 0, string.Join('\n', found));
    }
}
