using System.Globalization;
using System.Runtime.InteropServices;
using DensaiAdmin.EnrollmentApp;
using DensaiAdmin.EnrollmentApp.Est;
using DensaiAdmin.EnrollmentApp.Screens;
using DensaiAdmin.EnrollmentApp.Shared;
using DensaiAdmin.EnrollmentApp.Verbs;
using DensaiAdmin.EnrollmentApp.Window;

var terminal = Terminal.OfProcess();
var program = Path.GetFileName(Environment.ProcessPath) ?? "";
CultureInfo.CurrentUICulture = CommandLine.AsksEnglish(args) ? Words.English : Words.Japanese;
if (CommandLine.Parse(args, out var misuse) is not { } asked)
{
    await terminal.Error.WriteLineAsync(misuse);
    await terminal.Error.WriteLineAsync(Words.Of("Verb_Usage", program));
    return HeadlessVerbs.WrongUsage;
}

CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.CurrentUICulture = asked.English ? Words.English : Words.Japanese;
if (asked.Verb == Verb.Help)
{
    await terminal.Out.WriteLineAsync(Words.Of("Verb_Usage", program));
    return HeadlessVerbs.Done;
}

if (ServerStamp.Read(AppContext.BaseDirectory, asked.Server, asked.Trust, out var unreadable) is not { } stamp)
{
    if (asked.Verb == Verb.Window)
    {
        await DesktopAlert.OfThisPerson().ShowAsync(
            terminal, Words.Of("Verb_BadStamp", unreadable), ErrorCodes.StampNotReadable, TimeProvider.System.GetUtcNow());
    }
    else
    {
        await terminal.Error.WriteLineAsync(Words.Of("Verb_BadStamp", unreadable));
    }

    return asked.Server is null && asked.Trust is null ? HeadlessVerbs.NotDone : HeadlessVerbs.WrongUsage;
}

using var ending = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

var folder = AppFolder.Default();
var browsers = WindowBrowsers.Default(folder);
var identity = AppIdentity.Of(stamp.Name);
await using var composition = Composition.Of(stamp, folder);
var parts = composition.Parts;
var verbs = new HeadlessVerbs(parts, identity, terminal);
try
{
    return asked.Verb switch
    {
        Verb.Window => await WindowProgram.RunAsync(
            parts, identity, folder, browsers, DesktopAlert.OfThisPerson(), asked, terminal, ending.Token),
        Verb.Issue => await verbs.EnrollAsync(renew: false, asked.LoginId, ending.Token),
        Verb.Renew => await verbs.EnrollAsync(renew: true, asked.LoginId, ending.Token),
        Verb.List => await verbs.ListAsync(ending.Token),
        Verb.Doctor => await verbs.DoctorAsync(stamp, folder, browsers, ending.Token),
        Verb.Help => HeadlessVerbs.Done,
    };
}
catch (OperationCanceledException)
{
    await terminal.Error.WriteLineAsync(Words.Of("Verb_Stopped"));
    return HeadlessVerbs.NotDone;
}
catch (Exception fault)
{
    // Only its type, because a message might quote what was typed.
    var broken = Words.Of("Verb_Broken", fault.GetType().Name);
    if (asked.Verb == Verb.Window)
    {
        await DesktopAlert.OfThisPerson().ShowAsync(terminal, broken, ErrorCodes.ProgramFailed, TimeProvider.System.GetUtcNow());
    }
    else
    {
        await terminal.Error.WriteLineAsync($"{broken} ({ErrorCodes.ProgramFailed})");
    }

    return HeadlessVerbs.NotDone;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    ending.Cancel();
}
