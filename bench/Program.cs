using DensaiAdmin.Bench;
using DensaiAdmin.Bench.Measures;
using DensaiAdmin.Bench.Yardstick;

if (args is ["yardstick", var bank])
{
    await YardstickServer.RunAsync(bank);
    return 0;
}

if (args is not [var app, .. var wanted] || !File.Exists(app))
{
    await Console.Error.WriteLineAsync(
        "usage: bench <published DensaiAdmin.Web.dll> "
            + "[p3|p4|p5|p7|p8|p10|p12|p13|start|history|audit|kill|power-cut|notices|app]… [--runs N] [--rows N] [--work DIR]");
    return 2;
}

string? Option(string name) => Array.IndexOf(wanted, name) is var at and >= 0 && at + 1 < wanted.Length ? wanted[at + 1] : null;
var settings = new Settings(
    Path.GetFullPath(app),
    Directory.CreateDirectory(Option("--work") ?? Path.Combine(Path.GetTempPath(), "densai-bench")).FullName,
    int.Parse(Option("--runs") ?? "3", System.Globalization.CultureInfo.InvariantCulture),
    int.Parse(Option("--rows") ?? "1000000", System.Globalization.CultureInfo.InvariantCulture));
var measures = new Dictionary<string, Func<Settings, Task>>(StringComparer.Ordinal)
{
    ["p3"] = Enrolment.RunAsync,
    ["p4"] = Handshake.RunAsync,
    ["p5"] = LockOut.RunAsync,
    ["p7"] = UserList.RunAsync,
    ["p8"] = Memory.RunAsync,
    ["p12"] = LongAnchor.RunAsync,
    ["p13"] = LoginFlood.RunAsync,
    ["start"] = Start.RunAsync,
    ["history"] = HistorySearch.RunAsync,
    ["audit"] = Audit.RunAsync,
    ["p10"] = Growth.RunAsync,
    ["kill"] = Killing.RunAsync,
    ["notices"] = DailyExpiryMails.RunAsync,
    ["app"] = IssuingApp.RunAsync,
    ["power-cut"] = PowerCut.RunAsync,
};
var chosen = wanted.Where(measures.ContainsKey).ToList();
foreach (var name in chosen.Count > 0 ? chosen : [.. measures.Keys])
{
    try
    {
        await measures[name](settings);
    }
    catch (PlatformNotSupportedException impossible)
    {
        await Console.Error.WriteLineAsync($"{name} cannot be measured here: {impossible.Message}");
        return 1;
    }
}

return 0;
