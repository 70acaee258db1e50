using Microsoft.AspNetCore.Components;

namespace DensaiAdmin.Web.Shared;

/// <summary>
/// A row of a list of users of whom one is picked, by the radio or by a click anywhere in the row (densai.js). The table's body hears
/// the change, with the login ID as its value, so that no row has a listener of its own.
/// </summary>
internal static class PickRow
{
    private static readonly MarkupString Off = new(" class=\"is-off\"");
    private static readonly MarkupString Checked = new(" checked");

    /// <summary>ID of a user's radio, where an error leads.</summary>
    public static string RadioId(string loginId) => "user-" + loginId;

    /// <summary>The whole row.</summary>
    /// <param name="label">Over the radio, where rows are stacked.</param>
    /// <param name="loginId">Whose row it is.</param>
    /// <param name="isPicked">Whether it is the one; only as it is drawn first, then the browser knows.</param>
    /// <param name="isOff">It cannot be picked, and says why.</param>
    /// <param name="cells">The cells after the radio's.</param>
    public static MarkupString Of(string label, string loginId, bool isPicked, bool isOff, MarkupString cells) => Html.Of(
        $"""<tr{(isOff ? Off : default)}><td class="pick" data-label="{label}"><input class="radio" type="radio" name="user" """
        + $"""value="{loginId}" id="{RadioId(loginId)}" aria-label="{loginId}"{(isPicked ? Checked : default)}"""
        + $"""
        {(isOff ? Disabled(loginId) : default)} /></td>{cells}</tr>

        """);

    /// <summary>The cell that says why a row cannot be picked; empty for one that can.</summary>
    public static MarkupString WhyNot(string label, string loginId, string? why, IconName icon) => why is null
        ? Html.Of($"""<td data-label="{label}" class="none"></td>""")
        : Html.Of($"""<td data-label="{label}"><span class="why" id="{WhyId(loginId)}">{Icon.Svg(icon)}{why}</span></td>""");

    private static MarkupString Disabled(string loginId) => Html.Of($""" disabled aria-describedby="{WhyId(loginId)}" """);

    private static string WhyId(string loginId) => "why-" + loginId;
}
