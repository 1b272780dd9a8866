"""Outages and notices in memory, with the same compare-and-set as in the database; a notifier that keeps."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from collega.errors import PeerError
from collega.model.app import Manifest, Stage
from collega.model.finding import Outcome
from collega.model.job import FINAL_JOB_STATES, UP_TO_A_READER, Job, JobState
from collega.model.outage import AppSigns, Cause, Notice, NoticeKind, NoticeState, Outage, Part, Signs
from collega.testing.fake_arrivals import FakeArrivals

ENDED = frozenset({JobState.NORMALISED, JobState.READY, JobState.ASKED, JobState.DONE})


class FakeOutages(FakeArrivals):
    """See `collega.ports.upkeep.Outages`."""

    _default_stage: Stage

    async def signs(self, apps: Sequence[Manifest], pacs: str) -> Signs:
        """Gather what bears on whether AI is available."""
        rounds = self._memory.rounds
        last = max((number for number, done in enumerate(rounds) if done.answered), default=-1)
        unanswered = [done.at for done in rounds[last + 1 :]]
        has_open = any(item.pacs == pacs and item.next_at for item in self._memory.deliveries.values())
        return Signs(
            receiver=self._memory.alive["receiver"],
            worker=self._memory.alive["worker"],
            pacs_fails=has_open and self._memory.links.get(pacs, (0, None))[0] > 0,
            last_round_at=rounds[-1].at if rounds else None,
            unanswered_since=min(unanswered, default=None),
            apps=[self._app_signs(app) for app in apps],
        )

    def _app_signs(self, app: Manifest) -> AppSigns:
        changes = [item for item in self._memory.stage_changes if item[:2] == (app.id, app.version)][::-1]
        stages = [*(stage for _, _, stage, _ in changes), self._default_stage, self._default_stage]
        jobs = [job for job in self._memory.jobs.values() if job.app_id == app.id]
        ended = sorted((job for job in jobs if job.state in ENDED and job.outcome), key=lambda job: job.updated_at)
        good = max((job.updated_at for job in ended if job.outcome is not Outcome.FAILED), default=None)
        bad = [job for job in ended if job.outcome is Outcome.FAILED and (good is None or job.updated_at > good)]
        return AppSigns(
            app_id=app.id,
            stage=stages[0],
            stage_since=changes[0][3] if changes else None,
            was_heard=stages[1] in {Stage.PILOT, Stage.LIVE},
            failures=len(bad),
            failing_since=bad[0].updated_at if bad else None,
            waiting_since=min((self._waits_since(job) for job in jobs if _is_open(job)), default=None),
        )

    def _waits_since(self, job: Job) -> datetime:
        retried = [event.at for event in self._memory.events if event.kind == "retried" and event.job_key == job.key]
        return max(retried, default=job.created_at)

    async def open_outages(self) -> Sequence[Outage]:
        """List the outages that have not ended."""
        return [item for item in self._memory.outages.values() if item.ended_at is None]

    async def save_outage(self, before: Outage | None, after: Outage) -> Outage | None:
        """Compare, then set."""
        present = next((item for item in await self.open_outages() if item.subject == after.subject), None)
        if before is None:
            if present is not None:
                return None
            saved = replace(after, key=self._memory.next_key())
        else:
            seen = (present.key, present.noticed_at, present.up_since) if present else None
            if seen != (before.key, before.noticed_at, before.up_since):
                return None
            saved = replace(after, key=before.key)
        self._memory.outages[saved.key] = saved
        return saved

    async def claim_waiting_studies(self, before: datetime) -> Sequence[tuple[str, int]]:
        """Give the studies that wait for an app declared unavailable, each job once an outage."""
        claimed = {}
        for outage in await self.open_outages():
            if outage.subject.part is not Part.APP or outage.noticed_at is None or outage.up_since is not None:
                continue
            for job in self._memory.jobs.values():
                place = (outage.key, job.key)
                if outage.cause is Cause.FAILING and job.created_at >= before:
                    continue
                if job.app_id == outage.subject.name and _is_open(job) and place not in self._memory.outage_jobs:
                    self._memory.outage_jobs[place] = None
                    claimed[job.study_key] = self._memory.studies[job.study_key].revision
        return list(claimed.items())

    async def late_jobs(self, outage: Outage) -> tuple[int, int]:
        """Count the jobs that waited in an outage, and those that still do."""
        late = [self._memory.jobs[job] for key, job in self._memory.outage_jobs if key == outage.key]
        return len(late), sum(_is_open(job) for job in late)

    async def add_notice(self, notice: Notice) -> None:
        """Plan a notice, once."""
        if _place(notice) not in {_place(item) for item, _, _ in self._memory.notices.values()}:
            key = self._memory.next_key()
            self._memory.notices[key] = (replace(notice, key=key), NoticeState.PLANNED, notice.at)

    async def drop_notices(self, outage_key: str) -> frozenset[str]:
        """Give up the unsent notices of an outage."""
        silent = set()
        for key, (notice, state, _) in list(self._memory.notices.items()):
            if notice.outage_key == outage_key and state is NoticeState.PLANNED:
                self._memory.notices[key] = (notice, NoticeState.DROPPED, None)
                if notice.attempt == 0:
                    silent.add(notice.channel)
        return frozenset(silent)

    async def take_notices(self, at: datetime, lease: timedelta) -> Sequence[Notice]:
        """Take what is due for oneself; a later notice waits for the earlier one of its outage."""
        taken = []
        held: set[tuple[str, str]] = set()
        for key, (notice, state, next_at) in list(self._memory.notices.items()):
            if state is not NoticeState.PLANNED:
                continue
            line = (notice.outage_key, notice.channel)
            if line not in held and next_at is not None and next_at <= at:
                taken.append(replace(notice, attempt=notice.attempt + 1))
                self._memory.notices[key] = (taken[-1], state, at + lease)
            held.add(line)
        return taken

    async def set_notice(
        self,
        notice: Notice,
        state: NoticeState,
        at: datetime,  # noqa: ARG002
        next_at: datetime | None,
        detail: str,  # noqa: ARG002
    ) -> None:
        """Record how sending went."""
        known, was, _ = self._memory.notices[notice.key]
        if was is NoticeState.PLANNED and known.attempt == notice.attempt:
            self._memory.notices[notice.key] = (known, state, next_at)


class FakeNotifier:
    """Keeps what it is to send; see `collega.ports.peers.Notifier`.

    Attributes
    ----------
    away : bool
        Nothing goes out.
    sent : list of Notice
        What went out, in order, repetitions included.
    """

    def __init__(self) -> None:
        self.away = False
        self.sent: list[Notice] = []

    def send(self, notice: Notice) -> None:
        """Keep a notice."""
        if self.away:
            message = "the mail server does not answer"
            raise PeerError(message)
        self.sent.append(notice)


def _is_open(job: Job) -> bool:
    return job.state not in FINAL_JOB_STATES | UP_TO_A_READER


def _place(notice: Notice) -> tuple[str, NoticeKind, str]:
    return notice.outage_key, notice.kind, notice.channel
