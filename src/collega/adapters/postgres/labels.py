"""Labels of signed reports: those of every version are kept."""

from collections.abc import Sequence
from dataclasses import asdict

from collega.adapters.postgres.arrivals import PostgresArrivals
from collega.adapters.postgres.rows import Row
from collega.errors import FencedError
from collega.model.label import Label, LabelWord, ReportLabels, Reservation

ADD = """INSERT INTO report_labels (study_key, number, report_version, labeller, signed_at, at, abnormal_score,
    is_normal, looked_for, corrected_by, corrected_finding, reservation)
    VALUES (%(study_key)s, %(number)s, %(report_version)s, %(labeller)s, %(signed_at)s, %(at)s,
    %(abnormal_score)s, %(is_normal)s,
    %(looked_for)s, %(corrected_by)s,
    %(corrected_finding)s, %(reservation)s) ON CONFLICT DO NOTHING RETURNING 1 AS kept"""
ADD_WORD = b"""INSERT INTO report_label (study_key, number, place, finding_id, word, sentence)
    VALUES (%s, %s, %s, %s, %s, %s)"""
LABELS = "SELECT * FROM report_labels WHERE study_key = %s ORDER BY number"
WORDS = "SELECT * FROM report_label WHERE study_key = %s ORDER BY number, place"


class PostgresLabels(PostgresArrivals):
    """The part of a transaction that is about what signed reports say."""

    async def add_labels(self, labels: ReportLabels) -> None:
        """Keep the labels of a version; refused where their number is taken."""
        if await self._one(ADD, {**asdict(labels), "looked_for": list(labels.looked_for)}) is None:
            message = "the labels of the report have been changed meanwhile"
            raise FencedError(message)
        key = (labels.study_key, labels.number)
        rows = [(*key, place, one.finding_id, one.word, one.sentence) for place, one in enumerate(labels.labels)]
        async with self._connection.cursor() as cursor:
            await cursor.executemany(ADD_WORD, rows)

    async def labels_of(self, study_key: str) -> Sequence[ReportLabels]:
        """List the labels of every version of a study's report, in the order of their numbers."""
        words = await self._all(WORDS, (study_key,))
        return [_labels(row, words) for row in await self._all(LABELS, (study_key,))]


def _labels(row: Row, words: Sequence[Row]) -> ReportLabels:
    mine = (one for one in words if one["number"] == row["number"])
    labels = tuple(
        Label(finding_id=one["finding_id"], word=LabelWord(one["word"]), sentence=one["sentence"]) for one in mine
    )
    plain = {**row, "looked_for": tuple(row["looked_for"]), "reservation": Reservation(row["reservation"])}
    return ReportLabels(**plain, labels=labels)
