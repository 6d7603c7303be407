using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Xunit;

namespace Telemetry.Logs;

public delegate bool Predicate(in LogLine line);

/// <summary>One line of the log.</summary>
public readonly record struct LogLine(DateTime At, Level Level, string Text);

public enum Level { Debug, Info, Warn, Error }

public static class LevelExtensions
{
    public static bool IsSevere(this Level level) => level >= Level.Warn;

    public static char Letter(this Level level) => level.ToString()[0];
}

public abstract record Filter
{
    public sealed record MinLevel(Level Level) : Filter;
    public sealed record Contains(string Text) : Filter;
    public sealed record Not(Filter Inner) : Filter;
    public sealed record All(params Filter[] Parts) : Filter;

    public Predicate Compile() => this switch
    {
        MinLevel m => (in LogLine line) => line.Level >= m.Level,
        Contains c => (in LogLine line) => line.Text.Contains(c.Text, StringComparison.OrdinalIgnoreCase),
        Not n when n.Inner is Not inner => inner.Inner.Compile(),
        Not n => Negate(n.Inner.Compile()),
        All { Parts: [] } => (in LogLine _) => true,
        All a => Both(a.Parts),
        _ => throw new NotSupportedException(GetType().Name),
    };

    private static Predicate Negate(Predicate p) => (in LogLine line) => !p(line);

    private static Predicate Both(Filter[] parts)
    {
        var compiled = Array.ConvertAll(parts, part => part.Compile());
        return (in LogLine line) =>
        {
            foreach (var predicate in compiled)
            {
                if (!predicate(line)) return false;
            }
            return true;
        };
    }
}

public static partial class LogReader
{
    private const string Format = "yyyy-MM-ddTHH:mm:ss";

#if DEBUG
    private static readonly bool Verbose = true;
#else
    private static readonly bool Verbose = false;
#endif

    /// <summary>Reads lines; text that follows without a time stamp belongs to the line before.</summary>
    public static IEnumerable<LogLine> Read(TextReader reader, Filter filter)
    {
        var accept = filter.Compile();
        var pending = default(LogLine?);
        var text = new StringBuilder();

        while (reader.ReadLine() is { } raw)
        {
            if (TryParse(raw, out var head, out var level, out var message))
            {
                if (pending is { } done)
                {
                    var full = done with { Text = text.ToString() };
                    if (accept(full)) yield return full;
                }
                pending = new LogLine(head, level, "");
                text.Clear().Append(message);
            }
            else if (pending is null)
            {
                // Junk before the first entry, usually a cut-off line.
                if (Verbose) Console.Error.WriteLine($"skipped {{{raw.Length}}} chars");
            }
            else
            {
                text.Append('\n').Append(raw);
            }
        }

        if (pending is { } last && accept(last with { Text = text.ToString() }))
        {
            yield return last with { Text = text.ToString() };
        }

        static bool TryParse(string raw, out DateTime at, out Level level, [NotNullWhen(true)] out string? message)
        {
            (at, level, message) = (default, default, null);
            var parts = raw.Split(' ', 3);
            if (parts.Length < 3 || !Enum.TryParse(parts[1], true, out level)) return false;
            message = parts[2];
            return DateTime.TryParseExact(parts[0], Format, CultureInfo.InvariantCulture, 0, out at);
        }
    }
}

public class LogReaderTests
{
    private const string Sample = """
        2024-01-01T00:00:00 info Grüße {world}
          continued
        2024-01-01T00:00:01 error boom
        """;

    [Theory]
    [InlineData(Level.Info, 2)]
    [InlineData(Level.Error, 1)]
    public void FiltersByLevel(Level level, int expected) =>
        Assert.Equal(expected, LogReader.Read(new StringReader(Sample), new Filter.MinLevel(level)).Count());
}
