"""The demonstration from begin to end."""

import contextlib
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from collega.bootstrap.demo import films, records, ris, validated, vendors
from collega.bootstrap.demo.count import Progress, count
from collega.bootstrap.demo.day import Exam, Pace, exams, pace_of
from collega.bootstrap.demo.difficult import DifficultHour
from collega.bootstrap.demo.films import Programme
from collega.bootstrap.demo.generate import looked_at, present_in, programmes
from collega.bootstrap.demo.readers import Readers
from collega.bootstrap.demo.ris import DemoRis
from collega.bootstrap.demo.rota import ROTA
from collega.bootstrap.demo.scanner import Scanner, Sent, together
from collega.bootstrap.demo.server import AE_TITLE, Place, Server, place, serving
from collega.bootstrap.demo.tally import Tally, inputs_of, read_of, tally
from collega.bootstrap.demo.watch import Watch
from collega.bootstrap.site import shipped_apps
from collega.config import PREFIX
from collega.model.app import Manifest
from collega.run.manifest import FILE, find_apps
from collega.testing.fhir_server import Resource, fhir_server
from collega.testing.pacs import KeepingPacs
from collega.testing.ports import LOOPBACK
from collega.testing.simulated_vendor import SETTINGS, TRUTH

DEFAULT_MINUTES = 1.0
PATIENCE_SECONDS = 60.0
READERS_PATIENCE_SECONDS = 20.0
LOOK_SECONDS = 0.5
SIMULATED_APPS = Path(__file__).parent / "apps"
NO_APPS: Mapping[str, Manifest] = MappingProxyType({})
FAILING_APP = SIMULATED_APPS / "sometimes-fails"
PacsMaker = Callable[[Path], KeepingPacs]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wishes:
    """What the demonstration is asked to do.

    ``minutes``: how long the simulated day takes, or the films of a folder; None sends those as
    fast as they come through. ``patience_s``: after so long without anything new, what is not in
    the PACS counts as missing.
    """

    films: Path | None = None
    minutes: float | None = None
    patience_s: float = PATIENCE_SECONDS


@dataclass(frozen=True, kw_only=True, slots=True)
class Day:
    """A simulated day: its pace and what is planned."""

    pace: Pace
    plan: Sequence[Exam]


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """Who takes part, where they listen, and what the simulated clock says; None where there is no day."""

    board: str
    scanners: tuple[str, ...]
    aet: str
    dicom_port: int
    pacs_aet: str
    pacs_port: int
    moment: datetime | None = None
    pacs_away: bool = False
    on_duty: tuple[str, ...] = ()


class Demonstration:
    """A running demonstration; ``day`` is None where the films of a folder are sent."""

    def __init__(  # noqa: PLR0913 - its parts
        self,
        where: Place,
        server: Server,
        pacs: KeepingPacs,
        shares: Sequence[Programme],
        day: Day | None,
        patience_s: float,
        department: DemoRis,
        apps: Mapping[str, Manifest] = NO_APPS,
    ) -> None:
        self.where = where
        self.server = server
        self.pacs = pacs
        self.day = day
        self.planned = sum(share.count for share in shares)
        self.hour = DifficultHour(pacs, day.pace.difficult_s if day else None)
        self.readers = Readers(server, day.pace, self.hour, self._truth) if day else None
        self._scanners = [Scanner(share, (LOOPBACK, server.dicom_port), AE_TITLE) for share in shares]
        self._scanner_names = tuple(share.scanner for share in shares)
        self._watch = Watch(server, pacs)
        self._department = department
        self._patience_s = patience_s
        self._apps = apps
        self._validation = validated.planned(apps.values(), day.plan) if day else None
        self._began = 0.0

    def run(self) -> Iterator[Progress]:
        """Send everything and yield the progress, the last time when all is there or patience is at its end."""
        self._began = time.monotonic()
        for scanner in self._scanners:
            scanner.start()
        if self.readers:
            self.readers.start()
        before, since = None, time.monotonic()
        try:
            while True:
                self.server.check()
                sent, progress = self._look()
                yield progress
                state = (progress.sent, progress.analysed, progress.delivered, progress.confirmed, progress.signed)
                now = time.monotonic()
                before, since = (before, since) if state == before else (state, now)
                if sent.finished and self._is_over(sent, progress, now - since):
                    self._keep_validation(sent)
                    return
                time.sleep(LOOK_SECONDS)
        finally:
            for scanner in self._scanners:
                scanner.stop()
            if self.readers:
                self.readers.stop()

    def _keep_validation(self, sent: Sent) -> None:
        """Keep the validation that was planned; a day of too few films has none."""
        if self._validation is None:
            return
        exams = {item.film.study_instance_uid: item.film.exam for item in sent.taken if item.film.exam}
        accounts = {uid: self.server.get(f"/api/studies/{uid}") or {} for uid in exams}
        report = validated.told(self._validation, accounts, exams)
        if report is not None:
            validated.keep(self.server.settings, report)

    @property
    def second(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self._began

    def _is_over(self, sent: Sent, progress: Progress, still_s: float) -> bool:
        if not self.hour.is_over:
            return False
        if not progress.ended:
            return still_s > self._patience_s
        read = self.readers is None or self.readers.have_read(sent.uids)
        return read or still_s > min(self._patience_s, READERS_PATIENCE_SECONDS)

    def _truth(self, study_instance_uid: str) -> tuple[str, ...] | None:
        """Tell what is really there in a study that was sent."""
        for item in together(self._scanners).taken:
            if item.film.study_instance_uid == study_instance_uid and item.film.exam:
                return present_in(item.film.exam)
        return None

    def _look(self) -> tuple[Sent, Progress]:
        self.hour.keep(self.second)
        sent = together(self._scanners)
        self._watch.look(sent.uids)
        if self.readers:
            signed = [item.film for item in sent.taken if self.readers.have_read([item.film.study_instance_uid])]
            self._department.report(signed)
        progress = count(
            self.planned,
            sent.uids,
            self._watch.known,
            not_taken=sent.refused,
            span=self.hour.span,
            signed=self.readers.signed(sent.uids) if self.readers else 0,
            exams={item.film.study_instance_uid: item.film.exam for item in sent.taken if item.film.exam},
        )
        for scanner in self._scanners:
            scanner.note_through(progress.confirmed + len(progress.without_app))
        return sent, progress

    def tally(self, progress: Progress) -> Tally | None:
        """Sum up the simulated day, from what collega has on record; None for the films of a folder."""
        if self.day is None:
            return None
        sent = together(self._scanners)
        accounts = {uid: self.server.get(f"/api/studies/{uid}") or {} for uid in sent.uids}
        read = {uid: read_of(account.get("events", ())) for uid, account in accounts.items()}
        self._watch.look_again(sent.uids)
        inputs = inputs_of(accounts.values())
        day = tally(progress, self._watch.known, self.hour.span, read, self._apps, inputs)
        return replace(day, ris=self._department.count())

    @property
    def scene(self) -> Scene:
        """What there is to see beside the counts, at this moment."""
        moment = self.day.pace.clock(self.second) if self.day else None
        return Scene(
            board=f"http://{LOOPBACK}:{self.server.web_port}/",
            scanners=self._scanner_names,
            aet=AE_TITLE,
            dicom_port=self.server.dicom_port,
            pacs_aet=self.pacs.aet,
            pacs_port=self.pacs.port,
            moment=moment,
            pacs_away=self.hour.is_now,
            on_duty=tuple(reader.name for reader in ROTA if moment and reader.on_duty(moment)),
        )


@contextlib.contextmanager
def demonstrate(
    wishes: Wishes, environment: Mapping[str, str] | None = None, make_pacs: PacsMaker = KeepingPacs
) -> Iterator[Demonstration]:
    """Start everything; at the end of the block nothing of it is left.

    ``make_pacs`` makes the simulated PACS from its folder.
    """
    environment = os.environ if environment is None else environment
    folder = None if wishes.films is None else films.of_folder(wishes.films, wishes.minutes)
    named = _apps_named(environment)
    simulators = [] if folder else _simulators(environment)
    kinds = looked_at(find_apps([*named, *simulators]).values())
    known: list[Resource] = []
    with (
        place(environment) as where,
        make_pacs(where.shelf) as pacs,
        vendors.at_work(copies := _own_copies(simulators, where)) as vendor,
        ris.at_work() as department,
        fhir_server(known) as (url, _),
        serving(
            where, environment, (pacs.aet, pacs.port), [*named, *copies], records.settings(url), department.destination
        ) as server,
    ):
        department.speak_to(server.hl7_port)
        vendor.answer_to(AE_TITLE, server.dicom_port)
        pacs.may_send_to(AE_TITLE, server.dicom_port)
        if folder:
            yield Demonstration(where, server, pacs, (folder,), None, wishes.patience_s, department)
            return
        now = datetime.now(server.zone)
        minutes = wishes.minutes or DEFAULT_MINUTES
        pace = pace_of(minutes, now)
        plan = exams(minutes, pace, kinds)
        known += records.resources(plan)
        records.keep_priors(plan, pacs.shelf, now.isoformat())
        truths = [copy.parent / TRUTH for copy in (where.demo / "apps").glob(f"*/{SETTINGS}")]
        shares = programmes(plan, where.demo / "films", now.isoformat(), truths)
        shares = tuple(replace(share, films=department.announced(share.films)) for share in shares)
        day, all_apps = Day(pace=pace, plan=plan), find_apps([*named, *copies])
        yield Demonstration(where, server, pacs, shares, day, wishes.patience_s, department, all_apps)


def _simulators(environment: Mapping[str, str]) -> Sequence[Path]:
    """Folders of simulated apps: the vendors' play where nobody has brought apps of their own to look at."""
    if environment.get(f"{PREFIX}APPS"):
        return [FAILING_APP]
    return sorted(path.parent for path in SIMULATED_APPS.glob(f"*/{FILE}"))


def _own_copies(simulators: Sequence[Path], where: Place) -> Sequence[Path]:
    """Copy simulators into the demonstration: beside each copy the truth of the day is recorded."""
    leave_out = shutil.ignore_patterns("__pycache__")
    return [
        Path(shutil.copytree(folder, where.demo / "apps" / folder.name, dirs_exist_ok=True, ignore=leave_out))
        for folder in simulators
    ]


def _apps_named(environment: Mapping[str, str]) -> Sequence[Path]:
    """Apps of the user's own where there are any, else those that are shipped."""
    named = environment.get(f"{PREFIX}APPS", "")
    return [Path(part).absolute() for part in named.split(os.pathsep) if part] or shipped_apps()
