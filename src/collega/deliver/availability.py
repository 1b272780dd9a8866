"""When AI counts as unavailable: facts in, transitions out.

========================  ==========================  =============================================
outage                    fact                        next
========================  ==========================  =============================================
none                      down                        open, not noticed
open, not noticed         down, for long enough       noticed: people are told, once
open, noticed or not      up                          seems up since now
open, seems up            down                        goes on; what was seen of "up" is forgotten
open, seems up            up, and has stayed up       ended; where noticed, people are told, once
========================  ==========================  =============================================

"Long enough" is counted from the beginning of the trouble, which can lie before it was first seen,
and asks as well that it was seen for a moment: a server that starts with old work is not down.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from collega.model.app import Stage
from collega.model.outage import AppSigns, Cause, Fact, Outage, Part, Signs, Subject
from collega.model.policy import CoveragePolicy, NoticePolicy

# Apps of these stages are heard by somebody.
HEARD_STAGES = frozenset({Stage.PILOT, Stage.LIVE})
# A round that is overdue by this many rounds has been lost with its order.
MOST_ROUNDS_LATE = 3
LEAST_LATENESS = timedelta(minutes=2)


def follow(before: Outage | None, fact: Fact, now: datetime, rules: NoticePolicy) -> Outage | None:
    """Carry one part on by one fact; see the table above.

    Parameters
    ----------
    before : Outage, optional
        The open outage of that part.

    Returns
    -------
    Outage, optional
        The same where nothing has changed, None where there was none and is none.
    """
    if fact.cause is None:
        if before is None:
            return None
        up_since = before.up_since or now
        is_over = now - up_since >= rules.steady
        return replace(before, up_since=up_since, ended_at=now if is_over else None)
    outage = before or Outage(
        subject=fact.subject,
        cause=fact.cause,
        down_since=min(fact.since or now, now),
        seen_at=now,
    )
    is_long = now - outage.down_since >= rules.after and now - outage.seen_at >= min(rules.steady, rules.after)
    noticed_at = outage.noticed_at or (now if is_long else None)
    cause = outage.cause if outage.noticed_at else fact.cause
    return replace(outage, cause=cause, up_since=None, noticed_at=noticed_at)


def facts(
    signs: Signs, now: datetime, rules: NoticePolicy, pacs: str, coverage: CoveragePolicy | None
) -> Iterator[Fact]:
    """Read what the store knows.

    Where the receiver or the worker is down, nothing is said of what needs it: one cause, one notice.
    """
    yield Fact(subject=Subject(part=Part.RECEIVER), cause=None if signs.receiver else Cause.SILENT)
    yield Fact(subject=Subject(part=Part.WORKER), cause=None if signs.worker else Cause.SILENT)
    if not signs.worker:
        return
    if pacs:
        cause = Cause.UNREACHABLE if signs.pacs_fails else None
        yield Fact(subject=Subject(part=Part.PACS, name=pacs), cause=cause)
    if coverage is not None and signs.last_round_at is not None:
        yield _coverage(signs, signs.last_round_at, now, coverage)
    for app in signs.apps:
        if app.stage in HEARD_STAGES or (app.was_heard and app.stage is not Stage.SHADOW):
            yield _app(app, now, rules)


def _coverage(signs: Signs, last: datetime, now: datetime, coverage: CoveragePolicy) -> Fact:
    subject = Subject(part=Part.COVERAGE)
    if signs.unanswered_since is not None:
        return Fact(subject=subject, cause=Cause.UNREACHABLE, since=signs.unanswered_since)
    late = max(coverage.every * MOST_ROUNDS_LATE, LEAST_LATENESS)
    is_late = now - last > late
    return Fact(subject=subject, cause=Cause.SILENT if is_late else None, since=last + coverage.every)


def _app(app: AppSigns, now: datetime, rules: NoticePolicy) -> Fact:
    subject = Subject(part=Part.APP, name=app.app_id)
    is_waited_for = app.waiting_since is not None and now - app.waiting_since >= rules.after
    if app.stage is Stage.SUSPENDED or (app.stage is Stage.OFF and app.waiting_since is not None):
        return Fact(subject=subject, cause=Cause.STOPPED, since=app.stage_since)
    if is_waited_for and app.stage in HEARD_STAGES:
        return Fact(subject=subject, cause=Cause.WAITING, since=app.waiting_since)
    if app.failures >= rules.failed_jobs and app.stage in HEARD_STAGES:
        return Fact(subject=subject, cause=Cause.FAILING, since=app.failing_since)
    return Fact(subject=subject, cause=None)
