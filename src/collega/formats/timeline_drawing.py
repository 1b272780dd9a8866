"""One study's day as a picture (SVG): a lane for each clock and app, marks at corrected times, waits hatched.

Colours and sizes of letters come from the page by class: the picture follows its theme and holds no style.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from collega.formats.timeline_words import KINDS, OWNERS, PAGE
from collega.model.timeline import ClockOwner, MomentKind, Placed, Timeline

WIDTH, LEFT, RIGHT, TOP = 1120, 150, 1100, 34
LETTER, ROW, MARK = 6.9, 19, 5
# What is further away is pinned to the edge, with how far it is: the minutes that matter keep their width.
BEFORE, AFTER, EDGE = timedelta(hours=2), timedelta(hours=4), timedelta(minutes=1)
TICKS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 240))
MOST_TICKS = 9
READING = {MomentKind.OPENED, MomentKind.FIRST_SIGHT, MomentKind.CALLED, MomentKind.CLOSED, MomentKind.SIGNED}


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """Moments side by side."""

    name: str
    items: tuple[Placed, ...]
    app: str = ""
    is_reading: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Axis:
    """From moments to places."""

    begin: datetime
    end: datetime
    zone: ZoneInfo
    language: str

    def place(self, at: datetime) -> float:
        """Horizontal place, within the picture."""
        share = (at - self.begin) / (self.end - self.begin)
        return LEFT + min(max(share, 0.0), 1.0) * (RIGHT - LEFT)

    def label(self, item: Placed) -> str:
        """Word and time of a moment, and how far it is where it lies outside."""
        word = KINDS[item.moment.kind].in_language(self.language)
        at = f"{item.at.astimezone(self.zone):%H:%M}"
        if item.at < self.begin:
            return f"« {word} {at}, {_length(self.begin - item.at)} {PAGE['earlier'].in_language(self.language)}"
        if item.at > self.end:
            return f"{word} {at}, {_length(item.at - self.end)} {PAGE['later'].in_language(self.language)} »"
        return f"{word} {at}"


def draw_timeline(found: Timeline, zone: ZoneInfo, language: str) -> str:
    """Draw a study's moments; the table beside it says the same in words."""
    if not found.placed:
        return ""
    axis = _axis(found, zone, language)
    parts, top = [], TOP
    for lane in _lanes(found, language):
        height, drawn = _lane(lane, axis, top)
        parts.append(drawn)
        parts.extend(_waits(found, lane, axis, top, height))
        top += height
    gaps, top = _gap_lane(found, axis, top)
    title = escape(PAGE["day"].in_language(language))
    return (
        f'<svg class="timeline" viewBox="0 0 {WIDTH} {top + 6}" role="img" aria-label="{title}">'
        '<defs><pattern id="wait" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="hatch" width="3" height="6"/></pattern></defs>'
        f"{_ticks(axis, top)}{''.join(parts)}{gaps}</svg>"
    )


def _axis(found: Timeline, zone: ZoneInfo, language: str) -> Axis:
    received = next(
        (item.at for item in found.placed if item.moment.kind is MomentKind.RECEIVED_FIRST), found.placed[0].at
    )
    begin = max(found.placed[0].at, received - BEFORE)
    end = min(found.placed[-1].at, received + AFTER)
    margin = max(EDGE, (end - begin) * 0.04)
    return Axis(begin=begin - margin, end=max(end, begin + EDGE) + margin, zone=zone, language=language)


def _lanes(found: Timeline, language: str) -> list[Lane]:
    def some(test: Callable[[Placed], bool]) -> tuple[Placed, ...]:
        return tuple(item for item in found.placed if test(item))

    apps = sorted({item.moment.app for item in found.placed if item.moment.app})
    read = Lane(
        name=OWNERS[ClockOwner.READER].in_language(language),
        items=some(lambda item: item.moment.kind in READING),
        is_reading=True,
    )
    lanes = [
        Lane(
            name=OWNERS[owner].in_language(language),
            items=some(
                lambda item, owner=owner: (  # type: ignore[misc]
                    item.moment.clock.owner is owner and not item.moment.app and item.moment.kind not in READING
                )
            ),
        )
        for owner in (ClockOwner.RIS, ClockOwner.SCANNER, ClockOwner.COLLEGA)
    ]
    for app in apps:
        items = some(lambda item, app=app: item.moment.app == app)  # type: ignore[misc]
        lanes.append(Lane(name=app, items=items, app=app))
    return [lane for lane in [*lanes, read] if lane.items]


def _lane(lane: Lane, axis: Axis, top: int) -> tuple[int, str]:
    """Put marks on a line, labels in rows below it: none covers another."""
    line = top + 12
    ends: list[float] = []
    parts = [
        f'<line class="lane" x1="{LEFT}" x2="{RIGHT}" y1="{line}" y2="{line}"/>',
        f'<text class="name" x="4" y="{line + 4}">{escape(_short(lane.name))}</text>',
        _bar(lane, axis, line),
    ]
    for item in lane.items:
        place = axis.place(item.at)
        words = axis.label(item)
        width = len(words) * LETTER + 10
        start = min(place - 2, RIGHT - width + 12)
        row = next((number for number, end in enumerate(ends) if end <= start), len(ends))
        ends[row : row + 1] = [start + width]
        below = line + 17 + row * ROW
        doubt = "" if item.is_known else " unsure"
        parts.append(
            f'<line class="stem" x1="{place:.1f}" x2="{place:.1f}" y1="{line}" y2="{below - 10}"/>'
            f'<circle class="mark {item.moment.kind}{doubt}" cx="{place:.1f}" cy="{line}" r="{MARK}"/>'
            f'<text class="label" x="{start:.1f}" y="{below}">{escape(words)}</text>'
        )
    return 12 + len(ends) * ROW + 20, "".join(parts)


def _bar(lane: Lane, axis: Axis, line: int) -> str:
    """Draw the work of an app as a bar."""
    kinds = {item.moment.kind: item.at for item in lane.items}
    if not lane.app or not {MomentKind.STARTED, MomentKind.ENDED} <= kinds.keys():
        return ""
    begin, end = axis.place(kinds[MomentKind.STARTED]), axis.place(kinds[MomentKind.ENDED])
    return f'<rect class="work" x="{begin:.1f}" y="{line - 4}" width="{max(end - begin, 2):.1f}" height="8"/>'


def _waits(found: Timeline, lane: Lane, axis: Axis, top: int, height: int) -> list[str]:
    if not lane.app:
        return []
    drawn = []
    for wait in found.waits:
        if wait.app == lane.app:
            begin, end = axis.place(wait.begin), axis.place(wait.end)
            long = f"{wait.minutes:.1f} min" if wait.minutes >= 1 else f"{wait.minutes * 60:.0f} s"
            words = f"{PAGE['wait'].in_language(axis.language)} {long}"
            drawn.append(
                f'<rect class="waiting" x="{begin:.1f}" y="{top + 2}" width="{max(end - begin, 3):.1f}"'
                f' height="{height - 6}" fill="url(#wait)"/>'
                f'<text class="wait" x="{begin:.1f}" y="{top + 1}">{escape(words)}</text>'
            )
    return drawn


def _gap_lane(found: Timeline, axis: Axis, top: int) -> tuple[str, int]:
    """Draw what passed between the stations of the study; what is too narrow for its number stands in the table."""
    line = top + 14
    at = {item.moment.kind: item.at for item in reversed(found.placed) if not item.moment.app}
    parts = [
        f'<text class="name" x="4" y="{line + 4}">{escape(PAGE["minutes"].in_language(axis.language))}</text>',
    ]
    for gap in found.gaps:
        if gap.app or gap.begin not in at or gap.end not in at:
            continue
        begin, end = axis.place(at[gap.begin]), axis.place(at[gap.end])
        words = f"{gap.minutes:.1f}" if abs(gap.minutes) < 100 else f"{gap.minutes:.0f}"  # noqa: PLR2004 - width
        if end - begin > len(words) * LETTER + 8:
            parts.append(
                f'<path class="gap" d="M{begin + 1:.1f} {line - 6}v12M{begin + 1:.1f} {line}H{end - 1:.1f}m0 -6v12"/>'
                f'<text class="minutes" x="{(begin + end) / 2:.1f}" y="{line - 4}">{words}</text>'
            )
    return "".join(parts), line + 10


def _ticks(axis: Axis, bottom: int) -> str:
    length = axis.end - axis.begin
    step = next((tick for tick in TICKS if length / tick <= MOST_TICKS), TICKS[-1])
    seconds = step.total_seconds()
    first = (axis.begin.timestamp() // seconds + 1) * seconds
    parts: Sequence[str] = [
        f'<line class="tick" x1="{x:.1f}" x2="{x:.1f}" y1="20" y2="{bottom}"/>'
        f'<text class="hour" x="{x:.1f}" y="14">{at.astimezone(axis.zone):%H:%M}</text>'
        for x, at in ((axis.place(at), at) for at in _every(first, seconds, axis.end))
    ]
    return "".join(parts)


def _every(first: float, seconds: float, end: datetime) -> list[datetime]:
    count = int((end.timestamp() - first) // seconds) + 1
    return [datetime.fromtimestamp(first + number * seconds, end.tzinfo) for number in range(max(count, 0))]


def _length(span: timedelta) -> str:
    minutes = span.total_seconds() / 60
    if minutes < 120:  # noqa: PLR2004 - two hours
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.1f} h" if minutes < 48 * 60 else f"{minutes / 1440:.0f} d"


def _short(name: str) -> str:
    most = 21
    return name if len(name) <= most else f"{name[: most - 1]}…"
