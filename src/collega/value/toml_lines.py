"""On which line of a TOML file a key stands: `tomllib` does not tell."""

import re
from collections.abc import Mapping

_HEADER = re.compile(r"^\s*\[\[?\s*([\w.\-]+)\s*\]\]?")
_KEY = re.compile(r"^\s*([\w.\-]+)\s*=")
_QUOTES = ('"""', "'''")


def lines_of(text: str) -> Mapping[str, int]:
    """Give the line, from 1, of each table and key, by their names with dots between."""
    found: dict[str, int] = {}
    table, is_inside = "", False
    for number, line in enumerate(text.splitlines(), 1):
        opened = sum(line.count(quotes) for quotes in _QUOTES) % 2 == 1
        if not is_inside:
            if header := _HEADER.match(line):
                table = header[1]
                found.setdefault(table, number)
            elif key := _KEY.match(line):
                found.setdefault(f"{table}.{key[1]}" if table else key[1], number)
        is_inside = is_inside != opened
    return found


def line_of(lines: Mapping[str, int], key: str) -> int:
    """Give the line of a key, else that of the nearest table around it, else the first."""
    while key:
        if key in lines:
            return lines[key]
        key = key.rpartition(".")[0]
    return 1
