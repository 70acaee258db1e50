using DensaiAdmin.Core;
using Microsoft.Extensions.Options;

namespace DensaiAdmin.Web.SignIn;

/// <summary>Opening hours of ログインID取得 (R16). Section <c>LoginIdAcquisition</c>; wall-clock times in Japan.</summary>
public sealed class AcquisitionHoursOptions
{
    public TimeOnly Opens { get; set; } = new(8, 0);

    public TimeOnly Closes { get; set; } = new(19, 0);
}

/// <summary>Whether ログインID取得 is open now.</summary>
public sealed class AcquisitionHours(IOptions<AcquisitionHoursOptions> options, TimeProvider clock)
{
    public TimeOnly Opens => options.Value.Opens;

    public TimeOnly Closes => options.Value.Closes;

    public bool IsOpen
    {
        get
        {
            var time = TimeOnly.FromDateTime(JapanTime.ToJst(clock.GetUtcNow()).DateTime);
            return time >= Opens && time < Closes;
        }
    }
}
