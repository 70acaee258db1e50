using DensaiAdmin.Core;

namespace DensaiAdmin.Web.Shared;

/// <summary>One thing to mend: the same words stand in the summary and at the field.</summary>
/// <param name="Text">What is wrong and what to do, in the reader's language.</param>
/// <param name="FieldId">The id of the input; null when no field is to blame.</param>
public sealed record FieldError(string Text, string? FieldId = null);

/// <summary>What the summary above h1 says.</summary>
/// <param name="Heading">What did not happen.</param>
/// <param name="Errors">At least one.</param>
/// <param name="Code">For the help desk, such as E-1006.</param>
public sealed record ErrorReport(string Heading, IReadOnlyList<FieldError> Errors, ErrorCode? Code = null)
{
    /// <summary>The words for one field, or null.</summary>
    public string? For(string fieldId) =>
        Errors.FirstOrDefault(error => string.Equals(error.FieldId, fieldId, StringComparison.Ordinal))?.Text;
}
