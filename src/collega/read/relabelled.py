"""Reports signed before words or score changed are read anew: a further version, and the history stays (R74)."""

from dataclasses import dataclass

from collega.model.discrepancy import Correction
from collega.model.label import ReportLabels
from collega.ports.machine import Clock
from collega.ports.store import Store, Transaction
from collega.read.corrected import corrected
from collega.read.feedback import Reader
from collega.read.signed import ReadReport, keep_made, signed_now


@dataclass(frozen=True, kw_only=True, slots=True)
class Relabelled:
    """What became of a report; ``is_done`` is false where it was signed anew, or is labelled by these words already."""

    is_done: bool
    is_changed: bool = False


async def relabel(store: Store, clock: Clock, read: ReadReport, name: str, *, study_key: str) -> Relabelled:
    """Read the report of a study anew, where what labelled it is not called ``name``.

    No app is held against it again: people are not asked about reports of long ago because our words have changed.
    """
    async with store.transaction() as transaction:
        report = await signed_now(transaction, study_key)
        kept = await transaction.labels_of(study_key)
    if report is None or not kept or kept[-1].report_version != report.version or kept[-1].labeller == name:
        return Relabelled(is_done=False)
    made = await read(report.text)
    async with store.transaction() as transaction:
        await transaction.study(study_key, lock=True)
        before = await transaction.labels_of(study_key)
        now = await signed_now(transaction, study_key)
        if now is None or now.version != report.version or len(before) != len(kept):
            return Relabelled(is_done=False)
        labels = await keep_made(transaction, study_key, report, made, 1 + before[-1].number, clock.now())
        labels = await _corrected(transaction, [*before, labels])
    return Relabelled(is_done=True, is_changed=_words(labels) != _words(before[-1]))


async def _corrected(transaction: Transaction, history: list[ReportLabels]) -> ReportLabels:
    """Put what people have corrected into the version that was just made: a further one for each finding."""
    every = await transaction.discrepancies_of(history[-1].study_key)
    said = [
        one
        for one in every
        if one.report_version == history[-1].report_version and one.correction is not Correction.NONE
    ]
    for finding in sorted({one.finding_id for one in said}):
        mine = [one for one in said if one.finding_id == finding]
        last = max(mine, key=lambda one: (one.changed_at or one.found_at, one.key))
        reader = Reader(name=last.changed_by, role="", at=history[-1].at)
        if (labels := corrected(history, mine, last, reader)) is not None:
            await transaction.add_labels(labels)
            history.append(labels)
    return history[-1]


def _words(labels: ReportLabels) -> tuple[bool | None, frozenset[tuple[str, str]]]:
    return labels.is_normal, frozenset((one.finding_id, one.word) for one in labels.labels)
