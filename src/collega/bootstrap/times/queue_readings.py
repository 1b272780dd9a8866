"""What was measured here, as the reading-queue simulation needs it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from collega.adapters.postgres import study_times
from collega.bootstrap.site import Asked
from collega.bootstrap.times.timing import Export
from collega.config import Settings
from collega.simulate.readings import Readings, of_moments

UNKNOWN = "unknown"


async def readings_between(transaction: Asked, settings: Settings, since: datetime, until: datetime) -> Readings:
    """Give when the studies of a span came, were opened and were signed, by the clock of collega."""
    wish = Export(settings=settings, since=since, until=until, is_named=True)
    found = await wish.timelines(transaction)
    exams = await study_times.exams(transaction, since, until)
    cases = []
    for study, one in found:
        moments: dict[str, float] = {}
        for item in one.placed:
            kind, at = str(item.moment.kind), item.at.timestamp()
            # A study that is opened again, or signed again, was read the first time.
            moments[kind] = min(at, moments.get(kind, at))
        cases.append((moments, exams.get(study, UNKNOWN)))
    return of_moments(cases, ZoneInfo(settings.site.timezone))
