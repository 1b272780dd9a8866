"""Where an app's word and a signed report differ (R74); nothing here closes by itself."""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from collega.model.discrepancy import Conclusion, Contrast, Discrepancy, DiscrepancyState
from collega.model.finding import Evaluation, Finding
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
    """Keep those that are new; how many there were."""
    return sum([await transaction.add_discrepancy(one) for one in found])


def taken(one: Discrepancy, owner: str, deadline: date | None, by: str, at: datetime) -> Discrepancy:
    """Give it to somebody."""
    return replace(
        one,
        state=DiscrepancyState.TAKEN,
        verdict=Conclusion.NONE,
        owner=owner,
        deadline=deadline,
        revision=one.revision + 1,
        changed_by=by,
        changed_at=at,
    )


def closed(  # noqa: PLR0913 - what closing asks for
    one: Discrepancy, verdict: Conclusion, by: str, at: datetime, *, remark: str = "", patient_recalled: bool = False
) -> Discrepancy:
    """Close it with what was found when somebody looked again.

    Raises
    ------
    ValueError
        There is no verdict.
    """
    return replace(
        one,
        state=DiscrepancyState.CLOSED,
        verdict=verdict,
        owner=one.owner or by,
        remark=remark,
        patient_recalled=patient_recalled,
        revision=one.revision + 1,
        changed_by=by,
        changed_at=at,
    )


def reopened(one: Discrepancy, by: str, at: datetime) -> Discrepancy:
    """Open it again; its owner keeps it."""
    state = DiscrepancyState.TAKEN if one.owner else DiscrepancyState.OPEN
    return replace(one, state=state, verdict=Conclusion.NONE, revision=one.revision + 1, changed_by=by, changed_at=at)
