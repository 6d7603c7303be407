"""Token-bucket rate limiting for asyncio services.

The limiter keeps one bucket per key. Buckets that have been idle for a while
are dropped by :meth:`RateLimiter.sweep`.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R = TypeVar("R")
K = TypeVar("K")

DEFAULT_RATE = 5.0
IDLE_SECONDS = 300


class Clock(Protocol):
    """Anything that can tell the time."""

    def __call__(self) -> float: ...


@dataclass(slots=True)
class Bucket:
    capacity: float
    tokens: float
    updated: float
    waiters: int = field(default=0, compare=False)

    @property
    def empty(self) -> bool:
        return self.tokens < 1.0

    def refill(self, now: float, rate: float) -> None:
        self.tokens = min(self.capacity, self.tokens + (now - self.updated) * rate)
        self.updated = now


class RateLimitExceeded(Exception):
    """Raised when a caller would have to wait longer than it is willing to."""

    def __init__(self, key: object, wait: float) -> None:
        super().__init__(f"limit for {{{key!r}}} exceeded, retry in {wait:.2f}s")
        self.wait = wait


class RateLimiter(Generic[K]):
    def __init__(self, rate: float = DEFAULT_RATE, burst: int = 10, clock: Clock = time.monotonic) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._buckets: dict[K, Bucket] = {}

    def __len__(self) -> int:
        return len(self._buckets)

    def __contains__(self, key: K) -> bool:
        return key in self._buckets

    async def acquire(self, key: K, max_wait: float | None = None) -> float:
        """Take one token for ``key`` and return the seconds spent waiting."""
        started = self._clock()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = Bucket(self._burst, self._burst, started)
            self._buckets[key] = bucket

        bucket.waiters += 1
        try:
            while True:
                now = self._clock()
                bucket.refill(now, self._rate)
                if not bucket.empty:
                    bucket.tokens -= 1.0
                    return now - started

                # How long until a full token is there, given the queue ahead?
                missing = 1.0 - bucket.tokens
                wait = missing / self._rate
                if bucket.waiters > 1:
                    wait *= bucket.waiters
                if max_wait is not None and (now - started) + wait > max_wait:
                    raise RateLimitExceeded(key, wait)

                try:
                    await asyncio.sleep(wait)
                except asyncio.CancelledError:
                    # Nothing was taken yet, so nothing has to be given back.
                    raise
        finally:
            bucket.waiters -= 1

    @contextlib.asynccontextmanager
    async def slot(self, key: K) -> AsyncIterator[float]:
        yield await self.acquire(key)

    def sweep(self) -> int:
        limit = self._clock() - IDLE_SECONDS
        idle = [k for k, b in self._buckets.items() if b.updated < limit and not b.waiters]
        for key in idle:
            del self._buckets[key]
        return len(idle)


def limited(limiter: RateLimiter[str], key: str) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]:
    """Decorate a coroutine so that every call takes a token first (naïve but handy)."""

    def decorate(func: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        @functools.wraps(func)
        async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
            async with limiter.slot(key):
                return await func(*args, **kwargs)

        return wrapper

    return decorate
