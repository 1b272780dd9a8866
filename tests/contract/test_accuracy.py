"""An app's versions against the reference of a site: by source and subgroup, and on the studies that both decided."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from collega.adapters.postgres import references
from collega.adapters.postgres.store import PostgresTransaction
from collega.bootstrap.evidence.by_version import accuracy_by_version
from collega.bootstrap.evidence.places import age_band
from collega.config import Settings
from collega.errors import InputError
from collega.formats.accuracy_view import accuracy_view
from collega.formats.validation_files import report_files
from collega.formats.validation_view import without_cases
from collega.model.feedback import Seen
from collega.model.finding import Evaluation
from collega.model.job import JobState
from collega.model.reference import ReferenceLabel, ReferenceSource, Strength, TruthWord
from collega.testing import records

pytestmark = pytest.mark.shows("R8", "R39", "R69")
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
# What a panel, the first and the second version say of pneumonia, on which scanner, and how many studies say so.
STUDIES = (
    (True, True, True, "A", 20), (True, False, True, "B", 8), (True, False, False, "B", 4),
    (False, False, False, "A", 20), (False, True, False, "A", 3), (False, False, True, "B", 1),
)  # fmt: skip


async def fill(transaction: PostgresTransaction) -> None:
    """Add studies that two versions ran on, with a panel's word; the first version is blind on scanner B."""
    words = [row[:4] for row in STUDIES for _ in range(row[4])]
    for number, (truth, *said, scanner) in enumerate(words, start=1):
        name = f"2.{number}"
        header = replace(records.header(study=name), study_instance_uid=name)
        key = records.study(header).key
        await transaction.add_study(header, key, AT)
        await transaction.add_instances([records.instance(header)])
        study = await transaction.study(key)
        assert study is not None
        for version, word in zip(("1.9.0", "1.10.0"), said, strict=True):
            manifest = replace(records.manifest(), version=version)
            queued = await transaction.add_job(study, manifest, [header.sop_instance_uid], name + version, AT)
            job = await transaction.start_attempt(queued.key, AT)
            evaluation = Evaluation.PRESENT if word else Evaluation.ABSENT
            found = records.finding([header.sop_instance_uid], evaluation, 0.8 if word else 0.2)
            result = records.analysed(name, [found])
            await transaction.move_job(job, after=JobState.DONE, at=AT, outcome=result.outcome)
            await transaction.add_result(job, result, AT)
        await transaction.run(
            "UPDATE instance SET attributes = attributes || jsonb_build_object('station', %s::text) "
            "WHERE study_key = %s",
            (scanner, key),
        )
        label = ReferenceLabel(
            study_key=key,
            finding_id="pneumonia",
            source=ReferenceSource.PANEL,
            origin="p",
            word=TruthWord.PRESENT if truth else TruthWord.ABSENT,
            strength=Strength.STRONG,
            ai_visible=Seen.NO,
            dated=AT,
            at=AT,
            actor="lead",
        )
        await references.add(transaction, label)
    await transaction.run("UPDATE study SET study_at = %s", (AT,))
    await transaction.run("UPDATE job SET updated_at = updated_at + interval '1 day' WHERE app_version = '1.10.0'")


async def test_each_version_has_its_figures_its_weak_spots_and_its_flips(real: Any) -> None:
    async with real.transaction() as transaction:
        await fill(transaction)
        told = await accuracy_by_version(transaction, Settings(), "finder", 0.95)
        with pytest.raises(InputError, match="nobody: has said nothing"):
            await accuracy_by_version(transaction, Settings(), "nobody", 0.95)
    (found,) = told["findings"]
    # In the order in which they began, not that of the alphabet.
    assert [one["version"] for one in found["versions"]] == ["1.9.0", "1.10.0"]
    (block,) = found["versions"][0]["groups"]
    assert block["table"] == {"tp": 20, "fp": 3, "fn": 12, "tn": 21}
    groups = {(one["column"], one["value"]): one for one in block["subgroups"]}
    assert groups["scanner", "B"]["sensitivity"]["value"] == 0
    assert groups["scanner", "B"]["sensitivity"]["against_rest"]["p_adjusted"] < 0.001
    assert groups["hour", "day"]["n"] == 56
    (pair,) = found["comparisons"]
    assert (pair["first"], pair["second"], pair["cases"], pair["group"]) == ("1.9.0", "1.10.0", 56, "panel/no")
    # By hand: of 32 with the finding the second finds 28, the first 20; of 24 without it 23 and 21.
    assert pair["sensitivity"]["difference"] == pytest.approx(8 / 32)
    assert pair["sensitivity"]["mcnemar"]["exact"] == pytest.approx(2 / 2**8)
    assert pair["specificity"]["difference"] == pytest.approx((3 - 1) / 24)
    assert len(pair["reading_list"]) == len(pair["flips"]) == 12


async def test_the_pages_say_it_in_two_languages_and_name_no_case_to_who_may_not_see_it(real: Any) -> None:
    async with real.transaction() as transaction:
        await fill(transaction)
        told = await accuracy_by_version(transaction, Settings(), "finder", 0.95)
    figures = accuracy_view(told, "figures", "nl")
    (row, _) = figures.parts[0].rows
    assert row[:5] == ("1.9.0", "panel, AI niet in zicht", "sterk", "32", "24")
    assert row[5].startswith("0,625 (0,45")
    weak = report_files(accuracy_view(told, "weak", "en"))
    assert "scanner: B,0.000" in weak["tables/weak-0-0-weakness-sensitivity.csv"]
    # By hand: on scanner B the first version found none of twelve, and called one of one healthy.
    assert "scanner: A,0.465,0.870,0.679,0.955,20/23," in weak["tables/weak-0-0-weakness-ppv.csv"]
    assert "scanner: B,0.923,0.077,0.014,0.333,1/13," in weak["tables/weak-0-0-weakness-npv.csv"]
    against = accuracy_view(told, "against", "en")
    assert report_files(against)["tables/against-0-0-flips.csv"].splitlines()[1] == "2.56,absent,wrong"
    assert len(report_files(against)["tables/against-0-0-reading-list.csv"].splitlines()) == 1 + 12
    assert against.warnings == ()
    # The same from signed reports: a program has made these labels.
    block = told["findings"][0]["versions"][0]["groups"][0]
    block.update(source="report", corrected=None)
    told["reserved"] = {"guess": 3, "language": 1}
    assert [one.partition(" ")[0] for one in accuracy_view(told, "figures", "en").warnings] == ["Label", "1", "3"]
    assert accuracy_view(told, "weak", "nl").warnings[0].startswith("Labelfout onbekend")
    block["corrected"] = {}
    assert accuracy_view(told, "against", "en").warnings[0].startswith("Figures against signed reports are raw")
    hidden = report_files(without_cases(against))
    assert list(hidden) == ["tables/against-0-0.csv"]
    assert "2.56" not in str(hidden)


async def test_no_label_and_no_class_are_said_and_give_no_figure(real: Any) -> None:
    async with real.transaction() as transaction:
        await fill(transaction)
        await transaction.run("DELETE FROM reference_label WHERE word = 'absent'")
        one_class = await accuracy_by_version(transaction, Settings(), "finder", 0.95)
        await transaction.run("DELETE FROM reference_label")
        nothing = await accuracy_by_version(transaction, Settings(), "finder", 0.95)
    (found,) = one_class["findings"]
    assert found["versions"][0]["groups"][0]["subgroups"] == []
    assert found["versions"][0]["groups"][0]["figures"]["specificity"]["value"] is None
    assert found["comparisons"][0]["limit"]
    assert "too few, or all of one class" in accuracy_view(one_class, "against", "en").parts[0].text
    assert "No map of weaknesses" in accuracy_view(one_class, "weak", "en").parts[0].text
    assert (nothing["findings"], nothing["without_labels"]) == ([], ["pneumonia"])
    assert accuracy_view(nothing, "figures", "en").warnings[0].startswith("Nothing is known to be true")


@pytest.mark.parametrize(
    ("born", "band"),
    [("19461120", "80+"), ("19461121", "65-79"), ("20081121", "0-17"), ("20081120", "18-39"), ("1946", ""), ("", "")],
)
def test_ages_are_those_on_the_day_of_the_study(born: str, band: str) -> None:
    assert age_band(born, AT) == band
    assert age_band(born, None) == ""
