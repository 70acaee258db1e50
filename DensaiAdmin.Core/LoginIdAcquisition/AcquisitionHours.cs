using Microsoft.Extensions.Options;

namespace DensaiAdmin.Core.LoginIdAcquisition;

/// <summary>Opening hours of ログインID取得 (R16). Section <c>LoginIdAcquisition</c>; wall-clock times in Japan.</summary>
public sealed class AcquisitionHoursOptions
{
    public const string Section = "LoginIdAcquisition";

    /// <summary>From when it is open, JST. Default 08:00.</summary>
    public TimeOnly Opens { get; set; } = new(8, 0);

    /// <summary>From when it is closed, JST. Default 19:00.</summary>
    public TimeOnly Closes { get; set; } = new(19, 0);
}

/// <summary>Whether ログインID取得 is open (R16).</summary>
public sealed class AcquisitionHours(IOptions<AcquisitionHoursOptions> options, TimeProvider clock)
{
    /// <summary>JST.</summary>
    public TimeOnly Opens => options.Value.Opens;

    /// <summary>JST.</summary>
    public TimeOnly Closes => options.Value.Closes;

    /// <summary>Whether it is open now.</summary>
    public bool IsOpen => IsOpenAt(clock.GetUtcNow());

    /// <summary>Whether it is open at an instant (UTC).</summary>
    public bool IsOpenAt(DateTimeOffset instant)
    {
        var time = TimeOnly.FromDateTime(JapanTime.ToJst(instant).DateTime);
        return time >= Opens && time < Closes;
    }
}
