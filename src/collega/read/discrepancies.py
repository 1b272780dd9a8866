"""Where an app's word and a signed report differ (R74); nothing here closes by itself."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from collega.model.discrepancy import Conclusion, Contrast, Correction, Discrepancy, DiscrepancyState
from collega.model.finding import Evaluation, Finding
from collega.model.job import Event
from collega.model.label import Label, LabelWord
from collega.ports.store import Transaction

# What an app says x what the report says (None: nothing) -> what is to be looked at.
# A report that is silent about a finding which AI names is looked at; about one that AI denies, it is not.
CONTRASTS: Mapping[tuple[Evaluation, LabelWord | None], Contrast] = {
    (Evaluation.PRESENT, LabelWord.ABSENT): Contrast.AI_POSITIVE,
    (Evaluation.PRESENT, LabelWord.HISTORIC): Contrast.AI_POSITIVE,
    (Evaluation.PRESENT, None): Contrast.AI_POSITIVE,
    (Evaluation.ABSENT, LabelWord.PRESENT): Contrast.AI_NEGATIVE,
}

# State -> what a person may do with it; nothing else changes it.
CHANGES: Mapping[DiscrepancyState, frozenset[str]] = {
    DiscrepancyState.OPEN: frozenset({"taken", "closed"}),
    DiscrepancyState.TAKEN: frozenset({"taken", "closed"}),
    DiscrepancyState.CLOSED: frozenset({"reopened"}),
}
# What nobody has taken by then is overdue, as what its owner has not closed in time.
TO_BE_TAKEN = timedelta(days=2)


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """What an app has said of a study, and when."""

    study_key: str
    job_key: str
    app_id: str
    findings: tuple[Finding, ...]
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedReport:
    """A signed report with what it says of findings, by finding."""

    version: str
    signed_at: datetime
    labels: Mapping[str, Label]


def differences(spoken: Spoken, report: SignedReport, at: datetime) -> tuple[Discrepancy, ...]:
    """Hold an app's words against a report.

    A finding that AI names after the signature is late where the report is not of the same opinion: its writer
    could not have known of it.
    """
    found = []
    for finding in spoken.findings:
        label = report.labels.get(finding.id)
        contrast = CONTRASTS.get((finding.evaluation, label.word if label else None))
        if contrast is Contrast.AI_POSITIVE and spoken.at > report.signed_at:
            contrast = Contrast.AI_LATE
        if contrast is not None:
            found.append(_new(spoken, finding, contrast, report.version, label, at))
    return tuple(found)


def _new(  # noqa: PLR0913 - what a discrepancy is made of
    spoken: Spoken, finding: Finding, contrast: Contrast, version: str, label: Label | None, at: datetime
) -> Discrepancy:
    return Discrepancy(
        key=str(uuid.uuid4()),
        study_key=spoken.study_key,
        job_key=spoken.job_key,
        app_id=spoken.app_id,
        finding_id=finding.id,
        contrast=contrast,
        report_version=version,
        sentence=label.sentence if label else "",
        found_at=at,
    )


async def note_differences(transaction: Transaction, found: Iterable[Discrepancy]) -> int:
    """Keep those that are new, each with its event; how many there were."""
    return sum([await _note(transaction, one) for one in found])


async def _note(transaction: Transaction, one: Discrepancy) -> bool:
    if not await transaction.add_discrepancy(one):
        return False
    await transaction.add_event(told("discrepancy_found", one, one.found_at))
    return True


def told(kind: str, one: Discrepancy, at: datetime, actor: str = "") -> Event:
    """Make the event of a discrepancy; remarks and sentences stay where they are."""
    payload = {"discrepancy": one.key, "app": one.app_id, "finding": one.finding_id, "contrast": one.contrast.value}
    return Event(
        kind=kind,
        at=at,
        study_key=one.study_key,
        job_key=one.job_key,
        actor=actor,
        payload={**payload, "version": one.revision},
    )


def taken(one: Discrepancy, owner: str, deadline: date | None, by: str, at: datetime) -> Discrepancy:
    """Give it to somebody; what is closed is opened again first."""
    _may(one, "taken")
    return replace(
        one,
        state=DiscrepancyState.TAKEN,
        owner=owner,
        deadline=deadline,
        revision=one.revision + 1,
        changed_by=by,
        changed_at=at,
    )


def closed(  # noqa: PLR0913 - what closing asks for
    one: Discrepancy,
    verdict: Conclusion,
    by: str,
    at: datetime,
    *,
    remark: str = "",
    patient_recalled: bool = False,
    correction: Correction = Correction.NONE,
) -> Discrepancy:
    """Close it with what was found when somebody looked again.

    Raises
    ------
    ValueError
        There is no verdict, or it is closed already.
    """
    _may(one, "closed")
    return replace(
        one,
        state=DiscrepancyState.CLOSED,
        verdict=verdict,
        owner=one.owner or by,
        remark=remark,
        patient_recalled=patient_recalled,
        correction=correction,
        revision=one.revision + 1,
        changed_by=by,
        changed_at=at,
    )


def reopened(one: Discrepancy, by: str, at: datetime) -> Discrepancy:
    """Open it again; its owner keeps it, and what was noted of the patient stays."""
    _may(one, "reopened")
    return replace(
        one,
        state=DiscrepancyState.TAKEN if one.owner else DiscrepancyState.OPEN,
        verdict=Conclusion.NONE,
        correction=Correction.NONE,
        revision=one.revision + 1,
        changed_by=by,
        changed_at=at,
    )


def _may(one: Discrepancy, change: str) -> None:
    if change not in CHANGES[one.state]:
        can = " or ".join(sorted(CHANGES[one.state]))
        message = f"it is {one.state}: it cannot be {change}, but it can be {can}"
        raise ValueError(message)


def last_day(one: Discrepancy, zone: ZoneInfo) -> date | None:
    """Give the day by which somebody is to have taken it, or its owner to have closed it; None where none is set."""
    return _last_day(one.state, one.found_at, one.deadline, zone)


def is_overdue(one: Discrepancy, now: datetime, zone: ZoneInfo) -> bool:
    """Whether that day has gone by."""
    return is_late(one.state, one.found_at, one.deadline, now, zone)


def is_late(state: str, found_at: datetime, deadline: date | None, now: datetime, zone: ZoneInfo) -> bool:
    """As `is_overdue`, for what is known of one without the whole of it."""
    last = _last_day(state, found_at, deadline, zone)
    return last is not None and now.astimezone(zone).date() > last


def _last_day(state: str, found_at: datetime, deadline: date | None, zone: ZoneInfo) -> date | None:
    if state == DiscrepancyState.OPEN:
        return (found_at.astimezone(zone) + TO_BE_TAKEN).date()
    return deadline if state == DiscrepancyState.TAKEN else None
