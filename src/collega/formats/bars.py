"""Bars beside each other with their intervals, as SVG."""

import math
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 900, 380
LEFT, RIGHT, TOP, BOTTOM = 70, 10, 56, 92
# Told apart without colour too: the second is hatched.
FILLS = ("#5b6b7a", "url(#hatch)")
STYLE = (
    "text{font:13px sans-serif;fill:#222}.title{font-size:15px;font-weight:bold}.grid{stroke:#ccc}"
    ".error{stroke:#000;stroke-width:1.5;fill:none}"
)
STEPS = (1, 2, 5, 10)
MOST_TICKS = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Bar:
    """A value with half the width of its interval; None where there is none."""

    value: float | None
    half: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Bars:
    """A group of bars for each name, one bar for each of the series.

    Attributes
    ----------
    title, unit : str
    series : sequence of str
        At most two.
    names : sequence of str
    rows : sequence of sequence of Bar
        For each name one of each series.
    """

    title: str
    unit: str
    series: tuple[str, ...]
    names: tuple[str, ...]
    rows: tuple[tuple[Bar, ...], ...]


def draw_bars(told: Bars) -> str:
    """Draw; the picture says its figures in words to those who do not see it."""
    ends = [end for row in told.rows for bar in row for end in _ends(bar)]
    low, high, step = _axis(min([0.0, *ends]), max([1e-9, *ends]))
    scale = (HEIGHT - TOP - BOTTOM) / (high - low)

    def place(value: float) -> float:
        return TOP + (high - value) * scale

    parts = [_tick(number * step, place(number * step)) for number in _marks(low, high, step)]
    wide = (WIDTH - LEFT - RIGHT) / max(len(told.names), 1)
    for number, (name, row) in enumerate(zip(told.names, told.rows, strict=True)):
        begin = LEFT + number * wide
        parts.append(_name(name, begin + wide / 2))
        thick = wide * 0.7 / max(len(row), 1)
        for which, bar in enumerate(row):
            parts.append(_bar(bar, begin + wide * 0.15 + which * thick, thick, which, (place(0.0), scale)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
        f' aria-label="{escape(_words(told))}">'
        f"<style>{STYLE}</style>"
        '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="6" height="6" fill="#dbe9f6"/><rect width="3" height="6" fill="#1f6fb2"/></pattern></defs>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
        f'<text class="title" x="8" y="20">{escape(told.title)}</text>{_legend(told)}'
        f"{''.join(parts)}</svg>\n"
    )


def _ends(bar: Bar) -> list[float]:
    return [] if bar.value is None else [bar.value - bar.half, bar.value + bar.half]


def _axis(least: float, most: float) -> tuple[float, float, float]:
    """Limits and step of the axis, in round numbers."""
    rough = (most - least) / MOST_TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * one for one in STEPS if power * one >= rough * 0.999)
    return math.floor(least / step) * step, math.ceil(most / step) * step, step


def _marks(low: float, high: float, step: float) -> range:
    return range(round(low / step), round(high / step) + 1)


def _tick(value: float, y: float) -> str:
    return (
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>'
    )


def _name(name: str, x: float) -> str:
    y = HEIGHT - BOTTOM + 18
    return f'<text x="{x:.1f}" y="{y}" text-anchor="end" transform="rotate(-25 {x:.1f} {y})">{escape(name)}</text>'


def _bar(bar: Bar, x: float, thick: float, which: int, axis: tuple[float, float]) -> str:
    if bar.value is None:
        return ""
    zero, scale = axis
    tall = abs(bar.value) * scale
    top = zero - tall if bar.value >= 0 else zero
    drawn = f'<rect x="{x:.1f}" y="{top:.1f}" width="{thick * 0.95:.1f}" height="{tall:.1f}" fill="{FILLS[which]}"/>'
    if bar.half > 0:
        end, middle = zero - bar.value * scale, x + thick * 0.475
        half = bar.half * scale
        drawn += f'<path class="error" d="M{middle - 4:.1f} {end - half:.1f}h8m-4 0V{end + half:.1f}m-4 0h8"/>'
    return drawn


def _legend(told: Bars) -> str:
    parts = [f'<text x="8" y="{TOP - 14}">{escape(told.unit)}</text>']
    for which, name in enumerate(told.series):
        x = WIDTH - RIGHT - 200 * (len(told.series) - which)
        parts.append(
            f'<rect x="{x}" y="{TOP - 26}" width="16" height="14" fill="{FILLS[which]}"/>'
            f'<text x="{x + 22}" y="{TOP - 14}">{escape(name)}</text>'
        )
    return "".join(parts)


def _words(told: Bars) -> str:
    said = [
        f"{name}: "
        + ", ".join(
            f"{series} {bar.value:.1f}" for series, bar in zip(told.series, row, strict=True) if bar.value is not None
        )
        for name, row in zip(told.names, told.rows, strict=True)
    ]
    return f"{told.title}, {told.unit}. {'; '.join(said)}"
