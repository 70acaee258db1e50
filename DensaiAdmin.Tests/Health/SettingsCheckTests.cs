using DensaiAdmin.Web.Health;
using DensaiAdmin.Web.Settings;

namespace DensaiAdmin.Tests.Health;

public class SettingsCheckTests
{
    [Theory]
    [InlineData("Data:Directory", "設定されていません。", "is not set.")]
    [InlineData("Mial:From", "この設定は使われません。", "nothing reads this setting.")]
    public void Warning_OfTheStart_IsToldInItsOwnWords(string key, string japanese, string english)
    {
        var fault = SettingsCheck.Of(new SettingFault(key, japanese, english));

        Assert.Equal($"設定 {key}: {japanese}", fault.Cause);
        Assert.Equal($"Setting {key}: {english}", fault.EnglishCause);
    }
}
