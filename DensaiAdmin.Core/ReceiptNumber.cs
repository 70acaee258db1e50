using System.Security.Cryptography;

namespace DensaiAdmin.Core;

/// <summary>受付番号: the JST date and random characters, so that it tells nothing of other companies.</summary>
internal static class ReceiptNumber
{
    /// <summary>A new one for an act at <paramref name="at"/>, UTC.</summary>
    public static string New(DateTimeOffset at)
    {
        // No 0/O, 1/I/L: the number is read out on the telephone.
        var code = RandomNumberGenerator.GetString("23456789ABCDEFGHJKMNPQRSTUVWXYZ", 8);
        return $"R-{JapanTime.JstDate(at):yyyyMMdd}-{code[..4]}-{code[4..]}";
    }
}
