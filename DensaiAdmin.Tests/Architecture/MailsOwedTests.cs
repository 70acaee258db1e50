using DensaiAdmin.Core.Mail;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Tests.Architecture;

/// <summary>
/// Mails follow from the history: whoever does something records it, and knows nothing of mails. What must be told is then read in one
/// table, and none is forgotten.
/// </summary>
public sealed class MailsOwedTests
{
    private static readonly Type[] OfMails =
        [typeof(Outbox), typeof(OutboxSignal), typeof(MailKind), typeof(MailText), typeof(MailTexts), typeof(MailRules), typeof(MailFacts)];

    /// <summary>The notices of expiry follow from the days.</summary>
    private static readonly string[] Rooms = ["Mail", "ExpiryNotices"];

    [Fact]
    public void Nobody_ButTheMailsAndTheNoticesOfExpiry_KnowsAMail()
    {
        var violations = new[] { House.Core, House.Web }.SelectMany(
            house => house.Assembly.GetTypes().Where(type => house.IsOurs(type) && !Rooms.Contains(house.RoomOf(type)))
                .Where(type => type.Namespace != typeof(MailKind).Namespace)
                .SelectMany(type => References.Of(type).Where(OfMails.Contains).Select(used => $"{type.FullName} uses {used.Name}")));

        Assert.Empty(violations);
    }
}
