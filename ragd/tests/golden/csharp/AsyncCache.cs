using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Caching;

/// <summary>Cache whose entries are loaded at most once at a time.</summary>
/// <typeparam name="TKey">Key type.</typeparam>
/// <typeparam name="TValue">Value type.</typeparam>
public class AsyncCache<TKey, TValue> : IAsyncDisposable
    where TKey : notnull
    where TValue : class
{
    private sealed class Entry
    {
        public required TValue Value { get; init; }
        public DateTimeOffset Expires { get; set; }

        public bool IsFresh(DateTimeOffset now) => now < Expires;
    }

    private readonly ConcurrentDictionary<TKey, Entry> _entries = new();
    private readonly Dictionary<TKey, Task<TValue>> _loading = new();
    private readonly Func<TKey, CancellationToken, Task<TValue>> _load;
    private readonly TimeProvider _time;
    private TimeSpan _lifetime = TimeSpan.FromMinutes(5);
    private long _hits;

    public AsyncCache(Func<TKey, CancellationToken, Task<TValue>> load)
        : this(load, TimeProvider.System)
    {
    }

    protected AsyncCache(Func<TKey, CancellationToken, Task<TValue>> load, TimeProvider time)
    {
        _load = load;
        _time = time;
    }

    ~AsyncCache() => _entries.Clear();

    public int Count => _entries.Count;

    public long Hits => Interlocked.Read(ref _hits);

    public TimeSpan Lifetime
    {
        get => _lifetime;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.Zero);
            _lifetime = value;
        }
    }

    /// <summary>Returns the cached value or loads it.</summary>
    /// <remarks>A stale value is served when loading fails – better old than nothing.</remarks>
    public virtual async ValueTask<TValue> GetAsync(TKey key, CancellationToken ct = default)
    {
        var now = _time.GetUtcNow();
        if (_entries.TryGetValue(key, out var entry) && entry.IsFresh(now))
        {
            Interlocked.Increment(ref _hits);
            return entry.Value;
        }

        Task<TValue> task;
        lock (_loading)
        {
            if (!_loading.TryGetValue(key, out task!))
            {
                task = _load(key, ct);
                _loading[key] = task;
            }
        }

        try
        {
            var value = await task.WaitAsync(ct);
            _entries[key] = new Entry { Value = value, Expires = now + _lifetime };
            return value;
        }
        catch (OperationCanceledException)
        {
            throw;
        }
        catch (Exception e) when (entry is not null)
        {
            // Serve the stale value for a little while before trying again.
            entry.Expires = now + TimeSpan.FromSeconds(e is TimeoutException ? 1 : 10);
            return entry.Value;
        }
        finally
        {
            lock (_loading)
            {
                if (_loading.TryGetValue(key, out var current) && current == task)
                {
                    _loading.Remove(key);
                }
            }
        }
    }

    public async IAsyncEnumerable<TValue> GetManyAsync(
        IEnumerable<TKey> keys, [EnumeratorCancellation] CancellationToken ct = default)
    {
        foreach (var key in keys)
        {
            yield return await GetAsync(key, ct);
        }
    }

    public bool Remove(TKey key) => _entries.TryRemove(key, out _);

    public override string ToString() => $"AsyncCache {{ Count = {Count}, Hits = {Hits} }}";

    public ValueTask DisposeAsync()
    {
        _entries.Clear();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}
