"""Training the score of normal against abnormal on a table of reports that people have judged."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collega.bootstrap.reports.report_labels import labeller, model_name, write_model
from collega.bootstrap.reports.report_tables import ReportTable, sections_of
from collega.config import Settings
from collega.errors import InputError
from collega.read.reports.assess import assess
from collega.read.reports.language import other_language
from collega.read.reports.train import train, unseen_margins


@dataclass(frozen=True, slots=True)
class Reference:
    """The columns with the text, the one with what people said, and what it says of a normal report."""

    text: tuple[str, ...]
    column: str
    normal: str


def train_on(
    settings: Settings, language: str, table: ReportTable, reference: Reference, out: Path | None
) -> dict[str, Any]:
    """Train on a table, judge by cross-validation, and write the score.

    Raises
    ------
    InputError
        The table lacks what is needed, or there is no place for the score.
    """
    target = _target(settings, language, out)
    reader = labeller(settings, language)
    (place,) = table.places([reference.column])
    reads = [reader.read(sections) for sections in sections_of(reader, table, reference.text)]
    kept = [(read, row[place].strip() != reference.normal) for read, row in zip(reads, table.rows, strict=True) if read]
    _check_language(table, reference, language)
    texts, abnormal = [read for read, _ in kept], [is_abnormal for _, is_abnormal in kept]
    try:
        model = train(language, texts, abnormal, name=table.name.rpartition("/")[2])
    except ValueError as error:
        message = f"{table.name}: {reference.column}: {error} are needed; normal is {reference.normal!r}"
        raise InputError(message) from None
    seen = assess(unseen_margins(texts, abnormal), abnormal)
    try:
        write_model(target, model)
    except OSError as error:
        message = f"{target}: not writable: {error.strerror}"
        raise InputError(message) from None
    return {
        "file": str(target),
        "reports": len(abnormal),
        "normal": len(abnormal) - sum(abnormal),
        "auc": seen.auc,
        "accuracy": seen.accuracy,
        "accuracy_ci": list(seen.accuracy_ci),
    }


def _check_language(table: ReportTable, reference: Reference, language: str) -> None:
    """Refuse to make a score of one language from reports of another."""
    places = table.places(reference.text)
    foreign = sum(bool(other_language(" ".join(row[place] for place in places), language)) for row in table.rows)
    if 2 * foreign > len(table.rows):
        what = f"{foreign} of {len(table.rows)} reports look as if they were not in {language}"
        message = f"{table.name}: {what}; give --language"
        raise InputError(message)


def _target(settings: Settings, language: str, out: Path | None) -> Path:
    if out is not None:
        return out
    if not settings.reports.folder:
        message = "reports.folder: the setting names no folder for a score of this site; name one, or give --out"
        raise InputError(message)
    return Path(settings.reports.folder) / model_name(language)
