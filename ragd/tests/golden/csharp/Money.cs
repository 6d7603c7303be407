using System;

namespace Shop.Prices;

/// <summary>An amount in one currency.</summary>
public readonly record struct Money(decimal Amount, string Currency)
{
    public static Money Zero => new(0, "EUR");

    public static Money operator +(Money a, Money b)
    {
        Check(a, b);
        return a with { Amount = a.Amount + b.Amount };
    }

    public static explicit operator decimal(Money money) => money.Amount;

    private static void Check(Money a, Money b)
    {
        static string Message(Money a, Money b) => $"{a.Currency} is not {b.Currency}";

        if (a.Currency != b.Currency)
            throw new InvalidOperationException(Message(a, b));
    }
}

public record Rate(string From, string To, decimal Factor);

public sealed class RateTable : IDisposable
{
    private readonly Dictionary<string, Rate> _rates = new();

    public event EventHandler? Changed;

    public Rate this[string key]
    {
        get => _rates[key];
        set
        {
            _rates[key] = value;
            Changed?.Invoke(this, EventArgs.Empty);
        }
    }

#if DEBUG
    public void Dump()
    {
        foreach (var rate in _rates.Values)
            Console.WriteLine(rate);
    }
#endif

    ~RateTable() => Dispose();

    public void Dispose()
    {
        _rates.Clear();
    }
}
