"""A discrepancy in the database of a running site, as the step that holds words against reports notes it."""

import asyncio
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from collega.adapters.postgres.store import PostgresStore
from collega.model.app import Stage
from collega.model.discrepancy import Contrast, Discrepancy
from collega.model.ids import storage_key
from collega.model.job import Event
from collega.model.label import Label, LabelWord, ReportLabels
from collega.read.discrepancies import note_differences
from tests.e2e.films import Film
from tests.e2e.site import Site

SENTENCE = "<i>Geen</i> verdichtingen."


def found(
    one: Site,
    film: Film,
    contrast: Contrast = Contrast.AI_POSITIVE,
    *,
    days: float = 0,
    app: str = "marker",
    sentence: str = SENTENCE,
) -> str:
    """Let a discrepancy be found; give its key."""
    key = str(uuid.uuid4())

    async def note() -> None:
        store = PostgresStore(f"host={one.data / 'pg'} user=postgres dbname=postgres", Stage.SHADOW, connections=1)
        await store.open()
        now = datetime.now(UTC)
        async with store.transaction() as transaction:
            jobs = await transaction.jobs_of(storage_key(film.study))
            job = next(job for job in jobs if job.app_id == app)
            result = await transaction.result_of(job.key)
            assert result is not None
            signed = Event(kind="signed", at=now, study_key=job.study_key, actor="dr. S")
            await transaction.add_event(signed)
            made = Discrepancy(
                key=key,
                study_key=job.study_key,
                job_key=job.key,
                app_id=job.app_id,
                finding_id=result.findings[0].id,
                contrast=contrast,
                report_version=key,
                sentence=sentence,
                found_at=now - timedelta(days=days),
            )
            await note_differences(transaction, [made])
            number = 1 + len(await transaction.labels_of(job.study_key))
            read = Label(finding_id=made.finding_id, word=LabelWord.ABSENT, sentence=sentence)
            labels = ReportLabels(
                study_key=job.study_key,
                number=number,
                report_version=key,
                labeller="nl-1",
                signed_at=now,
                at=now,
                looked_for=(made.finding_id,),
                labels=(read,),
            )
            await transaction.add_labels(labels)
        await store.close()

    with ThreadPoolExecutor(1) as apart:  # the browser's driver has a loop in this thread
        apart.submit(asyncio.run, note()).result()
    return key
