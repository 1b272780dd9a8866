"""A validation on a site's own scores and reports: raw figures, the label's error, and figures freed of it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from collega.adapters.postgres import label_checks
from collega.adapters.postgres.store import PostgresTransaction
from collega.bootstrap.evidence import label_checking, referencing
from collega.bootstrap.worth.needs import corrected_normal
from collega.cli.roi_labels import of_need
from collega.config import Settings
from collega.errors import InputError
from collega.formats.validation_view import View, validation_view
from collega.measure.study_plan import read_plan
from collega.measure.validation_report import Reported, validation_report
from collega.model.finding import Evaluation
from collega.model.job import JobState
from collega.model.label import Label, LabelWord, ReportLabels
from collega.model.label_check import ABNORMAL, CheckAnswer
from collega.model.reference import TruthWord
from collega.stats.label_error import LabelError
from collega.testing import records
from collega.value.house import House
from collega.value.opportunity import Bounds, Opportunity, opportunities

pytestmark = pytest.mark.shows("R35", "R69", "R74")
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
APP = ("finder", "1.0.0")
PLAN = """title = "Here"
question = "Is it right?"
app = "finder"
version = "1.0.0"
reference = "reports"
primary = "sensitivity"
threshold = 0.5
cases = 40
labels = "weak"
subgroups = ["view", "hour"]
"""
WORDS = {True: TruthWord.PRESENT, False: TruthWord.ABSENT}
# What app, label and reader say (present or not), and how many studies say so: the label misses and invents some.
STUDIES = (
    (True, True, True, 16), (True, True, False, 2), (False, True, True, 2), (True, False, True, 2),
    (True, False, False, 2), (False, False, False, 16),
)  # fmt: skip


def each() -> Iterator[tuple[str, bool, bool, bool]]:
    """Give the name of each study with what app, label and reader say."""
    words = [(app, label, reader) for app, label, reader, count in STUDIES for _ in range(count)]
    for number, (app, label, reader) in enumerate(words, start=1):
        yield f"1.{number}", app, label, reader


async def fill(transaction: PostgresTransaction) -> dict[str, bool]:
    """Add studies with a run and a report; tells what the reader will say, by study key."""
    manifest, truth = records.manifest(), {}
    for name, app, label, reader in each():
        header = replace(records.header(study=name), study_instance_uid=name)
        key = records.study(header).key
        await transaction.add_study(header, key, AT)
        await transaction.add_instances([records.instance(header)])
        study = await transaction.study(key)
        assert study is not None
        queued = await transaction.add_job(study, manifest, [header.sop_instance_uid], name, AT)
        word = Evaluation.PRESENT if app else Evaluation.ABSENT
        found = records.finding([header.sop_instance_uid], word, 0.8 if app else 0.2)
        result = records.analysed(name, [found])
        job = await transaction.start_attempt(queued.key, AT)
        await transaction.move_job(job, after=JobState.DONE, at=AT, outcome=result.outcome)
        await transaction.add_result(job, result, AT)
        said = LabelWord.PRESENT if label else LabelWord.ABSENT
        await transaction.add_labels(
            ReportLabels(
                study_key=key,
                number=1,
                report_version="v1",
                labeller="nl-1",
                signed_at=AT,
                at=AT,
                is_normal=not label,
                looked_for=("pneumonia",),
                labels=(Label(finding_id="pneumonia", word=said, sentence="s"),),
            )
        )
        truth[key] = reader
    await transaction.run("UPDATE study SET study_at = %s", (AT,))
    await transaction.run('UPDATE instance SET attributes = attributes || \'{"view_position": "PA"}\'')
    return truth


async def told(transaction: PostgresTransaction) -> dict[str, Any]:
    plan = read_plan(PLAN, "plan.toml")
    tables = await referencing.site_validation(transaction, Settings(), APP, "pneumonia", ())
    errors = await referencing.label_errors(transaction, tables, plan.threshold, plan.confidence)
    return validation_report(tables.scores, tables.reference, Reported(plan=plan, label_errors=errors))


def opportunity(normal: int, n: int, error: LabelError | None) -> Opportunity:
    """Make the need of a house of which some reports are normal."""
    nothing = np.full(n, np.nan)
    house = House(
        since=AT.date(), until=AT.date(), days=1.0, exam=np.full(n, "CR"), hours=np.full(n, "day"), received=nothing,
        opened=nothing, signed=nothing, visible=nothing, is_shown=np.zeros(n, dtype=np.bool_), calls=np.zeros(n),
        normal=(np.arange(n) < normal).astype(np.float64), found=nothing,
    )  # fmt: skip
    (need,) = opportunities(house, Bounds(), lambda share: corrected_normal(share, error))
    return need


def beside(view: View) -> tuple[str, ...]:
    (part,) = [part for part in view.parts if part.name == "label-error"]
    (row,) = part.rows
    return row


async def test_figures_on_reports_say_that_the_labels_error_is_unknown_until_a_check_corrects_them(real: Any) -> None:
    async with real.transaction() as transaction:
        truth = await fill(transaction)
        view = validation_view(await told(transaction), "en")
        assert view.warnings[0].startswith("Label error unknown")
        assert beside(view)[5:] == ("unknown", "-", "-")
        check = await label_checking.begin(transaction, "r", seed=5)
        for item in check.items:
            words = dict.fromkeys(check.findings, WORDS[truth[item.study_key]])
            answer = CheckAnswer(item=item.number, reader="r", words=words, at=AT)
            await label_checks.add_answer(transaction, check.key, answer)
        report = await told(transaction)
        error = await referencing.error_here(transaction, ABNORMAL)
        assert error is not None
    need = opportunity(20, 40, error)
    assert of_need(need, None)["label_error"] == "unknown"
    corrected = of_need(need, error)["normal_corrected"]
    # 20 of 40 labelled; sensitivity and specificity are alike, so half stays half, with a wider interval.
    assert corrected["value"] == pytest.approx(0.5)
    assert corrected["low"] < need.normal.low
    assert corrected["high"] > need.normal.high
    # What the site knows of its studies is there for the subgroups that the plan names.
    groups = {(one["column"], one["value"]): one["ppv"]["n"] for one in report["validation"]["subgroups"]}
    assert groups == {("view", "PA"): 22, ("hour", "day"): 22}
    (block,) = report["label_errors"]["groups"]
    raw, freed = block["figures"], block["corrected"]
    assert (block["source"], block["ai_visible"], block["studies"]) == ("report", "no", 40)
    assert raw["sensitivity"]["value"] == pytest.approx(18 / 20)
    assert block["label_error"]["sensitivity"]["value"] == pytest.approx(18 / 20)
    assert block["label_error"]["specificity"]["value"] == pytest.approx(18 / 20)
    # By hand (Staquet): hit = (.9 x 18 - .1 x 4) / .8 of 20 with the disease.
    assert freed["sensitivity"]["value"] == pytest.approx((0.9 * 18 - 0.1 * 4) / 0.8 / 20)
    assert freed["sensitivity"]["low"] < freed["sensitivity"]["value"] < freed["sensitivity"]["high"] <= 1
    view = validation_view(report, "nl")
    assert not any("Labelfout onbekend" in said for said in view.warnings)
    assert beside(view)[0] == "report/no"
    assert beside(view)[6].startswith("0,98")
    with pytest.raises(InputError, match="panel/no: no such labels"):
        async with real.transaction() as transaction:
            await referencing.site_validation(transaction, Settings(), APP, "pneumonia", ("panel/no",))
