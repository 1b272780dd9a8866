"""What a reader asks for: the word of an app on demand, shown and sent from that moment."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.reading.board import BoardContext, Part, app_lines
from collega.bootstrap.reading.queries import check_images
from collega.bootstrap.trusted import trusted
from collega.deliver.table import Channel, reaches
from collega.errors import InputError
from collega.model.job import Event, Job, JobState, NextStep
from collega.model.runtime import Way
from collega.model.study import Study
from collega.read.shown import Reader, shown_app

# Put aside for good: there is a newer job, or none.
PAST = frozenset({JobState.SUPERSEDED, JobState.DISCARDED})


async def heard_job(transaction: PostgresTransaction, study_instance_uid: str, app_id: str) -> tuple[Study, Job] | None:
    """Find the work of an app on a study, locked; None where a reader is not to know of any."""
    study = await transaction.study_by_uid(study_instance_uid, lock=True)
    if study is None:
        return None
    found = [job for job in await transaction.jobs_of(study.key) if job.app_id == app_id and job.state not in PAST]
    if not found or not reaches(await transaction.stage_of(app_id, found[-1].app_version), Channel.BOARD):
        return None
    return study, found[-1]


@dataclass(frozen=True, kw_only=True, slots=True)
class DemandDesk:
    """The desk at which readers ask."""

    store: PostgresStore
    context: BoardContext

    async def line(self, study_instance_uid: str, app_id: str, language: str) -> dict[str, Any] | None:
        """Show one app's line on a study, as on the board; None where a reader sees none."""
        now = datetime.now(UTC)
        async with self.store.transaction() as transaction:
            found = await heard_job(transaction, study_instance_uid, app_id)
            if found is None:
                return None
            study, job = found
            trust = await trusted(transaction, self.context.catalogue, self.context.default_stage)
            lines = await app_lines(transaction, [study.key], trust, self.context, Part(limit=1))
        reader = Reader(language=language, zone=self.context.zone, now=now)
        line = next(one for one in lines[study.key] if (one.app_id, one.version) == (app_id, job.app_version))
        told = shown_app(line, reader)
        return {**told, "accession_number": study.accession_number, "study_instance_uid": study.study_instance_uid}

    async def ask(self, study_instance_uid: str, app_id: str, by: str) -> bool:
        """Have an app's word shown and sent; False where a reader sees no such app on that study.

        Asking twice changes nothing more.

        Raises
        ------
        InputError
            It is not ready yet, or it is no app on demand.
        """
        now = datetime.now(UTC)
        async with self.store.transaction() as transaction:
            found = await heard_job(transaction, study_instance_uid, app_id)
            if found is None:
                return False
            _, job = found
            app = self.context.catalogue.get(app_id)
            if app is None or app.use.way is not Way.ON_DEMAND:
                message = f"{app_id} is no app on demand: there is nothing to ask"
                raise InputError(message, nl=f"{app_id} werkt niet op aanvraag: er is niets aan te vragen")
            if job.state in {JobState.ASKED, JobState.DONE}:
                return True
            if job.state is not JobState.READY:
                message = f"{app_id} is not ready yet"
                raise InputError(message, nl=f"{app_id} is nog niet klaar")
            await check_images(transaction, job)
            await transaction.move_job(job, after=JobState.ASKED, at=now)
            payload: dict[str, object] = {"app": app_id}
            await transaction.add_event(
                Event(kind="asked", at=now, study_key=job.study_key, job_key=job.key, actor=by, payload=payload)
            )
            await transaction.add_step(NextStep(step="plan", arguments={"job_key": job.key}))
        return True
