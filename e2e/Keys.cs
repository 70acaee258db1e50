using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace DensaiAdmin.EndToEnd;

/// <summary>A page without a mouse.</summary>
internal static class Keys
{
    private const int MaxTabStops = 60;

    /// <summary>Tabs to a button or link and presses Enter.</summary>
    public static async Task EnterAtAsync(this IPage page, ILocator target)
    {
        await page.TabToAsync(target);
        await page.Keyboard.PressAsync("Enter");
    }

    /// <summary>Tabs to a field and types into it.</summary>
    public static async Task TypeAtAsync(this IPage page, ILocator field, string text)
    {
        await page.TabToAsync(field);
        await page.Keyboard.TypeAsync(text);
    }

    /// <summary>Presses Tab until the element has focus; each stop on the way must show its focus and be in view.</summary>
    public static async Task TabToAsync(this IPage page, ILocator target)
    {
        await Expect(target).ToBeVisibleAsync();
        for (var stop = 0; stop < MaxTabStops; stop++)
        {
            if (await target.EvaluateAsync<bool>("element => element === document.activeElement"))
            {
                return;
            }

            await page.Keyboard.PressAsync("Tab");
            var shown = await page.EvaluateAsync<string>(
                """
                () => {
                  const element = document.activeElement;
                  if (!element || element === document.body) return '';
                  const style = getComputedStyle(element);
                  const box = element.getBoundingClientRect();
                  const label = element.getAttribute('aria-label') || element.textContent || element.id;
                  const name = element.tagName + ' ' + label.trim().slice(0, 40);
                  const isBare = style.outlineStyle === 'none' && style.boxShadow === 'none';
                  if (isBare && !element.closest(':focus-within .focus-ring')) return name + ': focus is not shown';
                  const within = (most, at) => Math.min(most - 1, Math.max(0, at));
                  const top = document.elementFromPoint(
                    within(innerWidth, box.x + box.width / 2), within(innerHeight, box.y + box.height / 2));
                  const covered = top && top !== element && !element.contains(top) && !top.contains(element) && !top.closest('label');
                  return covered ? name + ': covered by ' + top.tagName + '.' + top.className : '';
                }
                """);
            Assert.Equal("", shown);
        }

        Assert.Fail($"Not reached within {MaxTabStops} tab stops: {target}");
    }
}
