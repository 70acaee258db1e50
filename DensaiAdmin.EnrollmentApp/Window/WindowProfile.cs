using System.Text;
using DensaiAdmin.EnrollmentApp.Shared;

namespace DensaiAdmin.EnrollmentApp.Window;

/// <summary>
/// The throw-away profile of the window's browser. What a browser offers by itself (to save a password, to fill in forms, to translate) is
/// disabled before its first start: there are no command-line options for that, and whatever it saves is readable on the disk until the
/// profile is deleted.
/// </summary>
internal static class WindowProfile
{
    /// <summary>
    /// Chromium and its relatives: <c>Default/Preferences</c>, with the names from their source (components/…/pref_names).
    /// </summary>
    internal const string ChromiumPreferences =
        """
        {
          "credentials_enable_service": false,
          "credentials_enable_autosignin": false,
          "profile": {
            "password_manager_enabled": false,
            "password_manager_leak_detection": false,
            "default_content_setting_values": { "notifications": 2, "geolocation": 2 }
          },
          "autofill": {
            "enabled": false,
            "profile_enabled": false,
            "credit_card_enabled": false,
            "payment_methods_mandatory_reauth": false
          },
          "translate": { "enabled": false },
          "translate_enabled": false,
          "browser": { "enable_spellchecking": false, "has_seen_welcome_page": true },
          "spellcheck": { "use_spelling_service": false },
          "signin": { "allowed": false, "allowed_on_next_startup": false },
          "search": { "suggest_enabled": false },
          "safebrowsing": { "enabled": false, "scout_reporting_enabled": false },
          "alternate_error_pages": { "enabled": false },
          "net": { "network_prediction_options": 2 },
          "session": { "restore_on_startup": 5 }
        }
        """;

    /// <summary>Firefox: private browsing from the first window on, and no prompts.</summary>
    internal const string FirefoxPreferences =
        """
        user_pref("signon.rememberSignons", false);
        user_pref("signon.autofillForms", false);
        user_pref("signon.generation.enabled", false);
        user_pref("browser.formfill.enable", false);
        user_pref("browser.privatebrowsing.autostart", true);
        user_pref("browser.sessionstore.resume_from_crash", false);
        user_pref("browser.sessionstore.privacy_level", 2);
        user_pref("browser.cache.disk.enable", false);
        user_pref("places.history.enabled", false);
        user_pref("browser.translations.enable", false);
        user_pref("browser.translations.automaticallyPopup", false);
        user_pref("browser.aboutwelcome.enabled", false);
        user_pref("browser.startup.page", 0);
        user_pref("browser.startup.homepage_override.mstone", "ignore");
        user_pref("startup.homepage_welcome_url", "");
        user_pref("browser.shell.checkDefaultBrowser", false);
        user_pref("browser.tabs.warnOnClose", false);
        user_pref("browser.toolbars.bookmarks.visibility", "never");
        user_pref("datareporting.policy.dataSubmissionEnabled", false);
        user_pref("datareporting.healthreport.uploadEnabled", false);
        user_pref("termsofuse.bypassNotification", true);
        user_pref("app.normandy.enabled", false);
        user_pref("app.shield.optoutstudies.enabled", false);
        user_pref("extensions.getAddons.showPane", false);
        user_pref("network.captive-portal-service.enabled", false);
        user_pref("network.connectivity-service.enabled", false);

        """;

    /// <summary>Creates the profile unless it exists.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public static void Prepare(string folder, bool firefox)
    {
        var file = firefox ? Path.Combine(folder, "user.js") : Path.Combine(folder, "Default", "Preferences");
        if (File.Exists(file))
        {
            return;
        }

        PrivateFiles.CreateDirectory(folder);
        PrivateFiles.CreateDirectory(Path.GetDirectoryName(file)!);
        using var stream = PrivateFiles.Create(file);
        stream.Write(Encoding.UTF8.GetBytes(firefox ? FirefoxPreferences : ChromiumPreferences));
    }
}
