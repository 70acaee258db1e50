namespace DensaiAdmin.Core;

/// <summary>Instants as they are stored: UTC, whole milliseconds.</summary>
public static class Instants
{
    public static DateTimeOffset ToWholeMilliseconds(this DateTimeOffset instant) =>
        DateTimeOffset.FromUnixTimeMilliseconds(instant.ToUnixTimeMilliseconds());
}
