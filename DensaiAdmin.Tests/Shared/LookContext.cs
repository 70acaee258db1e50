using System.Globalization;
using Bunit;
using DensaiAdmin.Web.Settings;
using DensaiAdmin.Web.Shared;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Localization;
using Microsoft.Extensions.Time.Testing;
using MudBlazor.Services;

namespace DensaiAdmin.Tests.Shared;

/// <summary>Renders our components in Japanese, as a static page would; a word missing from the resources fails the test.</summary>
[Web]
public abstract class LookContext : BunitContext
{
    protected LookContext()
    {
        Speak("ja");
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddMudServices(options => options.PopoverOptions.CheckForPopoverProvider = false);
        Services.AddLocalization();
        var found = Services.Single(service => service.ServiceType == typeof(IStringLocalizerFactory));
        Services.AddSingleton<IStringLocalizerFactory>(provider =>
            new CompleteWords((IStringLocalizerFactory)ActivatorUtilities.CreateInstance(provider, found.ImplementationType!)));
        Services.AddSingleton(Brand.From(new ConfigurationManager()));
        Services.AddSingleton<TimeProvider>(Clock);
        Services.AddScoped<CurrentScreen>();
        Services.AddSingleton<AntiforgeryStateProvider, NoAntiforgery>();
    }

    /// <summary>Stands at 2022-11-07 14:50:57 JST.</summary>
    protected FakeTimeProvider Clock { get; } = new(Jst("2022-11-07T14:50:57"));

    protected static DateTimeOffset Jst(string local) =>
        DateTimeOffset.ParseExact(local + "+09:00", "yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);

    protected static void Speak(string language) =>
        CultureInfo.CurrentCulture = CultureInfo.CurrentUICulture = CultureInfo.GetCultureInfo(language);

    private sealed class NoAntiforgery : AntiforgeryStateProvider
    {
        public override AntiforgeryRequestToken GetAntiforgeryToken() => new("token", "__RequestVerificationToken");
    }

    private sealed class CompleteWords(IStringLocalizerFactory words) : IStringLocalizerFactory
    {
        public IStringLocalizer Create(Type resourceSource) => new Complete(words.Create(resourceSource));

        public IStringLocalizer Create(string baseName, string location) => new Complete(words.Create(baseName, location));
    }

    private sealed class Complete(IStringLocalizer words) : IStringLocalizer
    {
        public LocalizedString this[string name] => Found(words[name]);

        public LocalizedString this[string name, params object[] arguments] => Found(words[name, arguments]);

        public IEnumerable<LocalizedString> GetAllStrings(bool includeParentCultures) => words.GetAllStrings(includeParentCultures);

        private static LocalizedString Found(LocalizedString word) =>
            word.ResourceNotFound ? throw new KeyNotFoundException($"No word for '{word.Name}' in {word.SearchedLocation}.") : word;
    }
}
