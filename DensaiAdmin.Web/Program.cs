using DensaiAdmin.Web.Hosting;
using DensaiAdmin.Web.Verbs;

return await VerbRunner.TryRunAsync(args) ?? await Server.RunAsync(VerbSyntax.Split(args).Settings);
