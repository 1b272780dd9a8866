"""A panel's cases: which are read, which must be settled, and what came of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from collega.errors import InputError
from collega.formats.csv_table import Row
from collega.measure.reference import agreement
from collega.model.feedback import Seen
from collega.model.panel import Panel, PanelRead
from collega.model.reference import ReferenceLabel, ReferenceSource, Strength, TruthWord
from collega.stats.krippendorff import Level

Outcome = Mapping[str, TruthWord]
NOT_READ = "no case is read by every reader yet"


def latest_reads(panel: Panel) -> dict[tuple[int, str], PanelRead]:
    """Give the last version of what each reader says of each case."""
    found: dict[tuple[int, str], PanelRead] = {}
    for read in sorted(panel.reads, key=lambda one: one.number):
        found[read.case, read.reader] = read
    return found


def numbers_of(panel: Panel) -> range:
    """Give the numbers of the cases."""
    return range(1, len(panel.cases) + 1)


def waiting_for(panel: Panel, reader: str) -> list[int]:
    """List the cases that wait for somebody: to be read, or to be settled where the readers do not agree."""
    if panel.closed_at is not None:
        return []
    done = latest_reads(panel)
    if reader in panel.readers:
        return [case for case in numbers_of(panel) if (case, reader) not in done]
    if reader == panel.adjudicator:
        return [case for case in to_settle(panel) if (case, reader) not in done]
    return []


def is_read(panel: Panel, case: int) -> bool:
    """Tell whether every reader has read a case."""
    done = latest_reads(panel)
    return all((case, reader) in done for reader in panel.readers)


def disputed(panel: Panel, case: int) -> list[str]:
    """List the findings of a case that was read on which the readers do not agree, or agree that they cannot tell."""
    done = latest_reads(panel)
    words = [done[case, reader].words for reader in panel.readers]
    return [
        name
        for name in panel.findings
        if len({one[name] for one in words}) > 1 or words[0][name] is TruthWord.UNCERTAIN
    ]


def to_settle(panel: Panel) -> list[int]:
    """List the cases that every reader has read, and that must be settled."""
    return [case for case in numbers_of(panel) if is_read(panel, case) and disputed(panel, case)]


def outcome(panel: Panel, case: int) -> Outcome | None:
    """Give what the panel says of a case; None before it is read and, where it must be, settled."""
    if not is_read(panel, case):
        return None
    done, open_ones = latest_reads(panel), disputed(panel, case)
    settled = done.get((case, panel.adjudicator))
    if open_ones and settled is None:
        return None
    first = done[case, panel.readers[0]].words
    return {
        name: settled.words[name] if settled is not None and name in open_ones else first[name]
        for name in panel.findings
    }


def is_ready(panel: Panel) -> bool:
    """Tell whether every case has its outcome."""
    return bool(panel.cases) and all(outcome(panel, case) is not None for case in numbers_of(panel))


def agreements(panel: Panel, confidence: float = 0.95) -> dict[str, dict[str, Any]]:
    """Tell for each finding how well readers agree on cases that all have read; ``limit`` says why where none is."""
    done = latest_reads(panel)
    told: dict[str, dict[str, Any]] = {}
    for name in panel.findings:
        rows = [
            _row(panel.name, line, reader, case, done[case, reader].words[name])
            for line, (case, reader) in enumerate(
                sorted(key for key in done if key[1] in panel.readers and is_read(panel, key[0])), start=2
            )
        ]
        told[name] = _agreement(rows, confidence)
    return told


def _row(table: str, line: int, reader: str, case: int, word: str) -> Row:
    return Row(table=table, line=line, cells={"reader": reader, "case": str(case), "label": word})


def _agreement(rows: Sequence[Row], confidence: float) -> dict[str, Any]:
    if not rows:
        return {"cases": 0, "same": 0, "alpha": None, "cohen": None, "fleiss": None, "limit": NOT_READ}
    said: dict[str, set[str]] = {}
    for row in rows:
        said.setdefault(row.cells["case"], set()).add(row.cells["label"])
    same = {"cases": len(said), "same": sum(len(words) == 1 for words in said.values())}
    try:
        found = agreement(rows, Level.NOMINAL, confidence)
    except InputError as error:
        return {**same, "alpha": None, "cohen": None, "fleiss": None, "limit": str(error)}
    return {**same, **{name: found[name] for name in ("alpha", "cohen", "fleiss")}, "limit": ""}


def labels_of_panel(panel: Panel, actor: str) -> list[ReferenceLabel]:
    """Make the labels of a panel that is closed: strong ones, dated by its last read of the case.

    AI counts as visible where it was so to one of those whose word counts.
    """
    if panel.closed_at is None:
        message = "a panel gives its labels when it is closed"
        raise ValueError(message)
    made: list[ReferenceLabel] = []
    for case in numbers_of(panel):
        reads = [one for (number, _), one in latest_reads(panel).items() if number == case]
        for name, word in (outcome(panel, case) or {}).items():
            label = ReferenceLabel(
                study_key=panel.cases[case - 1],
                finding_id=name,
                source=ReferenceSource.PANEL,
                origin=panel.name,
                word=word,
                strength=Strength.STRONG,
                ai_visible=_worst(one.ai_visible for one in reads),
                dated=max(one.at for one in reads),
                at=panel.closed_at,
                actor=actor,
            )
            made.append(label)
    return made


def _worst(seen: Iterable[Seen]) -> Seen:
    found = set(seen)
    return next(word for word in (Seen.YES, Seen.UNKNOWN, Seen.NO) if word in found)
