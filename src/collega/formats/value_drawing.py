"""Pictures of a business case (SVG): waterfall, tornado, fan. The tables beside them say the same in words.

Colours come from the page by class, as for a timeline; on paper a sheet of styles goes into the picture.
"""

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

WIDTH, NAMES, ROW, TOP, FIGURES = 720.0, 230.0, 22.0, 8.0, 90.0
FAN_HEIGHT, FAN_LEFT = 240.0, 80.0
# Of a wide letter; names take this much of a picture at most.
LETTER, WIDEST = 7.0, 400.0
PAPER = (
    "<style>text{font-family:Roboto;font-size:12px;fill:#1a1f24}.soft{fill:#5b6570}.gain{fill:#2a7a4b}"
    ".loss{fill:#b3402a}.sum{fill:#33506b}.axis{stroke:#5b6570;stroke-width:1}.band{fill:#33506b;opacity:.18}"
    ".middle{fill:none;stroke:#33506b;stroke-width:2}.end{text-anchor:end}.mid{text-anchor:middle}</style>"
)


def _svg(height: float, body: Sequence[str], name: str, *, is_paper: bool) -> str:
    style = PAPER if is_paper else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="value" viewBox="0 0 {WIDTH:g} {height:g}" role="img" '
        f'aria-label="{escape(name, {chr(34): "&quot;"})}">{style}{"".join(body)}</svg>'
    )


def _text(x: float, y: float, said: str, css: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" class="{css}">{escape(said)}</text>'


def _bar(x: float, to: float, y: float, css: str) -> str:
    left, width = min(x, to), max(abs(to - x), 1.0)
    return f'<rect x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" height="{ROW - 8:g}" class="{css}"/>'


def _beside(names: Sequence[str]) -> float:
    """Room for the longest name, so that no figure stands on it."""
    return min(max(NAMES, *(LETTER * len(name) + 8 for name in names)), WIDEST)


class _Scale:
    """From amounts to places; nought is always on it."""

    def __init__(self, amounts: Sequence[float], low: float, high: float) -> None:
        self.least, self.most = min(0.0, *amounts), max(0.0, *amounts)
        self.low, self.high = low, high

    def __call__(self, amount: float) -> float:
        width = (self.most - self.least) or 1.0
        return self.low + (amount - self.least) / width * (self.high - self.low)


def waterfall(rows: Sequence[tuple[str, float, str]], total: tuple[str, float, str], *, is_paper: bool = False) -> str:
    """Draw how lines add up: each begins where the one before ended; name, amount, and the amount in words."""
    sums = [0.0]
    for _, amount, _ in rows:
        sums.append(sums[-1] + amount)
    scale = _Scale(sums, _beside([name for name, _, _ in (*rows, total)]), WIDTH - FIGURES)
    body = []
    for place, (name, amount, said) in enumerate([*rows, total]):
        y = TOP + place * ROW
        begin = 0.0 if place == len(rows) else sums[place]
        css = "sum" if place == len(rows) else "gain" if amount >= 0 else "loss"
        body += [_text(0, y + ROW - 10, name), _bar(scale(begin), scale(begin + amount), y, css)]
        body.append(_text(WIDTH, y + ROW - 10, said, "end"))
    height = TOP * 2 + (len(rows) + 1) * ROW
    body.append(_line(scale(0), TOP - 4, scale(0), height - TOP))
    return _svg(height, body, total[0], is_paper=is_paper)


def tornado(
    bars: Sequence[tuple[str, float, float]],
    middle: float,
    ends: Mapping[float, str],
    name: str,
    *,
    is_paper: bool = False,
) -> str:
    """Draw what each input does to the value: name, value where it is low, where it is high; ``ends`` in words."""
    room = _beside([said for said, _, _ in bars])
    scale = _Scale([middle, *(end for _, low, high in bars for end in (low, high))], room + 75, WIDTH - 75)
    body = []
    for place, (said, low, high) in enumerate(bars):
        y = TOP + place * ROW
        body.append(_text(0, y + ROW - 10, said))
        body += [_bar(scale(middle), scale(end), y, "gain" if end >= middle else "loss") for end in (low, high)]
        left, right = sorted((low, high))
        body += [
            _text(scale(left) - 4, y + ROW - 10, ends[left], "end soft"),
            _text(scale(right) + 4, y + ROW - 10, ends[right], "soft"),
        ]
    height = TOP * 2 + len(bars) * ROW
    body.append(_line(scale(middle), TOP - 4, scale(middle), height - TOP))
    return _svg(height, body, name, is_paper=is_paper)


def fan(
    bands: Mapping[float, Sequence[float]], ends: Mapping[float, str], names: tuple[str, str], *, is_paper: bool = False
) -> str:
    """Draw percentiles over the years: the median as a line, 50 and 95 % of draws as bands; ``ends`` in words."""
    amounts = [value for row in bands.values() for value in row]
    scale = _Scale(amounts, FAN_HEIGHT - 24, 12)
    years = len(next(iter(bands.values())))
    places = [FAN_LEFT + year * (WIDTH - FAN_LEFT - 90) / max(years - 1, 1) for year in range(years)]
    percents = sorted(bands)
    body = []
    for low, high in zip(percents[: len(percents) // 2], reversed(percents[len(percents) // 2 + 1 :]), strict=True):
        upper = [f"{x:.1f},{scale(value):.1f}" for x, value in zip(places, bands[high], strict=True)]
        lower = [f"{x:.1f},{scale(value):.1f}" for x, value in zip(places, bands[low], strict=True)]
        body.append(f'<polygon class="band" points="{" ".join([*upper, *reversed(lower)])}"/>')
    median = bands[percents[len(percents) // 2]]
    points = " ".join(f"{x:.1f},{scale(value):.1f}" for x, value in zip(places, median, strict=True))
    body.append(f'<polyline class="middle" points="{points}"/>')
    body.append(_line(FAN_LEFT, scale(0), places[-1], scale(0)))
    body += [_text(x, FAN_HEIGHT - 4, f"{names[1]} {year}", "mid soft") for year, x in enumerate(places)]
    body.append(_text(FAN_LEFT - 6, scale(0) + 4, "0", "end soft"))
    body += [_text(places[-1] + 4, scale(value) + 4, said, "soft") for value, said in ends.items()]
    return _svg(FAN_HEIGHT, body, names[0], is_paper=is_paper)


def _line(x: float, y: float, to_x: float, to_y: float) -> str:
    return f'<line class="axis" x1="{x:.1f}" y1="{y:.1f}" x2="{to_x:.1f}" y2="{to_y:.1f}"/>'
