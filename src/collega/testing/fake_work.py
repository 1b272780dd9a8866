"""Jobs, attempts and results in memory, with the same compare-and-set as in the database."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from collega.errors import FencedError
from collega.model.app import Manifest
from collega.model.finding import AppResult, Outcome
from collega.model.job import Attempt, AttemptOutcome, Job, JobState
from collega.model.study import Study, StudyState
from collega.testing.fake_arrivals import FakeArrivals

WITHOUT_FAULT = frozenset({AttemptOutcome.ANSWERED, AttemptOutcome.LOST})
LOST = Attempt(outcome=AttemptOutcome.LOST, detail="", isolation=(), wall_s=0.0, cpu_s=0.0, peak_mb=0.0)


class FakeWork(FakeArrivals):
    """See `collega.ports.line.Work`."""

    async def close_study(self, study_key: str, *, revision: int, before: StudyState, after: StudyState) -> Study:
        """Compare revision and state, then set."""
        study = self._memory.studies.get(study_key)
        if study is None or (study.revision, study.state) != (revision, before):
            message = f"study {study_key} revision {revision} is no longer {before}"
            raise FencedError(message)
        complete_at = study.last_received_at if after is StudyState.COMPLETE else study.complete_at
        self._memory.studies[study_key] = replace(study, state=after, complete_at=complete_at)
        return self._memory.studies[study_key]

    async def raise_revision(self, study: Study) -> Study:
        """Compare revision and state, then count one further."""
        known = self._memory.studies.get(study.key)
        if known is None or (known.revision, known.state) != (study.revision, study.state):
            message = f"study {study.key} revision {study.revision} is no longer {study.state}"
            raise FencedError(message)
        self._memory.studies[study.key] = replace(known, revision=known.revision + 1)
        return self._memory.studies[study.key]

    async def add_job(self, study: Study, manifest: Manifest, inputs: Sequence[str], digest: str, at: datetime) -> Job:
        """Queue an app, once for each revision."""
        job = Job(
            key=self._memory.next_key(),
            study_key=study.key,
            revision=study.revision,
            app_id=manifest.id,
            app_version=manifest.version,
            input_digest=digest,
            inputs=tuple(inputs),
            state=JobState.QUEUED,
            attempt=0,
            outcome=None,
            created_at=at,
            updated_at=at,
        )
        twins = [item for item in self._memory.jobs.values() if _place(item) == _place(job)]
        if twins:
            message = f"{manifest.id} has a job for this revision"
            raise ValueError(message)
        self._memory.jobs[job.key] = job
        return job

    async def jobs_of(self, study_key: str) -> Sequence[Job]:
        """All jobs of a study, oldest first."""
        return [job for job in self._memory.jobs.values() if job.study_key == study_key]

    async def job(self, job_key: str) -> Job | None:
        """Find one job."""
        return self._memory.jobs.get(job_key)

    async def jobs_since(self, app_id: str, since: datetime) -> int:
        """Count the jobs of an app that were queued since then."""
        return sum(job.app_id == app_id and job.created_at >= since for job in self._memory.jobs.values())

    async def start_attempt(self, job_key: str, at: datetime) -> Job:
        """Take a queued job, or one whose worker was lost."""
        job = self._memory.jobs.get(job_key)
        if job is None or job.state not in {JobState.QUEUED, JobState.RUNNING}:
            message = f"job {job_key} is past running"
            raise FencedError(message)
        for place, attempt in self._memory.attempts.items():
            if place[0] == job_key and attempt is None:
                self._memory.attempts[place] = LOST
        changes = [item for item in self._memory.thresholds if item.app_id == job.app_id]
        number = max((item.number for item in changes if item.app_version == job.app_version), default=0)
        started = replace(job, state=JobState.RUNNING, attempt=job.attempt + 1, updated_at=at, thresholds=number)
        self._memory.jobs[job_key] = started
        self._memory.attempts[job_key, started.attempt] = None
        return started

    async def end_attempt(self, job: Job, attempt: Attempt, at: datetime, after: JobState) -> None:
        """Close the attempt that ``job`` names."""
        await self.move_job(job, after=after, at=at)
        self._memory.attempts[job.key, job.attempt] = attempt

    async def failures(self, job_key: str) -> Sequence[Attempt]:
        """List the attempts that ended without an answer, oldest first; those without fault of the app not counted."""
        return [attempt for attempt in self._ended(job_key) if attempt.outcome not in WITHOUT_FAULT]

    async def last_attempt(self, job_key: str) -> Attempt | None:
        """How the latest ended attempt went."""
        return next(reversed(self._ended(job_key)), None)

    def _ended(self, job_key: str) -> list[Attempt]:
        places = sorted(place for place in self._memory.attempts if place[0] == job_key)
        return [attempt for place in places if (attempt := self._memory.attempts[place]) is not None]

    async def move_job(  # noqa: PLR0913 - the compare-and-set of one row
        self,
        job: Job,
        *,
        after: JobState,
        at: datetime,
        outcome: Outcome | None = None,
        reason_code: str = "",
        reason: str = "",
    ) -> None:
        """Compare state and attempt, then set."""
        known = self._memory.jobs.get(job.key)
        if known is None or (known.state, known.attempt) != (job.state, job.attempt):
            message = f"job {job.key} is no longer {job.state} at attempt {job.attempt}"
            raise FencedError(message)
        self._memory.jobs[job.key] = replace(
            known,
            state=after,
            updated_at=at,
            outcome=outcome or known.outcome,
            reason_code=reason_code or known.reason_code,
            reason=reason or known.reason,
        )

    async def supersede(self, job_key: str, at: datetime) -> None:
        """Put aside a job whose input has changed, whatever its state."""
        job = self._memory.jobs[job_key]
        if job.state is not JobState.SUPERSEDED:
            self._memory.jobs[job_key] = replace(job, state=JobState.SUPERSEDED, updated_at=at)

    async def add_result(self, job: Job, result: AppResult, at: datetime) -> None:  # noqa: ARG002
        """Keep an app's checked answer, once."""
        if job.key in self._memory.results:
            message = f"job {job.key} has a result"
            raise ValueError(message)
        self._memory.results[job.key] = result

    async def result_of(self, job_key: str) -> AppResult | None:
        """Read a kept answer."""
        return self._memory.results.get(job_key)


def _place(job: Job) -> tuple[str, int, str, str]:
    return job.study_key, job.revision, job.app_id, job.app_version
