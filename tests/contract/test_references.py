"""The reference in the database: versions, other data with what is wrong named, panels of what two sides differ on."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collega.adapters.postgres import comparisons, panels, references
from collega.adapters.postgres.store import PostgresTransaction
from collega.bootstrap.evidence import following_up, label_checking, paneling, referencing
from collega.config import Inputs, Settings
from collega.errors import ConfigurationError, FencedError, InputError, PeerError
from collega.formats.csv_table import read_table
from collega.formats.panel_csv import panel_tables
from collega.measure.reference_cases import latest_labels
from collega.model.code import Text
from collega.model.comparison import Contender, Item, ItemState, Said, Side
from collega.model.feedback import Seen
from collega.model.finding import Evaluation
from collega.model.label import Label, LabelWord, ReportLabels, Reservation
from collega.model.panel import PanelRead
from collega.model.reference import ReferenceSource, Strength, TruthWord
from collega.model.study import Patient
from collega.testing import fhir_server as fhir
from collega.testing import records
from collega.testing.records import PNEUMONIA

pytestmark = pytest.mark.shows("R69", "R74")
Transactions = Callable[[], AbstractAsyncContextManager[PostgresTransaction]]
AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
GIVEN = referencing.Given(
    source=ReferenceSource.FOLLOW_UP,
    strength=Strength.STRONG,
    origin="cultures",
    actor="lead",
    zone=ZoneInfo("Europe/Amsterdam"),
)


@pytest.fixture
def transactions(real: Any) -> Transactions:
    opened: Transactions = real.transaction
    return opened


async def add_studies(transaction: PostgresTransaction, *names: str) -> Mapping[str, str]:
    """Add studies; gives their keys by name."""
    keys = {}
    for name in names:
        header = replace(records.header(study=name), study_instance_uid=name)
        keys[name] = records.study(header).key
        await transaction.add_study(header, keys[name], AT)
    await transaction.run("UPDATE study SET study_at = %s", (AT,))
    return keys


async def add(transaction: PostgresTransaction, *lines: str) -> None:
    table = read_table("\n".join(["study,finding,label,date", *lines]), "cultures.csv", referencing.COLUMNS)
    await referencing.add_table(transaction, Settings(), table, GIVEN)


async def test_a_table_that_comes_again_makes_new_versions_and_a_word_can_be_taken_back(
    transactions: Transactions,
) -> None:
    async with transactions() as transaction:
        await add_studies(transaction, "1.1", "1.2")
        await add(transaction, "1.1,pneumonia,ja,2026-11-21", "1.2,pneumonia,0,2026-11-21T10:00")
        await add(transaction, "1.1,pneumonia,absent,2026-11-22", "1.2,pneumonia,withdrawn,2026-11-22")
    async with transactions() as transaction:
        kept = await references.kept(transaction)
        listed = await referencing.listed(transaction, Settings(), "pneumonia", history=False)
    assert sorted((one.word, one.number) for one in kept) == [
        (TruthWord.ABSENT, 1), (TruthWord.ABSENT, 2), (TruthWord.PRESENT, 1), (TruthWord.WITHDRAWN, 2),
    ]  # fmt: skip
    assert [(one.word, one.ai_visible) for one in latest_labels(kept)] == [(TruthWord.ABSENT, Seen.NO)]
    assert [row["study_instance_uid"] for row in listed] == ["1.1"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("9.9,pneumonia,1,2026-11-21", "line 3, column study: no such study was received"),
        ("1.2,pneumonia,maybe,2026-11-21", "column label: 'maybe' is no label: write present, absent"),
        ("1.2,pneumonia,1,2026-11-18", "column date: 2026-11-18 is before the study itself .2026-11-20.: correct"),
        ("1.2,pneumonia,1,2099-01-01", "is yet to come"),
        ("1.2,pneumonia,1,yesterday", "is no moment: write 2026-11-28"),
        ("1.1,pneumonia,1,2026-11-21", "stands in the table before"),
    ],
)
async def test_what_is_wrong_is_named_with_its_place_and_nothing_is_kept(
    transactions: Transactions, line: str, said: str
) -> None:
    async with transactions() as transaction:
        await add_studies(transaction, "1.1", "1.2")
    with pytest.raises(InputError, match=said):
        async with transactions() as transaction:
            await add(transaction, "1.1,pneumonia,1,2026-11-21", line)
    async with transactions() as transaction:
        assert await references.kept(transaction) == []


async def test_only_what_two_sides_of_a_comparison_say_the_opposite_of_is_read(transactions: Transactions) -> None:
    side = Contender(app_id="finder", version="1", name=Text(en="F", nl="V"), folder="/f", thresholds=0)
    words = {"1.1": ("present", "absent"), "1.2": ("present", "present"), "1.3": ("undetermined", "absent")}
    async with transactions() as transaction:
        keys = await add_studies(transaction, *words)
        made = await comparisons.add(transaction, "two", side, replace(side, version="2"), AT, "lead")
        assert made is not None
        await comparisons.add_studies(transaction, made.key, list(words))
        for uid, pair in words.items():
            for which, word in zip(Side, pair, strict=True):
                name = Text(en="o", nl="v")
                said = Said(code=PNEUMONIA, site=None, name=name, evaluation=Evaluation(word), score_percent=50.0)
                item = Item(study_instance_uid=uid, side=which, state=ItemState.ANALYSED, findings=(said,))
                await comparisons.end(transaction, made.key, item, AT)
        uids = await paneling.discordant_in(transaction, Settings(), "two", "pneumonia")
        assert uids == ["1.1"]
        wanted = paneling.Wanted(
            name="p", findings=("pneumonia",), readers=("a", "b"), adjudicator="c", studies=tuple(uids)
        )
        panel = await paneling.create(transaction, wanted, "lead")
        assert panel.cases == (keys["1.1"],)
        with pytest.raises(InputError, match="named 'p' already"):
            await paneling.create(transaction, wanted, "lead")
        with pytest.raises(InputError, match="in none of 3 studies"):
            await paneling.discordant_in(transaction, Settings(), "two", "nodule")
        with pytest.raises(InputError, match=r"9\.9: no such study"):
            await paneling.create(transaction, replace(wanted, name="q", studies=("9.9",)), "lead")


async def test_a_panel_is_kept_with_every_version_and_closed_once(transactions: Transactions) -> None:
    async with transactions() as transaction:
        await add_studies(transaction, "1.1")
        wanted = paneling.Wanted(name="p", findings=("f",), readers=("a", "b"), adjudicator="c", studies=("1.1",))
        key = (await paneling.create(transaction, wanted, "lead")).key
        read = PanelRead(case=1, reader="a", words={"f": TruthWord.PRESENT}, at=AT)
        for one in (read, replace(read, reader="b")):
            await panels.add_read(transaction, key, one)
        again = replace(read, words={"f": TruthWord.ABSENT}, number=2, at=AT + timedelta(hours=1))
        await panels.add_read(transaction, key, again)
        with pytest.raises(FencedError):
            await panels.add_read(transaction, key, again)
        with pytest.raises(InputError, match="not ready"):
            await paneling.close(transaction, key, "lead")
        settled = replace(again, reader="c", number=1, is_adjudication=True, ai_visible=Seen.YES)
        await panels.add_read(transaction, key, settled)
    async with transactions() as transaction:
        assert await paneling.close(transaction, key, "lead") == 1
        with pytest.raises(InputError, match="closed already"):
            await paneling.close(transaction, key, "lead")
        (label,) = await references.kept(transaction)
        assert (label.word, label.strength, label.ai_visible) == (TruthWord.ABSENT, Strength.STRONG, Seen.YES)
        (kept,) = await panels.listed(transaction)
        assert len(kept.reads) == 4
        tables = panel_tables(await paneling.shown(transaction, "p"))
    # The last word of each reader, that of who settled, and what came of it.
    assert tables["reads"].splitlines()[1:] == [
        "1,1.1,f,a,reader,absent,no", "1,1.1,f,b,reader,present,no", "1,1.1,f,c,adjudicator,absent,yes",
    ]  # fmt: skip
    assert tables["truth"].splitlines()[1:] == ["1,1.1,f,absent,settled,yes"]
    assert tables["agreement"].splitlines()[0] == "finding,cases,same,measure,value,low,high,note"
    assert tables["agreement"].splitlines()[1].startswith("f,1,0,")


async def test_reports_are_drawn_once_and_the_latest_version_of_each_counts(transactions: Transactions) -> None:
    labels = ReportLabels(
        study_key="",
        number=1,
        report_version="v1",
        labeller="nl-1",
        signed_at=AT,
        at=AT,
        is_normal=False,
        looked_for=("pneumonia", "effusion"),
        labels=(Label(finding_id="pneumonia", word=LabelWord.PRESENT, sentence="s"),),
    )
    async with transactions() as transaction:
        keys = await add_studies(transaction, "1.1", "1.2", "1.3")
        with pytest.raises(InputError, match="no signed report"):
            await label_checking.begin(transaction, "r")
        for key in keys.values():
            await transaction.add_labels(replace(labels, study_key=key))
        later = replace(labels, study_key=keys["1.2"], number=2, report_version="v2", is_normal=True, labels=())
        await transaction.add_labels(later)
        unread = replace(labels, labels=(), looked_for=(), is_normal=None, reservation=Reservation.LANGUAGE)
        german = replace(unread, study_key=keys["1.3"], number=2)
        await transaction.add_labels(german)
        check = await label_checking.begin(transaction, "r", seed=5)
        assert check.frame["pneumonia"] == {TruthWord.PRESENT: 1, TruthWord.ABSENT: 1, TruthWord.UNCERTAIN: 0}
        with pytest.raises(InputError, match="go on with it"):
            await label_checking.begin(transaction, "r")
        told = await label_checking.state(transaction)
    assert (told["reports"], told["is_known"], told["checks"][0]["next"]) == (2, False, 1)
    assert told["reserved"] == {"guess": 0, "language": 1}
    async with transactions() as transaction:
        listed = await referencing.listed(transaction, Settings(), "pneumonia", history=False)
    assert sorted((row["study_instance_uid"], row["word"], row["strength"]) for row in listed) == [
        ("1.1", "present", "weak"), ("1.2", "absent", "weak"),
    ]  # fmt: skip


def condition(identity: str, at: str, status: str) -> dict[str, Any]:
    """Make a Condition of a Patient: pneumonia."""
    return {
        "resourceType": "Condition",
        "id": f"{identity}-{at}",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": PNEUMONIA.value}]},
        "verificationStatus": {"coding": [{"code": status}]},
        "subject": {"reference": f"Patient/{identity}"},
        "recordedDate": at,
    }


async def test_follow_up_comes_from_the_server_of_records_and_silence_is_no_denial(real: Any) -> None:
    concluded = {**fhir.report("p4", "2026-11-21", ""), "conclusionCode": [condition("p4", "", "")["code"]]}
    positive: dict[str, Any] = {"interpretation": [{"coding": [{"code": "POS"}]}], "system": "http://snomed.info/sct"}
    resources = [
        *(fhir.person(f"p{number}", f"P-{number}") for number in range(1, 8)),
        condition("p1", "2026-11-20", "confirmed"),
        condition("p2", "2026-11-22", "refuted"),
        condition("p2", "2026-12-31", "confirmed"),  # after the days that count
        fhir.observation("p3", PNEUMONIA.value, None, "", "2026-11-23T10:00:00Z", **positive),
        concluded,
        condition("p5", "2026-11-21", "confirmed"),
        condition("p5", "2026-11-22", "refuted"),
        condition("p6", "2026-11-01", "confirmed"),  # before the study
        condition("p6", "2026-11-22", "entered-in-error"),
    ]
    names = [f"1.{number}" for number in range(1, 9)]
    async with real.transaction() as transaction:
        for name in names:
            patient = Patient(issuer="", patient_id=f"P-{name[2:]}", birth_date="19600229")
            header = replace(records.header(study=name, patient=patient), study_instance_uid=name)
            await transaction.add_study(header, records.study(header).key, AT)
        await transaction.run("UPDATE study SET study_at = %s", (AT,))
    codes = (following_up.read_code("SCT:233604007"),)
    wanted = following_up.FollowUp(finding="pneumonia", codes=codes, days=5, studies=tuple(names))
    with fhir.fhir_server(resources) as (url, behaviour):
        settings = Settings(inputs=Inputs(fhir_url=url, patient_system="urn:collega:numbers"))
        told = await following_up.fetch(real, settings, wanted, GIVEN)
        assert told == {"asked": 8, "told": 5, "says_nothing": 2, "unknown-patient": 1, "labels": 5}
        again = await following_up.fetch(real, settings, wanted, GIVEN)
        assert again["labels"] == 0, "what is said again is no new version"
        behaviour.status = 500
        with pytest.raises(PeerError, match="nothing is kept"):
            await following_up.fetch(real, settings, wanted, GIVEN)
    with pytest.raises(ConfigurationError, match="fhir_url"):
        await following_up.fetch(real, Settings(), wanted, GIVEN)
    async with real.transaction() as transaction:
        listed = await referencing.listed(transaction, Settings(), "pneumonia", history=True)
    assert {row["study_instance_uid"]: str(row["word"]) for row in listed} == {
        "1.1": "present", "1.2": "absent", "1.3": "present", "1.4": "present", "1.5": "uncertain",
    }  # fmt: skip
