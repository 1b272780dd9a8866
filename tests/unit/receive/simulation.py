"""Reception in simulated time: half an hour of waiting takes no time, and every timer fires when it should."""

import asyncio
import contextlib
import selectors
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from collega.errors import FencedError
from collega.model.app import Manifest, Needs, Stage
from collega.model.evidence import Evidence, EvidenceKind, SeriesSaid
from collega.model.ids import stable_uid, storage_key
from collega.model.job import Event, JobState
from collega.model.policy import Learning, Policy, QuietTimes
from collega.model.study import InstanceHeader, Role
from collega.ports.store import Transaction
from collega.receive.gather import Wishes
from collega.receive.hearing import Hearing
from collega.receive.intake import Arrival, admit
from collega.route.dispatch import route, start_early
from collega.route.needs import takers
from collega.testing import records
from collega.testing.fakes import FakeClock, FakeStore

T = TypeVar("T")
QUIET = QuietTimes(projection_s=0.5, volume_s=60.0, other_s=10.0)


class _Selector(selectors.SelectSelector):
    """Does not wait: it says how long it would have."""

    def __init__(self, passes: Callable[[float], None]) -> None:
        super().__init__()
        self._passes = passes

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            message = "nothing will ever happen again"
            raise RuntimeError(message)
        self._passes(max(timeout, 0))
        return super().select(0)


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop whose time jumps to the next timer."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        super().__init__(_Selector(self._pass))

    def _pass(self, seconds: float) -> None:
        self.elapsed += seconds

    def time(self) -> float:
        return self.elapsed


def simulate(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run in simulated time."""
    with asyncio.Runner(loop_factory=SimulatedLoop) as runner:
        return runner.run(coroutine)


class LoopClock(FakeClock):
    """A clock that goes with the loop; counts how often it is asked."""

    asked = 0

    def now(self) -> datetime:
        self.asked += 1
        return super().now() + timedelta(seconds=asyncio.get_running_loop().time())


def policy(**values: Any) -> Policy:
    return records.policy(quiet=QUIET, **values)


LEARNS = Learning(studies=3, margin=2.0, floor=timedelta(seconds=5))


def ct(number: int, *, series: str = "1", study: str = "A", **attributes: Any) -> InstanceHeader:
    """Give an axial slice of 5 mm, or whatever ``attributes`` make of it."""
    place = {"image_position": ("0", "0", str(5.0 * number)), "image_orientation": ("1", "0", "0", "0", "1", "0")}
    role = attributes.pop("role", Role.IMAGE)
    made = records.header(
        f"{series}/{number}",
        study=study,
        attributes={"modality": "CT", "station": "CT1", "series_description": series, **place, **attributes},
        role=role,
    )
    return replace(made, series_instance_uid=stable_uid("record", study, "series", series))


def stack(count: int, **values: Any) -> list[InstanceHeader]:
    return [ct(number, **values) for number in range(count)]


def head_app(app_id: str = "head", accepts: Mapping[str, list[str]] | None = None) -> Manifest:
    """App that starts on any gap-free stack of eight."""
    needs = Needs(minimum_slices=8, contiguous=True)
    return records.manifest(app_id, accepts={"modality": ["CT"], **(accepts or {})}, needs=needs)


def said(
    kind: EvidenceKind, headers: Sequence[InstanceHeader], *, at: datetime = records.AT, **values: Any
) -> Evidence:
    """Word that names objects, by series."""
    named: dict[str, list[str]] = {}
    for header in headers:
        named.setdefault(header.series_instance_uid, []).append(header.sop_instance_uid)
    made = Evidence(
        kind=kind,
        study_instance_uid=headers[0].study_instance_uid if headers else "",
        at=at,
        source="CT1",
        series=tuple(SeriesSaid(series_instance_uid=uid, sop_instance_uids=tuple(uids)) for uid, uids in named.items()),
        reference="1.2.3",
    )
    return replace(made, **values)


def counted(headers: Sequence[InstanceHeader], *, at: datetime) -> Evidence:
    """Give a reading of the PACS."""
    uids = [header.series_instance_uid for header in headers]
    return Evidence(
        kind=EvidenceKind.PACS_COUNT,
        study_instance_uid=headers[0].study_instance_uid,
        at=at,
        source="PACS",
        series=tuple(SeriesSaid(series_instance_uid=uid, count=uids.count(uid)) for uid in dict.fromkeys(uids)),
    )


class Line:
    """The way to a store, which ends with its process: whoever asks later waits for ever."""

    def __init__(self, store: FakeStore) -> None:
        self._store = store
        self.is_cut = False

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        if self.is_cut:
            await asyncio.Event().wait()
        async with self._store.transaction() as transaction:
            yield transaction


class House:
    """A receiver and the steps behind it, without a socket; apps end their work when told to."""

    def __init__(
        self, *apps: Manifest, store: FakeStore | None = None, rules: Policy | None = None, routes: bool = True
    ) -> None:
        self._routes = routes
        self.store = store or FakeStore(Stage.LIVE)
        self.clock = LoopClock()
        self.policy = rules or policy()
        self.catalogue: Mapping[str, Manifest] = {item.id: item for item in apps}
        self.line = Line(self.store)
        wishes = Wishes(apps=self.catalogue, takes=takers(self.catalogue))
        self.hearing = Hearing(self.line, self.clock, self.policy, wishes)

    async def send(self, *headers: InstanceHeader, over: str = "a") -> None:
        """Record objects one by one, each with a moment for what follows."""
        for header in headers:
            async with self.store.transaction() as transaction:
                verdict = await admit(transaction, header, size=1, at=self.clock.now(), source="SENDER")
            if verdict.role is not Role.OWN and verdict.arrival is Arrival.NEW:
                self.hearing.settling.arrived(over, verdict.study_key, header, "SENDER", self.clock.now())
            await self.settle()

    async def release(self, *associations: str) -> None:
        for association in associations or ("a",):
            self.hearing.settling.ended(association)
        await self.settle()

    async def tell(self, evidence: Evidence) -> None:
        await self.hearing.tell(evidence)
        await self.settle()

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.settle()

    async def settle(self) -> None:
        """Let everything happen that needs no time, the routing steps too."""
        for _ in range(4):
            for _ in range(12):
                await asyncio.sleep(0)
            for step in self.store.take_steps():
                if self._routes and step.step in {"route", "start_early"}:
                    work: Callable[..., Awaitable[None]] = route if step.step == "route" else start_early
                    try:
                        await work(self.store, self.clock, self.policy, self.catalogue, **step.arguments)
                    except FencedError:
                        continue

    def kill(self) -> None:
        """End the receiver's process, with all that it had in mind."""
        self.line.is_cut = True

    async def finish_jobs(self) -> None:
        """Let every app that waits come to its end."""
        for job in list(self.store.memory.jobs.values()):
            if job.state is JobState.QUEUED:
                async with self.store.transaction() as transaction:
                    await transaction.move_job(job, after=JobState.DONE, at=self.clock.now())

    def events(self, kind: str) -> list[Event]:
        return [event for event in self.store.memory.events if event.kind == kind]

    def evidence(self, kind: str = "complete") -> list[str]:
        return [str(event.payload["evidence"]) for event in self.events(kind)]

    def jobs(self) -> list[tuple[str, int, JobState, int]]:
        found = self.store.memory.jobs.values()
        return [(job.app_id, job.revision, job.state, len(job.inputs)) for job in found]

    def revision(self, study: str = "A") -> int:
        return self.store.memory.studies[storage_key(stable_uid("record", study))].revision
