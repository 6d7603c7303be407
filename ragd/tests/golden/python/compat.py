"""What differs between versions of Python, and a line somebody left unfinished."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    class Reader:
        def read(self) -> bytes: ...

LIMIT = 1 << 20

try:
    from functools import cache
except ImportError:

    def cache(function):
        """Remembers what a function returned."""
        known = {}

        def remembered(*args):
            if args not in known:
                known[args] = function(*args)
            return known[args]

        return remembered

else:

    class CacheWarning(UserWarning):
        """Nobody needs it where there is a cache."""


if sys.version_info >= (3, 11):
    import tomllib
else:

    def load(path):
        raise RuntimeError(path)


async def lines(reader: Reader) -> Iterator[str]:
    for line in reader.read().splitlines():
        yield line.decode()


TABLE = {"a": (1, 2), "b": (3,


@cache
def after_it(name: str) -> int:
    return len(name)


class Last:
    def only(self):
        return self
