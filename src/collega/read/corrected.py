"""A label that somebody found wrong is set right: a new version of the report's labels, with who has said so (R74)."""

from collections.abc import Sequence
from dataclasses import replace

from collega.model.discrepancy import Correction, Discrepancy
from collega.model.job import Event
from collega.model.label import Label, LabelWord, ReportLabels, Reservation, label_step
from collega.ports.store import Transaction
from collega.read.feedback import Reader


async def correct_label(transaction: Transaction, changed: Discrepancy, reader: Reader) -> None:
    """Bring the label of a finding in line with what people have said of it, and have the apps held against it anew.

    Nothing is done where the report has been corrected since: the label is one of another text.
    """
    await transaction.study(changed.study_key, lock=True)
    history = await transaction.labels_of(changed.study_key)
    said = [one for one in await transaction.discrepancies_of(changed.study_key) if _is_about(one, changed)]
    labels = corrected(history, said, changed, reader)
    if labels is None:
        return
    await transaction.add_labels(labels)
    payload: dict[str, object] = {
        "number": labels.number,
        "finding": changed.finding_id,
        "word": word_of(labels, changed.finding_id),
        "discrepancy": changed.key,
    }
    await transaction.add_event(
        Event(kind="label_corrected", at=reader.at, study_key=changed.study_key, actor=reader.name, payload=payload)
    )
    await transaction.add_step(label_step(changed.study_key))


def corrected(
    history: Sequence[ReportLabels], said: Sequence[Discrepancy], changed: Discrepancy, reader: Reader
) -> ReportLabels | None:
    """Make the next version of a report's labels; None where they stand as they should.

    Parameters
    ----------
    history : Sequence of ReportLabels
        Every version, in order.
    said : Sequence of Discrepancy
        Those of the same finding and report as ``changed``, as they stand: the last correction counts, and without any
        the label is again what the program made of the text.
    changed : Discrepancy
    reader : Reader
    """
    now = history[-1] if history else None
    read = [one for one in history if one.report_version == changed.report_version and not one.corrected_by]
    if now is None or now.report_version != changed.report_version or not read:
        return None
    labels = tuple(one for one in now.labels if one.finding_id != changed.finding_id)
    label = _label(said, read[-1], changed)
    labels += (label,) if label else ()
    if set(labels) == set(now.labels):
        return None
    # The program's word on the whole stands, but for a report that somebody says names a finding.
    names = any(one.word is LabelWord.PRESENT and one not in read[-1].labels for one in labels)
    return replace(
        now,
        number=now.number + 1,
        at=reader.at,
        labels=labels,
        is_normal=False if names else read[-1].is_normal,
        corrected_by=reader.name,
        corrected_finding=changed.finding_id,
        reservation=Reservation.NONE if names else read[-1].reservation,
    )


def word_of(labels: ReportLabels, finding_id: str) -> str:
    """Give the word on a finding; that a report is silent of it is one too."""
    words = [one.word.value for one in labels.labels if one.finding_id == finding_id]
    return words[0] if words else Correction.SILENT.value


def _is_about(one: Discrepancy, changed: Discrepancy) -> bool:
    return (one.finding_id, one.report_version) == (changed.finding_id, changed.report_version)


def _label(said: Sequence[Discrepancy], read: ReportLabels, changed: Discrepancy) -> Label | None:
    by_program = next((one for one in read.labels if one.finding_id == changed.finding_id), None)
    words = [one for one in said if one.correction is not Correction.NONE]
    if not words:
        return by_program
    last = max(words, key=lambda one: (one.changed_at or one.found_at, one.key))
    if last.correction is Correction.SILENT:
        return None
    sentence = by_program.sentence if by_program else ""
    return Label(finding_id=changed.finding_id, word=LabelWord(last.correction.value), sentence=sentence)
