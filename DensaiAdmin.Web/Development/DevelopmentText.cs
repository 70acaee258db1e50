namespace DensaiAdmin.Web.Development;

/// <summary>Words of the pages for those who build and try the product.</summary>
public sealed class DevelopmentText;
