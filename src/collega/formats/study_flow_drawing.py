"""The flow of studies of a validation as SVG: who counted, who did not, and why (STARD 2015, item 19)."""

from collections.abc import Mapping, Sequence
from typing import Any

from collega.formats.validation_drawing import line, svg, text

MAIN, ASIDE, BOX, LINE, GAP = 20, 330, 250, 17, 26
SIDE = 330
EDGE = ASIDE + SIDE + 10


def draw_flow(flow: Mapping[str, Any], table: Mapping[str, int], words: Mapping[str, str]) -> str:
    """Draw the flow from all studies to the table of test and truth."""
    excluded = [f"{reason}: {count}" for reason, count in sorted(flow["excluded"].items())]
    steps: Sequence[tuple[list[str], list[str]]] = (
        ([f"{words['eligible']}: {flow['eligible']}"], [words["excluded"], *(excluded or [words["none"]])]),
        (
            [f"{words['included']}: {flow['eligible'] - sum(flow['excluded'].values())}"],
            [f"{words[name]}: {flow[name]}" for name in ("not_run", "failed", "not_suitable")],
        ),
        (
            [f"{words['answered']}: {flow['analysed'] + flow['reference_missing']}"],
            [f"{words['reference_missing']}: {flow['reference_missing']}"],
        ),
        ([f"{words['analysed']}: {flow['analysed']}"], []),
    )
    parts: list[str] = []
    y = 10.0
    for main, aside in steps:
        tall = max(_height(main), _height(aside))
        parts += _box(MAIN, y, BOX, main)
        if aside:
            middle = y + tall + GAP / 2
            parts += _box(ASIDE, y + _height(main) / 2, SIDE, aside)
            parts.append(line("axis", MAIN + BOX / 2, y + _height(main), MAIN + BOX / 2, middle + GAP))
            parts.append(line("axis", MAIN + BOX / 2, y + _height(main) + 8, ASIDE, y + _height(main) + 8))
            y = middle + GAP
    y += _height([""]) + GAP / 2
    return svg([*parts, *_two_by_two(y, table, words)], words["flow"], (EDGE, y + 2 * _height(["", ""]) + 12))


def _height(lines: Sequence[str]) -> float:
    return 12 + LINE * len(lines) if lines else 0


def _box(x: float, y: float, width: float, lines: Sequence[str]) -> list[str]:
    drawn = [text(x + 10, y + 20 + LINE * place, words) for place, words in enumerate(lines)]
    return [
        f'<rect class="box" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{_height(lines):.1f}" rx="4"/>',
        *drawn,
    ]


def _two_by_two(y: float, table: Mapping[str, int], words: Mapping[str, str]) -> list[str]:
    half, high = 200.0, _height(["", ""])
    return [
        part
        for place, name in enumerate(("tp", "fp", "fn", "tn"))
        for part in _box(
            MAIN + half * (place % 2),
            y + high * (place // 2),
            half,
            [words[name], str(table[name])],
        )
    ]
