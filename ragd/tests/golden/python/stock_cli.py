#!/usr/bin/env python3
"""Command line front end for the stock ledger."""

import abc
import argparse
import csv
import sys
import unittest
from decimal import Decimal, InvalidOperation
from functools import total_ordering
from pathlib import Path

__all__ = ["Item", "Ledger", "main"]

HELP = '''\
Examples:
  stock add "Crème brûlée" 12 3.50
  stock report --format {table,csv}
'''


@total_ordering
class Item:
    __slots__ = ("name", "count", "price")

    def __init__(self, name: str, count: int, price: Decimal) -> None:
        self.name = name
        self.count = count
        self.price = price

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Item) and self.name == other.name

    def __lt__(self, other: "Item") -> bool:
        return self.name < other.name

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def value(self) -> Decimal:
        return self.count * self.price

    @value.setter
    def value(self, total: Decimal) -> None:
        self.price = total / self.count


class Report(abc.ABC):
    """Base class of the output formats."""

    registry: dict[str, type["Report"]] = {}

    def __init_subclass__(cls, name: str, **kwargs) -> None:
        super().__init_subclass__(**kwargs)
        Report.registry[name] = cls

    @abc.abstractmethod
    def write(self, items: list[Item]) -> None:
        ...


class TableReport(Report, name="table"):
    def write(self, items: list[Item]) -> None:
        for item in items:
            print(f"{item.name:<24}{item.count:>6}{item.value:>10}")


class CsvReport(Report, name="csv"):
    def write(self, items: list[Item]) -> None:
        out = csv.writer(sys.stdout)
        out.writerows((i.name, i.count, i.price) for i in items)


class Ledger:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.items: dict[str, Item] = {}

    def load(self) -> list[str]:
        """Read the file; returns warnings about rows that were skipped."""
        warnings: list[str] = []
        if not self.path.exists():
            return warnings

        with self.path.open(newline="", encoding="utf-8") as handle:
            for number, row in enumerate(csv.reader(handle), start=1):
                if not row or row[0].startswith("#"):
                    continue
                try:
                    name, count, price = row
                    item = Item(name.strip(), int(count), Decimal(price))
                except ValueError:
                    warnings.append(f"row {number}: expected name, count, price")
                    continue
                except InvalidOperation:
                    warnings.append(f"row {number}: {row[2]!r} is not a price")
                    continue

                known = self.items.get(item.name)
                if known is None:
                    self.items[item.name] = item
                elif known.price == item.price:
                    # Same article in two rows: add the counts up.
                    known.count += item.count
                else:
                    total = known.value + item.value
                    known.count += item.count
                    if known.count:
                        known.value = total
                    else:
                        warnings.append(f"row {number}: {item.name} cancels out")
        return warnings


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(epilog=HELP)
    parser.add_argument("ledger", type=Path)
    parser.add_argument("--format", choices=sorted(Report.registry), default="table")
    args = parser.parse_args(argv)
    ledger = Ledger(args.ledger)
    for warning in ledger.load():
        print("warning:", warning, file=sys.stderr)
    Report.registry[args.format]().write(sorted(ledger.items.values()))
    return 0


class ItemTest(unittest.TestCase):
    def test_value(self) -> None:
        self.assertEqual(Item("a", 2, Decimal("1.5")).value, Decimal("3.0"))
