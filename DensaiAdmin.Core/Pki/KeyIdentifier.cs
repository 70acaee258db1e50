using System.Security.Cryptography;

namespace DensaiAdmin.Core.Pki;

/// <summary>Key identifiers after RFC 7093 2 (1): the leftmost 160 bits of SHA-256 over the key's BIT STRING content; no SHA-1.</summary>
internal static class KeyIdentifier
{
    const int Octets = 20;

    public static byte[] Of(ReadOnlySpan<byte> publicKeyBits) => SHA256.HashData(publicKeyBits)[..Octets];
}
