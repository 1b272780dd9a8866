"""The reference of a site: labels of reports, readers, panels and other data, gathered with what was visible before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.postgres import label_checks, references
from collega.bootstrap.evidence.places import about_studies, made_at
from collega.bootstrap.site import Asked
from collega.config import Settings
from collega.errors import InputError
from collega.formats.csv_table import ABSENT, PRESENT, Row
from collega.measure.label_checks import error_by_finding, words_of
from collega.measure.reference_cases import Question, against_reference, latest_labels
from collega.measure.sight import Look, Spoke, StageChange, by_another_clock, heard_from, seen_before
from collega.measure.site_validation import SiteTables, error_beside, site_tables
from collega.model.app import Stage
from collega.model.feedback import Opinion, Seen
from collega.model.finding import Evaluation
from collega.model.label_check import LabelCheck
from collega.model.reference import ReferenceLabel, ReferenceSource, Strength, TruthWord
from collega.stats.label_error import LabelError

COLUMNS = ("study", "finding", "label", "date")
UNCERTAIN = frozenset({"uncertain", "onzeker", "unsure", "equivocal"})
# What an opinion on an app's word makes of it.
TURNED: Mapping[tuple[Opinion, Evaluation], TruthWord] = {
    (Opinion.AGREE, Evaluation.PRESENT): TruthWord.PRESENT,
    (Opinion.AGREE, Evaluation.ABSENT): TruthWord.ABSENT,
    (Opinion.DISAGREE, Evaluation.PRESENT): TruthWord.ABSENT,
    (Opinion.DISAGREE, Evaluation.ABSENT): TruthWord.PRESENT,
}
LABELLER = "labeller"
READER = "reader"


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """What tells whether AI had been visible, of some studies."""

    spoken: Mapping[str, Sequence[Spoke]]
    looks: Mapping[str, Sequence[Look]]
    stages: Sequence[StageChange]
    default: Stage

    def before(self, study_key: str, span: tuple[datetime, datetime]) -> Seen:
        """Tell whether AI's word on a study had been visible before something was found."""
        heard = [
            at
            for one in self.spoken.get(study_key, ())
            if (at := heard_from(one, self.stages, self.default)) is not None
        ]
        return seen_before(heard, self.looks.get(study_key, ()), span)


async def sight_of(transaction: Asked, settings: Settings, study_keys: Sequence[str]) -> Sight:
    """Ask what was visible of these studies, and when."""
    return Sight(
        spoken=await references.spoken(transaction, study_keys),
        looks=await references.looks(transaction, study_keys),
        stages=await references.stages(transaction),
        default=settings.default_stage,
    )


async def every_label(transaction: Asked, settings: Settings, finding: str = "") -> list[ReferenceLabel]:
    """List all labels of this site, or those of a finding: of reports as they stand, of the others every version."""
    found = [*await _of_opinions(transaction), *await references.kept(transaction)]
    others = [one for one in found if finding in {"", one.finding_id}]
    return [*await _of_reports(transaction, settings, finding), *others]


async def _of_reports(transaction: Asked, settings: Settings, finding: str) -> list[ReferenceLabel]:
    reports = await references.report_labels(transaction, finding)
    sight = await sight_of(transaction, settings, [one.study_key for one in reports])
    made = []
    for report in reports:
        signed = report.signed_at or report.at
        seen = sight.before(report.study_key, by_another_clock(signed))
        made += [
            ReferenceLabel(
                study_key=report.study_key,
                finding_id=name,
                source=ReferenceSource.REPORT,
                origin=report.labeller,
                word=word,
                strength=Strength.WEAK,
                ai_visible=seen,
                dated=signed,
                at=report.at,
                actor=LABELLER,
                number=report.number,
            )
            for name, word in words_of(report).items()
            if finding in {"", name}
        ]
    return made


async def _of_opinions(transaction: Asked) -> list[ReferenceLabel]:
    return [
        ReferenceLabel(
            study_key=row["study_key"],
            finding_id=row["finding_id"],
            source=ReferenceSource.FEEDBACK,
            origin=f"{row['reader']}, on {row['app_id']}",
            word=_turned(row["opinion"], row["said"]),
            strength=Strength.WEAK,
            ai_visible=row["ai_seen"],
            dated=row["at"],
            at=row["at"],
            actor=row["reader"],
            number=row["number"],
        )
        for row in await references.opinions(transaction)
    ]


def _turned(opinion: Opinion, said: Evaluation | None) -> TruthWord:
    if opinion is Opinion.WITHDRAWN:
        return TruthWord.WITHDRAWN
    return TURNED.get((opinion, said), TruthWord.UNCERTAIN) if said is not None else TruthWord.UNCERTAIN


# ------------------------------------------------------------------ other data


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """What is said of all lines of a table; without ``ai_visible`` that is worked out from the events of each study."""

    source: ReferenceSource
    strength: Strength
    origin: str
    actor: str
    zone: ZoneInfo
    ai_visible: Seen | None = None


async def add_table(transaction: Asked, settings: Settings, rows: Sequence[Row], given: Given) -> list[ReferenceLabel]:
    """Keep the labels of a table, all of them or none.

    Raises
    ------
    InputError
        Says the line, the column and what to do: an unknown study, a word that is none, a label older than its study,
        a study and finding that stand there twice.
    """
    studies = await references.studies_named(transaction, [row.text("study") for row in rows])
    sight = await sight_of(
        transaction, settings, sorted({one["study_key"] for found in studies.values() for one in found})
    )
    now = datetime.now(UTC)
    made: dict[tuple[str, str], ReferenceLabel] = {}
    for row in rows:
        study = _study(row, studies)
        span = _span(row, study, given.zone, now)
        label = ReferenceLabel(
            study_key=study["study_key"],
            finding_id=row.text("finding"),
            source=given.source,
            origin=given.origin,
            word=_word(row),
            strength=given.strength,
            ai_visible=given.ai_visible or sight.before(study["study_key"], span),
            dated=span[0],
            at=now,
            actor=given.actor,
            remark=row.cells.get("remark", ""),
        )
        if (label.study_key, label.finding_id) in made:
            raise row.complain("finding", "this finding of this study stands in the table before: take one line out")
        made[label.study_key, label.finding_id] = label
    return [replace(one, number=await references.add(transaction, one)) for one in made.values()]


def _study(row: Row, studies: Mapping[str, Sequence[dict[str, Any]]]) -> dict[str, Any]:
    found = studies.get(row.text("study"), ())
    if not found:
        raise row.complain("study", "no such study was received: write its Study Instance UID or accession number")
    if len(found) > 1:
        raise row.complain("study", f"{len(found)} studies have this accession number: write the Study Instance UID")
    return found[0]


def _span(row: Row, study: Mapping[str, Any], zone: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """Give the span in which something was found: a day where no time is written."""
    at = row.moment("date")
    local = at if at.tzinfo else at.replace(tzinfo=zone)
    is_day = local.timetz().replace(tzinfo=None) == time() and "T" not in row.cells["date"]
    span = (local.astimezone(UTC), (local + timedelta(days=1) if is_day else local).astimezone(UTC))
    if span[0] > now:
        raise row.complain("date", f"{row.cells['date']} is yet to come: write when it was found")
    made = made_at(study["study_at"], study["study_date"], zone)
    if made is not None and span[1] < made:
        problem = f"{row.cells['date']} is before the study itself ({made.astimezone(zone):%Y-%m-%d}): "
        raise row.complain("date", problem + "correct the date, or leave the line out: it is of an earlier study")
    return span


def _word(row: Row) -> TruthWord:
    written = row.text("label").casefold()
    words = ((PRESENT, TruthWord.PRESENT), (ABSENT, TruthWord.ABSENT), (UNCERTAIN, TruthWord.UNCERTAIN))
    found = next((word for spellings, word in words if written in spellings), None)
    if found is None and written == TruthWord.WITHDRAWN:
        return TruthWord.WITHDRAWN
    if found is None:
        raise row.complain(
            "label", f"{row.cells['label']!r} is no label: write present, absent, uncertain or withdrawn"
        )
    return found


# ------------------------------------------------------------------ figures


async def errors_of(transaction: Asked, confidence: float = 0.95) -> dict[str, dict[str, LabelError]]:
    """Give the error of each finding's label, by labeller: of the last check of it that is done."""
    done = [check for check in await label_checks.listed(transaction) if check.is_done]
    latest: dict[str, LabelCheck] = {}
    for check in done:
        latest.setdefault(check.labeller, check)
    return {labeller: error_by_finding(check, confidence) for labeller, check in latest.items()}


async def error_here(transaction: Asked, finding: str) -> LabelError | None:
    """Give the error of a finding's labels at this site; None where unknown, or where several labellers made them."""
    there = await references.labellers(transaction)
    return (await errors_of(transaction)).get(there[0], {}).get(finding) if len(there) == 1 else None


async def accuracy(transaction: Asked, settings: Settings, app: tuple[str, str], question: Question) -> dict[str, Any]:
    """Hold an app against the reference of this site; ``app`` is its id, and a version or nothing."""
    said = await references.said(transaction, *app, question.finding)
    if not said:
        name = " ".join(part for part in app if part)
        message = f"{name}: has said nothing of {question.finding} on any study; see `collega apps list`"
        raise InputError(message)
    errors = await errors_of(transaction, question.confidence)
    labels = await every_label(transaction, settings, question.finding)
    told = against_reference(said, labels, question, lambda labeller: errors.get(labeller, {}).get(question.finding))
    return {"app": app[0], "version": app[1], "analysed": len(said), **told}


async def site_validation(
    transaction: Asked, settings: Settings, app: tuple[str, str], finding: str, groups: Sequence[str]
) -> SiteTables:
    """Gather the scores of an app version and the reference of this site as the tables of a validation."""
    found = await references.runs(transaction, *app, finding)
    about = await about_studies(transaction, ZoneInfo(settings.site.timezone), [run.study_key for run in found])
    places = {key: one.places for key, one in about.items()}
    return site_tables(found, await every_label(transaction, settings, finding), finding, groups, places)


async def label_errors(transaction: Asked, tables: SiteTables, threshold: float, confidence: float) -> dict[str, Any]:
    """Tell the error of the labels in these tables, and the figures freed of it."""
    errors = await errors_of(transaction, confidence)
    told = error_beside(tables, threshold, confidence, lambda labeller: errors.get(labeller, {}).get(tables.finding))
    return {**told, "reserved": await references.reserved(transaction)}


def rows_of(labels: Iterable[ReferenceLabel], uids: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give labels as rows of a table."""
    names = ("finding_id", "source", "origin", "word", "strength", "ai_visible", "dated", "number", "at", "actor")
    return [
        {
            "study_instance_uid": uids.get(one.study_key, ""),
            **{name: getattr(one, name) for name in names},
            "remark": one.remark,
        }
        for one in labels
    ]


async def listed(transaction: Asked, settings: Settings, finding: str, *, history: bool) -> list[dict[str, Any]]:
    """List the labels that count, or with their history every version."""
    every = await every_label(transaction, settings, finding)
    found = every if history else latest_labels(every)
    uids = await references.uids_of(transaction, sorted({one.study_key for one in found}))
    return rows_of(found, uids)
