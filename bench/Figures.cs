using System.Globalization;

namespace DensaiAdmin.Bench;

/// <summary>Numbers as they are reported.</summary>
internal static class Figures
{
    public static double Median(this IEnumerable<double> values) => values.Percentile(0.5);

    /// <summary>Nearest rank.</summary>
    public static double Percentile(this IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length == 0 ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }

    /// <summary>Slope of log(value) over log(size): 0 is flat, 1 grows with the size.</summary>
    public static double Slope(IEnumerable<(double Size, double Value)> points)
    {
        var logs = points.Select(p => (X: Math.Log(p.Size), Y: Math.Log(p.Value))).ToArray();
        var (x, y) = (logs.Average(l => l.X), logs.Average(l => l.Y));
        return logs.Sum(l => (l.X - x) * (l.Y - y)) / logs.Sum(l => (l.X - x) * (l.X - x));
    }

    public static string Text(this double value, string format = "0.00") => value.ToString(format, CultureInfo.InvariantCulture);

    public static void Heading(string text) => Console.WriteLine($"\n## {text}\n");

    public static void Row(params string[] cells) => Console.WriteLine($"| {string.Join(" | ", cells)} |");

    public static void Table(params string[] columns)
    {
        Row(columns);
        Row([.. columns.Select(_ => "---")]);
    }
}
