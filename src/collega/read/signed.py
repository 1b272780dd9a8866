"""The step ``label``: what a signed report says is kept, and held against what the apps said."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from collega.model.app import Stage
from collega.model.discrepancy import Discrepancy
from collega.model.finding import Status
from collega.model.job import Event, Job, JobState
from collega.model.label import Label, ReportLabels, Reservation, label_step
from collega.model.order import Report
from collega.model.standing import standing
from collega.ports.linked import links_of
from collega.ports.machine import Clock
from collega.ports.store import Store, Transaction
from collega.read.discrepancies import SignedReport, Spoken, differences, note_differences

# What an app in these stages says reaches no reader, and so nobody is asked to look at it.
UNHEARD = frozenset({Stage.OFF, Stage.SHADOW})


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """What a labeller made of a text; ``looked_for`` are the findings that it knows, and looked for in it."""

    labeller: str
    abnormal_score: float | None
    is_normal: bool | None
    looked_for: tuple[str, ...]
    labels: tuple[Label, ...]
    reservation: Reservation = Reservation.NONE


ReadReport = Callable[[str], Awaitable[Made]]


async def label(store: Store, clock: Clock, read: ReadReport | None, *, study_key: str) -> None:
    """Label the report of a study as it stands, where that is not done, and note where apps said otherwise.

    The same step is ordered when a report is signed, corrected or taken away, and when an app has answered after that.
    """
    if read is None:
        return
    async with store.transaction() as transaction:
        report = await signed_now(transaction, study_key)
        kept = await transaction.labels_of(study_key)
    is_new = report is not None and (not kept or kept[-1].report_version != report.version)
    made = await read(report.text) if report is not None and is_new else None
    async with store.transaction() as transaction:
        # The study is locked: an app that answers meanwhile finds these labels, or is found here.
        await transaction.study(study_key, lock=True)
        now = clock.now()
        if _version(await signed_now(transaction, study_key)) != _version(report):
            await transaction.add_step(label_step(study_key))
            return
        kept = await transaction.labels_of(study_key)
        if _version(report) != (kept[-1].report_version if kept else ""):
            kept = [await keep_made(transaction, study_key, report, made, 1 + len(kept), now)]
        if report is not None and kept:
            await _compare(transaction, study_key, kept[-1], now)


def _version(report: Report | None) -> str:
    return report.version if report else ""


async def signed_now(transaction: Transaction, study_key: str) -> Report | None:
    """Give the signed report of a study as it stands; None where there is none."""
    study = await transaction.study(study_key)
    if study is None:
        return None
    report = standing((await links_of(transaction, study)).reports)
    return report if report is not None and report.is_signed else None


async def keep_made(  # noqa: PLR0913 - one version of the labels
    transaction: Transaction, study_key: str, report: Report | None, made: Made | None, number: int, now: datetime
) -> ReportLabels:
    """Keep the labels of a report, or that there is none any more, as the version of that number."""
    labels = ReportLabels(
        study_key=study_key,
        number=number,
        report_version=_version(report),
        labeller=made.labeller if made else "",
        signed_at=report.at if report else None,
        at=now,
        abnormal_score=made.abnormal_score if made else None,
        is_normal=made.is_normal if made else None,
        looked_for=made.looked_for if made else (),
        labels=made.labels if made else (),
        reservation=made.reservation if made else Reservation.NONE,
    )
    await transaction.add_labels(labels)
    payload: dict[str, object] = {
        "number": number,
        "normal": labels.is_normal,
        "labels": {one.finding_id: one.word for one in labels.labels},
        "labeller": labels.labeller,
        "reservation": labels.reservation,
    }
    await transaction.add_event(Event(kind="labelled", at=now, study_key=study_key, payload=payload))
    return labels


async def _compare(transaction: Transaction, study_key: str, labels: ReportLabels, now: datetime) -> None:
    report = signed_report(labels)
    found: list[Discrepancy] = []
    for job in await transaction.jobs_of(study_key):
        spoken = await _spoken(transaction, job, labels.looked_for)
        found += differences(spoken, report, now) if spoken and report else ()
    await note_differences(transaction, found)


def signed_report(labels: ReportLabels) -> SignedReport | None:
    """Give labels in the form in which an app's words are held against them; None where there is no report."""
    if labels.signed_at is None:
        return None
    by_finding = {one.finding_id: one for one in labels.labels}
    return SignedReport(version=labels.report_version, signed_at=labels.signed_at, labels=by_finding)


async def _spoken(transaction: Transaction, job: Job, looked_for: Sequence[str]) -> Spoken | None:
    """Give what an app has told readers of a study, as far as the labeller knows of such findings."""
    if job.state is not JobState.DONE or await transaction.stage_of(job.app_id, job.app_version) in UNHEARD:
        return None
    result = await transaction.result_of(job.key)
    if result is None or result.status is not Status.ANALYSED:
        return None
    return Spoken(
        study_key=job.study_key,
        job_key=job.key,
        app_id=job.app_id,
        findings=tuple(one for one in result.findings if one.id in looked_for),
        at=job.updated_at,
    )
