"""One study's way from the order to the signature: moments in, timeline out.

Raw moments stay as they were told; what is reckoned with is corrected, and says so.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from collega.measure.clocks import Clocks
from collega.model.timeline import Gap, Moment, MomentKind, Placed, Timeline, Wait, WaitEnd

# A reader who has waited longer does something else: the study was left open (R26 knows of 20 minutes).
LONGEST_STAY = timedelta(minutes=30)
# Stations between which what passed is told, once for the study or once for each app.
WAY = (
    MomentKind.ORDERED,
    MomentKind.SCHEDULED,
    MomentKind.STEP_BEGUN,
    MomentKind.ACQUIRED_LAST,
    MomentKind.RECEIVED_FIRST,
    MomentKind.RECEIVED_LAST,
    MomentKind.COMPLETE,
)
APP_WAY = (
    MomentKind.QUEUED,
    MomentKind.STARTED,
    MomentKind.ENDED,
    MomentKind.STORED,
    MomentKind.VISIBLE,
)
APP, READER, UNDECIDED = "app", "reader", "undecided"


def timeline(moments: Iterable[Moment], clocks: Clocks, now: datetime) -> Timeline:
    """Put the moments of a study on one clock, and tell what passed between them.

    Parameters
    ----------
    moments : iterable of Moment
        As their own clocks tell them.
    clocks : Clocks
        How far those are ahead.
    now : datetime
        Until when a wait has lasted that has no end.
    """
    placed = sorted((_place(moment, clocks) for moment in moments), key=lambda item: (item.at, _rank(item)))
    offsets = {item.moment.clock: clocks.offset(item.moment.clock, item.moment.at) for item in placed}
    apps = sorted({item.moment.app for item in placed if item.moment.app})
    gaps = [*_gaps(placed, WAY, ""), *(gap for app in apps for gap in _gaps(placed, APP_WAY, app))]
    return Timeline(
        placed=tuple(placed),
        offsets=tuple(offsets[clock] for clock in sorted(offsets)),
        gaps=tuple(gaps),
        waits=tuple(wait for app in apps for wait in _waits(placed, app, now)),
        first={app: who for app in apps if (who := _first(placed, app))},
    )


def _rank(item: Placed) -> int:
    return list(MomentKind).index(item.moment.kind)


def _place(moment: Moment, clocks: Clocks) -> Placed:
    offset = clocks.offset(moment.clock, moment.at)
    if offset.low is None or offset.high is None:
        return Placed(moment=moment, at=moment.at, low=moment.at, high=moment.at, is_known=False)
    return Placed(
        moment=moment,
        at=moment.at - timedelta(seconds=offset.middle),
        low=moment.at - timedelta(seconds=offset.high),
        high=moment.at - timedelta(seconds=offset.low),
        is_known=True,
    )


def _of(placed: Sequence[Placed], kind: MomentKind, app: str = "") -> Placed | None:
    return next((item for item in placed if item.moment.kind is kind and item.moment.app in {app, ""}), None)


def _gaps(placed: Sequence[Placed], way: Sequence[MomentKind], app: str) -> list[Gap]:
    there = [item for kind in way if (item := _of(placed, kind, app)) is not None]
    return [
        Gap(
            begin=before.moment.kind,
            end=after.moment.kind,
            minutes=(after.at - before.at).total_seconds() / 60,
            app=app,
        )
        for before, after in pairwise(there)
    ]


def _waits(placed: Sequence[Placed], app: str, now: datetime) -> list[Wait]:
    """Say how long a reader had the study open before an app that was asked had answered."""
    opened = _of(placed, MomentKind.OPENED)
    if opened is None or _of(placed, MomentKind.QUEUED, app) is None:
        return []
    visible = _of(placed, MomentKind.VISIBLE, app)
    if visible is not None and visible.at <= opened.at:
        return []
    # A later signature is a correction: it tells of nobody who was waiting.
    gone = [item for item in placed if item.moment.kind is MomentKind.CLOSED]
    gone += [item] if (item := _of(placed, MomentKind.SIGNED)) else []
    left = min((item.at for item in gone if item.at >= opened.at), default=None)
    end, how = wait_end(opened.at, visible.at if visible else None, left, now)
    return [Wait(app=app, begin=opened.at, end=end, how=how)]


def wait_end(
    opened: datetime, visible: datetime | None, left: datetime | None, now: datetime
) -> tuple[datetime, WaitEnd]:
    """Tell when a wait ended, and how: the answer came, the reader left, or it never came.

    A reader leaves by signing or closing the study, and is taken to have left after `LONGEST_STAY`.
    """
    latest = opened + LONGEST_STAY
    gone = min(latest, left or latest)
    if visible is not None and visible <= gone:
        return visible, WaitEnd.VISIBLE
    return (min(gone, now), WaitEnd.NEVER) if visible is None else (gone, WaitEnd.LEFT)


def _first(placed: Sequence[Placed], app: str) -> str:
    """Who was first: the app whose result was visible, or the reader who signed; empty where one is unknown."""
    visible, signed = _of(placed, MomentKind.VISIBLE, app), _of(placed, MomentKind.SIGNED)
    if signed is None or _of(placed, MomentKind.QUEUED, app) is None:
        return ""
    if visible is None or visible.low > signed.high:
        return READER
    return APP if visible.high <= signed.low else UNDECIDED
