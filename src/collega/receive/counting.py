"""Asking the PACS how many objects it has of a study that is being received; a hint, never more."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from collega.errors import PeerError
from collega.model.audit import AuditEntry
from collega.model.coverage import PacsCount
from collega.model.evidence import Evidence, EvidenceKind, SeriesSaid
from collega.model.policy import CountPolicy
from collega.model.study import Study, StudyState
from collega.ports.machine import Clock
from collega.ports.peers import PacsQuery
from collega.ports.store import Store
from collega.receive.sources import Tell, record_evidence

# A source that names the objects says more than one that counts them.
BETTER = frozenset({EvidenceKind.MPPS_COMPLETED, EvidenceKind.INSTANCES_AVAILABLE})
MOST_REMEMBERED = 10_000
MOST_STUDIES_AT_ONCE = 10
# A PACS that still takes the study in gives a new number each time: it is asked again by the next arrival.
MOST_READINGS = 6
# A PACS that is away, or does not count, is left in peace for so long.
PAUSE = timedelta(minutes=5)
LOOK_SECONDS = 0.5
_log = structlog.get_logger()


@dataclass(slots=True)
class _Asked:
    """How far one study has got: since the arrival ``since``; ``next_at`` is None when all is asked."""

    since: datetime
    next_at: datetime | None
    readings: int = 0
    last: Mapping[str, int | None] | None = None


class Counting:
    """Reads the series of studies from the PACS while they are being received.

    It works from what the store says of studies, beside reception, and remembers nothing that matters:
    after a restart it asks again.

    Parameters
    ----------
    store, clock, query : ports
        ``query`` blocks and is called in a thread of its own.
    rules : CountPolicy
    tell : callable
        Takes the evidence; called off the event loop.
    source : str
        AE title of the PACS.
    """

    def __init__(  # noqa: PLR0913 - its ports
        self, store: Store, clock: Clock, query: PacsQuery, *, rules: CountPolicy, tell: Tell, source: str
    ) -> None:
        self._store = store
        self._clock = clock
        self._query = query
        self._rules = rules
        self._tell = tell
        self._source = source
        self._asked: dict[str, _Asked] = {}
        self._named: dict[str, None] = {}
        self._silent_until: datetime | None = None

    def heard(self, evidence: Evidence) -> None:
        """Note what another source said: its study need not be counted. Called from any thread."""
        if evidence.kind in BETTER and evidence.study_instance_uid:
            while len(self._named) >= MOST_REMEMBERED:
                self._named.pop(next(iter(self._named)), None)
            self._named[evidence.study_instance_uid] = None

    async def keep(self, stop: asyncio.Event) -> None:
        """Look round until ``stop`` is set."""
        while not stop.is_set():
            try:
                await self.look()
            except Exception:  # noqa: BLE001 - a hint: whatever is wrong with it must not end reception
                _log.exception("studies could not be counted")
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Ask for the studies whose time has come, and tell what the PACS answers."""
        now = self._clock.now()
        if self._silent_until is not None and now < self._silent_until:
            return
        due = await self._due(now)
        if not due:
            return
        async with self._store.transaction() as transaction:
            keys = tuple(study.key for study in due)
            asked = AuditEntry(event="archive asked", studies=keys, payload={"peer": self._source, "what": "counts"})
            await transaction.add_audit(asked)
        try:
            counts = await asyncio.to_thread(self._query.counts, [study.study_instance_uid for study in due])
        except PeerError as error:
            self._fall_silent("the PACS could not be asked for counts", str(error))
            return
        for study in due:
            await self._take(study, counts.get(study.study_instance_uid))

    async def _due(self, now: datetime) -> Sequence[Study]:
        async with self._store.transaction() as transaction:
            studies = await transaction.studies_in(StudyState.RECEIVING)
        keys = {study.key for study in studies}
        self._asked = {key: asked for key, asked in self._asked.items() if key in keys}
        wanted = [study for study in studies if study.study_instance_uid not in self._named]
        return [study for study in wanted if self._is_due(study, now)][:MOST_STUDIES_AT_ONCE]

    def _is_due(self, study: Study, now: datetime) -> bool:
        asked = self._asked.get(study.key)
        if asked is None or asked.since != study.last_received_at:
            asked = _Asked(since=study.last_received_at, next_at=study.last_received_at + self._rules.after)
            self._asked[study.key] = asked
        return asked.next_at is not None and asked.next_at <= now

    async def _take(self, study: Study, count: PacsCount | None) -> None:
        asked, now = self._asked[study.key], self._clock.now()
        asked.readings += 1
        images = count.images if count is not None and count.is_whole else None
        is_settled = images is not None and images == asked.last
        asked.last = images
        asked.next_at = None if is_settled or asked.readings >= MOST_READINGS else now + self._rules.interval
        if count is not None and count.images and set(count.images.values()) == {None}:
            self._fall_silent("the PACS does not count", "it leaves (0020,1209) empty")
        if images is not None:
            await self._say(study, images, now)

    async def _say(self, study: Study, images: Mapping[str, int | None], now: datetime) -> None:
        series = tuple(SeriesSaid(series_instance_uid=uid, count=number) for uid, number in images.items())
        evidence = Evidence(
            kind=EvidenceKind.PACS_COUNT,
            study_instance_uid=study.study_instance_uid,
            at=now,
            source=self._source,
            series=series,
        )
        await asyncio.to_thread(self._tell, evidence)
        async with self._store.transaction() as transaction:
            await record_evidence(transaction, [evidence])

    def _fall_silent(self, what: str, why: str) -> None:
        self._silent_until = self._clock.now() + PAUSE
        _log.warning(what, why=why, minutes=PAUSE.total_seconds() / 60)
