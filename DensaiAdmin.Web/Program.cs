using DensaiAdmin.Web.Hosting;
using DensaiAdmin.Web.Installation;
using DensaiAdmin.Web.Verbs;

Console.OutputEncoding = System.Text.Encoding.UTF8;
if (!HostPreconditions.Check(Console.Error))
{
    return 1;
}

return await VerbRunner.TryRunAsync(args) ?? await Server.RunAsync(CommandLine.Split(args).Settings);
