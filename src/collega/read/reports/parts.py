"""A report in its parts, as its headings tell them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from collega.read.reports.vocabulary import Part


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A piece of text, and what part of the report it is."""

    part: Part
    text: str


def sections(headings: Mapping[str, Part], text: str) -> Iterator[Section]:
    """Part a text at its headings: a known word or two with a colon behind them, or on a line of their own."""
    names = "|".join(sorted(map(re.escape, headings), key=len, reverse=True))
    pattern = re.compile(rf"(?:^|(?<=[.?!\n]))[ \t]*({names})[ \t]*(?::|(?=\r?\n))", re.IGNORECASE | re.MULTILINE)
    part, start = Part.FINDINGS, 0
    for found in pattern.finditer(text) if headings else ():
        yield Section(part=part, text=text[start : found.start()])
        part, start = headings[found.group(1).lower()], found.end()
    yield Section(part=part, text=text[start:])


def part_of(headings: Mapping[str, Part], column: str) -> Part:
    """Tell what part of a report a column of a table holds, by its name."""
    return headings.get(column.strip().lower(), Part.FINDINGS)
