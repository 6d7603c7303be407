# Reader for the INI dialect of the build agents.
#
# Differences from configparser: sections nest with dots, values may be quoted,
# and ``!include`` lines are resolved by a callback.

import enum
import re
from typing import Any, Callable, Iterator, NamedTuple, overload

SECTION = re.compile(r"^\[(?P<name>[\w.{}-]+)\]$")
PAIR = re.compile(r"^(?P<key>[\w.-]+)\s*=\s*(?P<value>.*)$")

EXAMPLE = """
[agent.cache]
path = "/var/cache/{agent}"   ; braces are expanded by the agent
size = 20
enabled = yes
"""


class LineKind(enum.Enum):
    BLANK = "blank"
    SECTION = "section"
    PAIR = "pair"
    INCLUDE = "include"
    JUNK = "junk"

    @property
    def is_data(self) -> bool:
        return self in (LineKind.SECTION, LineKind.PAIR)

    @classmethod
    def of(cls, line: str) -> "LineKind":
        if not line or line[0] in "#;":
            return cls.BLANK
        if line.startswith("!include "):
            return cls.INCLUDE
        if SECTION.match(line):
            return cls.SECTION
        return cls.PAIR if PAIR.match(line) else cls.JUNK


class Problem(NamedTuple):
    line: int
    text: str


class ParseError(ValueError):
    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"line {p.line}: {p.text}" for p in problems))


identity = lambda text: text  # noqa: E731


def numbered(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        yield number, line.strip()


@overload
def convert(value: None) -> None: ...
@overload
def convert(value: str) -> str | int | bool: ...
def convert(value):
    """Turn a raw value into bool, int or str."""
    if value is None:
        return None
    if value.lower() in {"yes", "on", "true"}:
        return True
    if value.lower() in {"no", "off", "false"}:
        return False
    return int(value) if value.isdigit() else value


def parse(text: str, include: Callable[[str], str] | None = None, depth: int = 0) -> dict[str, Any]:
    """Parse ``text`` into nested dictionaries, collecting every problem."""
    root: dict[str, Any] = {}
    current = root
    problems: list[Problem] = []

    for number, line in numbered(text):
        match LineKind.of(line):
            case LineKind.BLANK:
                continue
            case LineKind.SECTION:
                current = root
                for part in line[1:-1].split("."):
                    child = current.setdefault(part, {})
                    if not isinstance(child, dict):
                        problems.append(Problem(number, f"{part!r} is a value, not a section"))
                        break
                    current = child
            case LineKind.PAIR:
                found = PAIR.match(line)
                assert found is not None
                raw = found["value"]
                if raw.startswith('"'):
                    # Quoted: keep everything up to the closing quote as is.
                    end = raw.find('"', 1)
                    if end < 0:
                        problems.append(Problem(number, "missing closing quote"))
                        continue
                    current[found["key"]] = raw[1:end]
                else:
                    current[found["key"]] = convert(raw.split(";", 1)[0].rstrip())
            case LineKind.INCLUDE if include is not None and depth < 5:
                try:
                    nested = parse(include(line.split(None, 1)[1]), include, depth + 1)
                except (OSError, ParseError) as exc:
                    problems.append(Problem(number, f"include failed: {exc}"))
                else:
                    current.update(nested)
            case other:
                problems.append(Problem(number, f"cannot use this line ({other.value})"))

    if problems:
        raise ParseError(problems)
    return root


if __name__ == "__main__":
    print(parse(EXAMPLE), "✓")
