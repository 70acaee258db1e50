using System.Globalization;

namespace DensaiAdmin.EnrollmentApp.Shared;

/// <summary>What a person reads out to the help desk: <c>E-</c> and four digits, without the number of a screen in it.</summary>
public readonly record struct ErrorCode
{
    internal ErrorCode(int number) => Number = number;

    public int Number { get; }

    /// <summary>As it is shown and read out, such as E-1203.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"E-{Number:0000}");
}
