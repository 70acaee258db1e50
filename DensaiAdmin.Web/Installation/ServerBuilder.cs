using DensaiAdmin.Web.Settings;
using Microsoft.Extensions.Logging.Console;

namespace DensaiAdmin.Web.Installation;

/// <summary>Where the server and its verbs begin: the settings, and the log that both write.</summary>
internal static class ServerBuilder
{
    /// <summary>A builder that reads the settings in the order the product promises.</summary>
    public static WebApplicationBuilder Create(string[] args, string? environment = null)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            Args = args,
            EnvironmentName = environment ?? ServerSettings.EnvironmentOfSources(args),
            ContentRootPath = ServerSettings.PublishedRoot(),
            ApplicationName = typeof(ServerBuilder).Assembly.GetName().Name,
        });
        ServerSettings.AddFiles(builder.Configuration, builder.Environment);
        builder.Logging.AddConsoleFormatter<OneLineConsole, ConsoleFormatterOptions>();
        builder.Logging.AddConsole(console => console.FormatterName = OneLineConsole.FormatterName);
        return builder;
    }
}
