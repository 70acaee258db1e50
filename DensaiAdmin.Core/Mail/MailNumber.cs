using System.Security.Cryptography;
using DensaiAdmin.Core.Registry;

namespace DensaiAdmin.Core.Mail;

/// <summary>通知番号 (R24): random, printed in the mail, and found again by whoever got it.</summary>
internal static class MailNumber
{
    /// <summary>A number that no mail has.</summary>
    public static string New()
    {
        // No 0/O, 1/I/L: the number is compared by eye and read out on the telephone.
        var code = RandomNumberGenerator.GetString("23456789ABCDEFGHJKMNPQRSTUVWXYZ", 10);
        return $"N-{code[..5]}-{code[5..]}";
    }

    /// <summary>A number as it is stored, out of what a person typed; null when it can be none.</summary>
    public static string? Canonical(string typed)
    {
        if (typed.Length > 64)
        {
            return null;
        }

        var code = string.Concat(MailAddressPolicy.Tidy(typed).Where(char.IsAsciiLetterOrDigit)).ToUpperInvariant();
        return code.Length == 11 && code[0] == 'N' ? $"N-{code[1..6]}-{code[6..]}" : null;
    }
}
