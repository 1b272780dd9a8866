"""All that is known of a study, with the findings of its apps side by side."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from collega.adapters.postgres import board as rows_of
from collega.adapters.postgres import rows, views
from collega.adapters.postgres.store import PostgresTransaction
from collega.bootstrap.links.messages import messages_account
from collega.bootstrap.trusted import Trusted
from collega.deliver.table import Channel, narrowed_findings, reaches, say
from collega.formats.dicom_concept import concept
from collega.formats.together import AppSaid, together
from collega.model.app import Manifest
from collega.model.code import Text
from collega.model.finding import Outcome
from collega.model.job import JobState
from collega.model.result import NoAnswer
from collega.read.together import shown_together


async def study_account(
    transaction: PostgresTransaction,
    catalogue: Mapping[str, Manifest],
    language: str,
    study_instance_uid: str,
    *,
    readers: Trusted | None = None,
) -> dict[str, Any] | None:
    """Tell all that is known of a study; None where it was never received.

    Every app's word stands there, whatever its stage: each word names the stage of the app that said it. For
    ``readers``, who are known by how far the apps are trusted, only what they hear is put side by side.
    """
    account = await views.study_account(transaction, study_instance_uid)
    study = await transaction.study_by_uid(study_instance_uid)
    if account is None or study is None:
        return account
    told = await messages_account(transaction, study)
    found = together(await _said(transaction, catalogue, study.key, readers), concept)
    return {**account, **told, "findings_together": shown_together(found, language)}


async def _said(
    transaction: PostgresTransaction, catalogue: Mapping[str, Manifest], study_key: str, readers: Trusted | None
) -> list[AppSaid]:
    answers = await rows_of.findings(transaction, [study_key])
    by_job = {
        key: tuple(rows.finding(row) for row in group)
        for key, group in groupby(answers, lambda row: str(row["job_key"]))
    }
    said = []
    for job in await rows_of.jobs(transaction, [study_key]):
        if job["state"] == JobState.DISCARDED:
            continue
        manifest = catalogue.get(job["app_id"])
        findings = by_job.get(job["job_key"], ())
        outcome = Outcome(job["outcome"]) if job["outcome"] else None
        if readers is not None:
            standing = readers.standing(job["app_id"], job["app_version"], JobState(job["state"]), outcome)
            heard = say(standing, Channel.BOARD)
            if not reaches(standing.stage, Channel.BOARD) or (heard and heard.outcome is NoAnswer.NOT_ASKED):
                continue
            findings = narrowed_findings(findings, heard, manifest) if heard else ()
        said.append(
            AppSaid(
                app_id=job["app_id"],
                version=job["app_version"],
                name=manifest.name if manifest else Text(en=job["app_id"], nl=job["app_id"]),
                stage=await transaction.stage_of(job["app_id"], job["app_version"]),
                outcome=outcome,
                findings=findings,
                looks_for=manifest.findings if manifest else (),
            )
        )
    return said
