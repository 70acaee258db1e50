using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace DensaiAdmin.EndToEnd;

internal static class Accessibility
{
    private static readonly string s_axe = new BundledAxeScriptProvider().GetScript();

    /// <summary>Asserts that axe finds nothing on the page as it is now.</summary>
    public static async Task AssertNoViolationsAsync(this IPage page, string state)
    {
        await AssertNoKeysAsync(page, state);
        // In the page itself: Deque's driver for Playwright opens a tab for each judgement, to see into frames, and no page here has any.
        await page.EvaluateAsync(s_axe);
        var judgement = await page.EvaluateAsync<Judgement>(
            """
            async () => {
              const judged = await axe.run(document, {
                runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
                resultTypes: ['violations'],
              });
              return {
                passes: judged.passes.length,
                violations: judged.violations.flatMap(violation => violation.nodes.map(node =>
                  `${violation.id} (${violation.impact}) ${violation.help}\n    ${node.target} ${node.html}`)),
              };
            }
            """);
        Assert.True(judgement.Passes > 0, $"{state}: axe judged nothing");
        Assert.True(judgement.Violations.Length == 0, string.Join('\n', judgement.Violations.Select(found => $"{state}: {found}")));
    }

    // A word that is missing is shown by its key, which no test of components sees where the key is made of a name.
    private static async Task AssertNoKeysAsync(IPage page, string state)
    {
        var keys = await page.EvaluateAsync<string[]>("() => document.body.innerText.match(/\\b[A-Z][A-Za-z]*(?:_[A-Za-z]+)+\\b/g) ?? []");
        Assert.True(keys.Length == 0, $"{state} shows keys instead of words: {string.Join(", ", keys)}");
    }

    private sealed record Judgement
    {
        public int Passes { get; init; }

        public string[] Violations { get; init; } = [];
    }
}
