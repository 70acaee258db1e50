namespace DensaiAdmin.Web.Hosting;

/// <summary>Words of what the server itself says: the end of a session, too many pages, a fault.</summary>
public sealed class HostingText;
