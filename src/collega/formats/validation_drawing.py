"""Figures of a validation as SVG. Colours come by class, from the page or from a style of their own on paper."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any
from xml.sax.saxutils import escape

from collega.formats.local import number

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 460, 360, 56, 444, 16, 304
TICKS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
ROW, LONGEST = 24, 27
# For paper and for a file by itself; pages have these colours from their theme.
PAPER_STYLE = (
    "text{font-family:Roboto,sans-serif;font-size:12px;fill:#1a1f24}.soft{fill:#5b6570}.axis{stroke:#5b6570}"
    ".grid{stroke:#dde3e8}.line{fill:none;stroke:#0b5394;stroke-width:2}.band{fill:#0b5394;fill-opacity:.18}"
    ".chance{stroke:#5b6570;stroke-dasharray:4 4}.point{fill:#8a4500}.interval{stroke:#0b5394;stroke-width:2}"
    ".diseased{fill:#8a4500}.other{fill:#86a8c8}.box{fill:#f4f6f8;stroke:#5b6570}"
    ".cut{stroke:#a30f35;stroke-dasharray:5 3}.whole{stroke:#8a4500;stroke-dasharray:4 3}.end{text-anchor:end}"
    ".middle{text-anchor:middle}"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """A square of axes; ``across`` and ``up`` are the ends of both."""

    across: tuple[float, float]
    up: tuple[float, float]

    def x(self, value: float) -> float:
        """Place on the horizontal axis."""
        return LEFT + (value - self.across[0]) / ((self.across[1] - self.across[0]) or 1) * (RIGHT - LEFT)

    def y(self, value: float) -> float:
        """Place on the vertical axis."""
        return BOTTOM - (value - self.up[0]) / ((self.up[1] - self.up[0]) or 1) * (BOTTOM - TOP)


UNIT = Frame(across=(0, 1), up=(0, 1))


def svg(parts: Sequence[str], label: str, size: tuple[float, float] = (WIDTH, HEIGHT), *, style: bool = False) -> str:
    """Close a drawing; ``style`` puts the colours of paper in it."""
    own = f"<style>{PAPER_STYLE}</style>" if style else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="0 0 {size[0]:g} {size[1]:g}" role="img" '
        f'aria-label="{escape(label, {chr(34): "&quot;"})}">{own}{"".join(parts)}</svg>'
    )


def styled(drawing: str) -> str:
    """Put the colours of paper into a drawing that has none."""
    head, end, rest = drawing.partition(">")
    return f"{head}{end}<style>{PAPER_STYLE}</style>{rest}"


def text(x: float, y: float, words: str, kind: str = "") -> str:
    """Write words; they are escaped."""
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}">{escape(words)}</text>'


def line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    """Draw a straight line."""
    return f'<line class="{kind}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def axes(frame: Frame, across: str, up: str, language: str, *, counts: bool = False) -> list[str]:
    """Draw axes with their names; where ``counts``, the vertical one is of whole numbers."""
    parts = []
    for share in TICKS:
        x = frame.across[0] + share * (frame.across[1] - frame.across[0])
        y = frame.up[0] + share * (frame.up[1] - frame.up[0])
        parts += [
            line("grid", frame.x(x), TOP, frame.x(x), BOTTOM),
            line("grid", LEFT, frame.y(y), RIGHT, frame.y(y)),
            text(frame.x(x), BOTTOM + 17, number(x, language, ".2g"), "soft middle"),
            text(LEFT - 7, frame.y(y) + 4, number(y, language, ".0f" if counts else ".2g"), "soft end"),
        ]
    return [
        *parts,
        line("axis", LEFT, BOTTOM, RIGHT, BOTTOM),
        line("axis", LEFT, TOP, LEFT, BOTTOM),
        text((LEFT + RIGHT) / 2, BOTTOM + 38, across, "middle"),
        f'<text class="middle" transform="translate(14 {(TOP + BOTTOM) / 2:.0f}) rotate(-90)">{escape(up)}</text>',
    ]


def draw_roc(points: Sequence[dict[str, Any]], at: tuple[float, float], words: dict[str, str], language: str) -> str:
    """Draw the ROC curve with the band of its sensitivity; ``at``: 1 - specificity and sensitivity in use."""
    along = [(UNIT.x(one["false_positive_fraction"]), one) for one in points]
    curve = " ".join(f"{x:.1f},{UNIT.y(one['sensitivity']):.1f}" for x, one in along)
    band = " ".join(
        [
            *(f"{x:.1f},{UNIT.y(one['high']):.1f}" for x, one in along),
            *(f"{x:.1f},{UNIT.y(one['low']):.1f}" for x, one in reversed(along)),
        ]
    )
    parts = [
        *axes(UNIT, words["false_positive_fraction"], words["sensitivity"], language),
        line("chance", UNIT.x(0), UNIT.y(0), UNIT.x(1), UNIT.y(1)),
        f'<polygon class="band" points="{band}"/><polyline class="line" points="{curve}"/>',
        f'<circle class="point" cx="{UNIT.x(at[0]):.1f}" cy="{UNIT.y(at[1]):.1f}" r="5"/>',
    ]
    return svg(parts, words["roc"])


def draw_calibration(bins: Sequence[dict[str, Any]], words: dict[str, str], language: str) -> str:
    """Draw how many have it, by the probability that was told."""
    parts = axes(UNIT, words["told"], words["observed"], language)
    parts.append(line("chance", UNIT.x(0), UNIT.y(0), UNIT.x(1), UNIT.y(1)))
    for one in bins:
        x, y, seen = UNIT.x(one["mean"]), UNIT.y(one["observed"]["value"]), one["observed"]
        parts += [
            line("interval", x, UNIT.y(seen["low"]), x, UNIT.y(seen["high"])),
            f'<circle class="point" cx="{x:.1f}" cy="{y:.1f}" r="4"/>',
        ]
    return svg(parts, words["calibration"])


def draw_histogram(bins: Sequence[dict[str, Any]], threshold: float, words: dict[str, str], language: str) -> str:
    """Draw how many cases have which score: those with the disease above, those without below, on one another."""
    # A quarter more than the highest, for the legend.
    most = 1.25 * max(one["diseased"] + one["other"] for one in bins)
    low, high = min(bins[0]["from"], threshold), max(bins[-1]["to"], threshold)
    frame = Frame(across=(low, high if high > low else low + 1), up=(0, max(5, ceil(most / 5) * 5)))
    parts = axes(frame, words["score"], words["cases"], language, counts=True)
    for one in bins:
        x, width = frame.x(one["from"]), max(frame.x(one["to"]) - frame.x(one["from"]) - 1, 1)
        base, edge, top = frame.y(0), frame.y(one["other"]), frame.y(one["other"] + one["diseased"])
        for kind, upper, lower in (("other", edge, base), ("diseased", top, edge)):
            parts.append(
                f'<rect class="{kind}" x="{x:.1f}" y="{upper:.1f}" width="{width:.1f}" height="{lower - upper:.1f}"/>'
            )
    parts.append(line("cut", frame.x(threshold), TOP, frame.x(threshold), BOTTOM))
    for place, kind in ((LEFT + 8, "diseased"), (LEFT + 8, "other")):
        y = TOP + (8 if kind == "diseased" else 26)
        parts.append(f'<rect class="{kind}" x="{place}" y="{y}" width="12" height="12"/>')
        parts.append(text(place + 17, y + 11, words[kind]))
    return svg(parts, words["histogram"])


def draw_forest(
    rows: Sequence[tuple[str, dict[str, Any]]], whole: float | None, words: dict[str, str], language: str
) -> str:
    """Draw shares with their intervals, one under the other; dashed, that of all cases."""
    left, right, edge = 190.0, 600.0, 760
    bottom = TOP + ROW * len(rows) + 8

    def x(value: float) -> float:
        return left + value * (right - left)

    parts = [line("grid", x(tick), TOP, x(tick), bottom) for tick in TICKS]
    parts += [text(x(tick), bottom + 16, number(tick, language, ".2g"), "soft middle") for tick in TICKS]
    if whole is not None:
        parts.append(line("whole", x(whole), TOP, x(whole), bottom))
    draw = _forest_row(x, right, language)
    for place, (name, figure) in enumerate(rows):
        parts += draw(TOP + ROW * place + ROW / 2 + 4, name, figure)
    return svg(parts, words["forest"], (edge, bottom + 26))


def _forest_row(
    x: Callable[[float], float], right: float, language: str
) -> Callable[[float, str, dict[str, Any]], list[str]]:
    def draw(y: float, name: str, figure: dict[str, Any]) -> list[str]:
        named = text(182, y + 4, name if len(name) <= LONGEST else f"{name[:LONGEST]}…", "end")
        if figure["value"] is None:
            return [named, text(right + 12, y + 4, "-")]
        value, said = figure["value"], [number(figure[key], language, ".2f") for key in ("value", "low", "high")]
        return [
            named,
            line("interval", x(figure["low"]), y, x(figure["high"]), y),
            f'<circle class="point" cx="{x(value):.1f}" cy="{y:.1f}" r="4.5"/>',
            text(right + 12, y + 4, f"{said[0]} ({said[1]}; {said[2]}) {figure['k']}/{figure['n']}"),
        ]

    return draw
