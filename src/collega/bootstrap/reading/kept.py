"""What an app's maker wrote besides findings, kept and shown as it is, to whom the app is heard."""

import asyncio
from dataclasses import dataclass

from collega.adapters.files.archive import FileArchive
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.reading.board import BoardContext
from collega.bootstrap.trusted import trusted
from collega.deliver.table import Channel, say
from collega.formats.kept_view import Shown, shown
from collega.model.finding import Attachment
from collega.model.result import NoAnswer


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptFiles:
    """Gives the files of answers to readers."""

    store: PostgresStore
    archive: FileArchive
    context: BoardContext

    async def kept(self, study_instance_uid: str, app_id: str, number: int) -> tuple[Attachment, Shown] | None:
        """Give a file of an app's present answer, counted from 0; None where a reader sees none."""
        async with self.store.transaction() as transaction:
            study = await transaction.study_by_uid(study_instance_uid)
            jobs = await transaction.jobs_of(study.key) if study else []
            trust = await trusted(transaction, self.context.catalogue, self.context.default_stage)
            job = next((job for job in reversed(jobs) if job.app_id == app_id), None)
            result = await transaction.result_of(job.key) if job else None
        if job is None or result is None or not 0 <= number < len(result.attachments):
            return None
        said = say(trust.standing(job.app_id, job.app_version, job.state, job.outcome), Channel.BOARD)
        # What others wrote cannot be read over for what may not be said.
        if said is None or said.outcome is NoAnswer.NOT_ASKED or not said.is_whole:
            return None
        attachment = result.attachments[number]
        folder = self.archive.path(f"runs/{job.key}/{job.attempt}/out")
        file = folder / attachment.file
        if file.is_symlink() or not file.is_file() or not file.resolve().is_relative_to(folder.resolve()):
            return None  # removed by rule since
        return attachment, await asyncio.to_thread(lambda: shown(file.read_bytes()))
