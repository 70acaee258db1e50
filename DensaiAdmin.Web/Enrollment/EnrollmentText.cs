namespace DensaiAdmin.Web.Enrollment;

/// <summary>Words of this room's screens.</summary>
public sealed class EnrollmentText;
