namespace DensaiAdmin.Web.Settings;

/// <summary>A setting that keeps the program from starting, said in words to whoever sets it.</summary>
/// <param name="Key">The configuration key, as in appsettings.json.</param>
/// <param name="Japanese">What is wrong and what to set.</param>
/// <param name="English">The same in English.</param>
internal sealed record SettingFault(string Key, string Japanese, string English)
{
    /// <summary>The name of the same setting as an environment variable.</summary>
    public string EnvironmentVariable => Key.Replace(":", "__", StringComparison.Ordinal);

    public override string ToString() => $"{Key} ({EnvironmentVariable}): {Japanese} / {English}";
}

/// <summary>The program will not start; every reason at once.</summary>
internal sealed class StartRefusedException(IReadOnlyList<SettingFault> faults)
    : Exception(string.Join(Environment.NewLine, faults))
{
    public IReadOnlyList<SettingFault> Faults { get; } = faults;
}
