// <summary>Creates and settles invoices.</summary>
#nullable enable

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Billing.Invoices
{
    /// <summary>Life cycle of an invoice.</summary>
    [Flags]
    public enum InvoiceState
    {
        None = 0,
        Sent = 1,
        Paid = 2,
        Overdue = 4,
    }

    public interface IInvoiceStore
    {
        Task<Invoice?> FindAsync(string number, CancellationToken ct = default);
        Task SaveAsync(Invoice invoice, CancellationToken ct = default);
    }

    public readonly struct Money : IEquatable<Money>
    {
        public Money(decimal amount, string currency) => (Amount, Currency) = (amount, currency);

        public decimal Amount { get; }
        public string Currency { get; }

        public static Money operator +(Money a, Money b) => new(a.Amount + b.Amount, a.Currency);
        public static Money operator -(Money a, Money b) => new(a.Amount - b.Amount, a.Currency);
        public static implicit operator decimal(Money m) => m.Amount;

        public bool Equals(Money other) => Amount == other.Amount && Currency == other.Currency;
        public override bool Equals(object? obj) => obj is Money other && Equals(other);
        public override int GetHashCode() => HashCode.Combine(Amount, Currency);
    }

    public class Invoice
    {
        private readonly List<Money> _payments = new();

        public required string Number { get; init; }
        public Money Total { get; set; }
        public DateOnly Due { get; set; }
        public InvoiceState State { get; private set; }

        public Money Open => _payments.Aggregate(Total, (rest, payment) => rest - payment);

        public Money this[int index] => _payments[index];

        public void Add(Money payment)
        {
            _payments.Add(payment);
            State = Open <= 0m ? InvoiceState.Paid : State | InvoiceState.Sent;
        }
    }

    public sealed class InvoiceService
    {
        private const string Template = @"Dear {name},
your invoice ""{number}"" over {total} € is due.
";

        private readonly IInvoiceStore _store;

        public event EventHandler<Invoice>? Settled;

        public InvoiceService(IInvoiceStore store)
        {
            _store = store ?? throw new ArgumentNullException(nameof(store));
        }

        /// <summary>Applies payments in order and returns those that were left over.</summary>
        public async Task<IReadOnlyList<Money>> SettleAsync(
            IEnumerable<(string Number, Money Payment)> payments, CancellationToken ct = default)
        {
            var rest = new List<Money>();

            foreach (var (number, payment) in payments)
            {
                ct.ThrowIfCancellationRequested();
                try
                {
                    var invoice = await _store.FindAsync(number, ct).ConfigureAwait(false);
                    switch (invoice)
                    {
                        case null:
                            rest.Add(payment);
                            continue;
                        case { State: InvoiceState.Paid }:
                            // Paid twice: keep the money aside for a refund.
                            rest.Add(payment);
                            break;
                        case var open when open.Total.Currency != payment.Currency:
                            throw new InvalidOperationException($"{number}: cannot mix {{{payment.Currency}}}");
                        default:
                            invoice.Add(payment);
                            await _store.SaveAsync(invoice, ct).ConfigureAwait(false);
                            if (invoice.State == InvoiceState.Paid)
                            {
                                Settled?.Invoke(this, invoice);
                            }
                            break;
                    }
                }
                catch (TimeoutException) when (!ct.IsCancellationRequested)
                {
                    rest.Add(payment);
                }
            }

            return rest;
        }

        public static string Render(Invoice i, string name) =>
            Template.Replace("{name}", name).Replace("{number}", i.Number).Replace("{total}", i.Open.ToString());
    }
}
