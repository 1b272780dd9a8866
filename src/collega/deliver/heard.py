"""What is known of an app's trust, read from the store and held against the table of delivery."""

from dataclasses import replace

from collega.deliver.table import Channel, Say, Standing, say
from collega.model.app import Manifest
from collega.model.job import Job
from collega.model.trust import in_force
from collega.ports.store import Transaction


async def standing_of(transaction: Transaction, job: Job, manifest: Manifest) -> Standing:
    """Gather where a job stands, and what its app version may do here."""
    decisions = await transaction.decisions_of(job.app_id, job.app_version)
    return Standing(
        stage=await transaction.stage_of(job.app_id, job.app_version),
        way=manifest.use.way,
        may=in_force(decisions).within(manifest.use),
        state=job.state,
        outcome=job.outcome,
    )


async def said_to_pacs(transaction: Transaction, job: Job, manifest: Manifest | None) -> Say | None:
    """Tell what the PACS hears of a job; nothing where its app is not known any more."""
    return say(await standing_of(transaction, job, manifest), Channel.PACS) if manifest else None


def as_it_answered(manifest: Manifest, job: Job) -> Manifest:
    """Give the manifest the version of the answer: an app may have been renewed since, and signs nothing for it."""
    return replace(manifest, version=job.app_version)
