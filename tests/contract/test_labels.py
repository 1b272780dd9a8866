"""What a signed report says is kept, version by version, and held against what apps said."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from collega.adapters.postgres import references
from collega.bootstrap.reports.relabelling import relabel_all
from collega.bootstrap.reports.report_reader import ReportReader
from collega.config import Settings
from collega.config.reports import Reports
from collega.errors import FencedError
from collega.formats.hl7.dialect import Dialects
from collega.link.apply import Applier
from collega.link.inbox import Inbox
from collega.model.app import Stage
from collega.model.discrepancy import Conclusion, Contrast, Correction
from collega.model.finding import AppResult, Evaluation
from collega.model.job import JobState
from collega.model.label import Label, LabelWord, ReportLabels, Reservation
from collega.model.study import Patient
from collega.ports.store import Transaction
from collega.read.feedback import Reader
from collega.read.inbox import Closing, Place, close, reopen
from collega.read.relabelled import Relabelled, relabel
from collega.read.signed import Made, label
from collega.testing import records
from collega.testing.fakes import FakeClock
from collega.testing.hl7_messages import order, report
from tests.contract.conftest import Bench

HEADER = records.header(study="A", patient=Patient(issuer="ZKH", patient_id="4711", name="Vries^Jan^^de"))
KEY = records.study(HEADER).key
AT = datetime(2026, 11, 28, 9, tzinfo=UTC)
DUTCH = ReportReader(Settings(reports=Reports(language="nl")))
ONE = ReportLabels(
    study_key=KEY,
    number=1,
    report_version="v1",
    labeller="nl-1",
    signed_at=AT,
    at=AT,
    abnormal_score=0.25,
    is_normal=True,
    looked_for=("pneumonia", "effusion"),
    labels=(
        Label(finding_id="pneumonia", word=LabelWord.ABSENT, sentence="Geen 'infiltraat'."),
        Label(finding_id="effusion", word=LabelWord.UNCERTAIN, sentence="Mogelijk pleuravocht."),
    ),
)


@pytest.mark.shows("R74")
async def test_labels_of_every_version_are_kept(bench: Bench) -> None:
    gone = ReportLabels(study_key=KEY, number=2, report_version="", labeller="", signed_at=None, at=AT)
    async with bench.transaction() as transaction:
        await transaction.add_study(HEADER, KEY, AT)
        await transaction.add_labels(ONE)
        await transaction.add_labels(gone)
    async with bench.transaction() as transaction:
        assert await transaction.labels_of(KEY) == [ONE, gone]
        assert await transaction.labels_of("another") == []
        with pytest.raises(FencedError):
            await transaction.add_labels(replace(ONE, at=AT + timedelta(minutes=1)))


async def read(text: str) -> Made:
    """Read two sentences and no other."""
    word = {"Infiltraat rechts.": LabelWord.PRESENT, "Geen infiltraat.": LabelWord.ABSENT}[text.splitlines()[-1]]
    labels = (Label(finding_id="pneumonia", word=word, sentence=text.splitlines()[-1]),)
    is_normal = word is LabelWord.ABSENT
    return Made(
        labeller="nl-1", abnormal_score=0.5, is_normal=is_normal, looked_for=("pneumonia", "effusion"), labels=labels
    )


class Desk:
    """A RIS that speaks, an app that answers, and the step in between."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.clock = FakeClock(AT)
        self.inbox = Inbox(bench, self.clock, ZoneInfo("Europe/Amsterdam"), Dialects())
        self.applier = Applier(bench, self.clock, ZoneInfo("Europe/Amsterdam"), Dialects())

    async def sign(self, text: str, *, id_: str, at: str, status: str = "F", **values: str) -> None:
        await self.say(report(text, id_=id_, accession="ACC-A", status=status, at=at, **values))

    async def say(self, message: bytes) -> None:
        await self.inbox.take([(message, "127.0.0.1")])
        while await self.applier.apply_waiting():
            pass

    async def answer(self, evaluation: Evaluation, app: str = "finder", stage: Stage = Stage.LIVE) -> None:
        made = records.manifest(app)
        result = records.analysed(
            HEADER.study_instance_uid, [records.finding([HEADER.sop_instance_uid], evaluation)], app
        )
        async with self.bench.transaction() as transaction:
            study = await transaction.study(KEY)
            assert study is not None
            await transaction.set_stage(app, made.version, stage, "test", "test")
            job = await transaction.add_job(study, made, [HEADER.sop_instance_uid], app, self.clock.now())
            await self._done(transaction, job.key, result)

    async def _done(self, transaction: Transaction, job_key: str, result: AppResult) -> None:
        now = self.clock.now()
        job = await transaction.start_attempt(job_key, now)
        await transaction.move_job(job, after=JobState.DONE, at=now, outcome=result.outcome)
        await transaction.add_result(job, result, now)

    async def step(self) -> None:
        await label(self.bench, self.clock, read, study_key=KEY)

    async def labels(self) -> list[tuple[str, ...]]:
        async with self.bench.transaction() as transaction:
            return [tuple(one.word for one in item.labels) for item in await transaction.labels_of(KEY)]

    async def contrasts(self) -> list[tuple[str, Contrast, str]]:
        async with self.bench.transaction() as transaction:
            found = await transaction.discrepancies_of(KEY)
        return [(one.app_id, one.contrast, one.sentence) for one in found]

    async def ordered(self) -> bool:
        return ("label", {"study_key": KEY}) in await self.bench.waiting()


@pytest.fixture
async def desk(bench: Bench) -> Desk:
    made = Desk(bench)
    async with bench.transaction() as transaction:
        await transaction.add_study(HEADER, KEY, AT)
    await made.say(order(id_="0", placer="P", accession="ACC-A"))
    return made


@pytest.mark.shows("R74")
async def test_a_signed_report_is_labelled_and_held_against_what_apps_said(desk: Desk) -> None:
    await desk.answer(Evaluation.PRESENT)
    await desk.answer(Evaluation.ABSENT, "other")
    await desk.sign("Geen infiltraat.", id_="1", at="20261128103000+0100", status="P")
    assert not await desk.ordered(), "nothing is made of a report that nobody has signed"
    await desk.sign("Geen infiltraat.", id_="2", at="20261128113000+0100")
    assert await desk.ordered()
    await desk.step()
    assert await desk.labels() == [("absent",)]
    assert await desk.contrasts() == [("finder", Contrast.AI_POSITIVE, "Geen infiltraat.")]
    await desk.step()
    assert len(await desk.labels()) == len(await desk.contrasts()) == 1, "the same again is nothing new"
    assert (await desk.bench.told(KEY))[-2:] == ["labelled", "discrepancy_found"]


@pytest.mark.shows("R74")
@pytest.mark.parametrize(
    ("text", "reservation", "is_normal"),
    [
        ("De patiënt ligt op de rechterzij.", Reservation.GUESS, True),
        ("Kein Infiltrat, kein Pleuraerguss, keine Fraktur.", Reservation.LANGUAGE, None),
        ("No infiltrate and no effusion.", Reservation.LANGUAGE, None),
        ("Geen infiltraat en geen pleuravocht.", Reservation.NONE, True),
    ],
)
async def test_a_guess_and_another_language_are_kept_with_the_labels_and_the_latter_is_held_against_no_app(
    desk: Desk, text: str, reservation: Reservation, is_normal: bool | None
) -> None:
    await desk.answer(Evaluation.PRESENT)
    await desk.sign(text, id_="1", at="20261128113000+0100")
    await label(desk.bench, desk.clock, DUTCH, study_key=KEY)
    async with desk.bench.transaction() as transaction:
        (kept,) = await transaction.labels_of(KEY)
    assert (kept.reservation, kept.is_normal, kept.abnormal_score is None) == (
        reservation,
        is_normal,
        is_normal is None,
    )
    # An app calls a pneumonia: silence of a report that was not read denies nothing.
    assert bool(kept.looked_for) is bool(await desk.contrasts()) is (reservation is not Reservation.LANGUAGE)


@pytest.mark.shows("R74")
async def test_what_a_reader_finds_in_a_report_is_no_guess_any_more(desk: Desk) -> None:
    await desk.answer(Evaluation.PRESENT)
    await desk.sign("De patiënt ligt op de rechterzij.", id_="1", at="20261128113000+0100")
    await label(desk.bench, desk.clock, DUTCH, study_key=KEY)
    async with desk.bench.transaction() as transaction:
        (one,) = await transaction.discrepancies_of(KEY)
        said = Closing(verdict=Conclusion.LABEL_WRONG, correction=Correction.PRESENT)
        reader = Reader(name="dr. A", role="", at=desk.clock.now())
        await close(transaction, Place(key=one.key, revision=1), reader, said)
        history = await transaction.labels_of(KEY)
    assert [(made.reservation, made.is_normal) for made in history] == [
        (Reservation.GUESS, True), (Reservation.NONE, False),
    ]  # fmt: skip


@pytest.mark.shows("R74")
async def test_an_app_that_answers_after_the_signature_is_late(desk: Desk) -> None:
    await desk.sign("Geen infiltraat.", id_="1", at="20261128095900+0100")
    await desk.step()
    assert await desk.contrasts() == []
    await desk.answer(Evaluation.PRESENT)
    await desk.step()
    assert await desk.contrasts() == [("finder", Contrast.AI_LATE, "Geen infiltraat.")]


@pytest.mark.shows("R74")
async def test_a_correction_and_an_addendum_replace_what_they_correct_and_the_history_stays(desk: Desk) -> None:
    await desk.answer(Evaluation.ABSENT)
    await desk.sign("Geen infiltraat.", id_="1", at="20261128110000+0100")
    await desk.step()
    await desk.sign("Infiltraat rechts.", id_="2", at="20261128113000+0100", status="C")
    await desk.step()
    assert await desk.contrasts() == [("finder", Contrast.AI_NEGATIVE, "Infiltraat rechts.")]
    await desk.sign("Geen infiltraat.", id_="3", at="20261128120000+0100", part="ADT")
    await desk.step()
    assert await desk.labels() == [("absent",), ("present",), ("absent",)]


@pytest.mark.shows("R74")
async def test_what_reaches_no_reader_is_no_difference(desk: Desk) -> None:
    await desk.answer(Evaluation.PRESENT, stage=Stage.SHADOW)
    await desk.sign("Geen infiltraat.", id_="1", at="20261128113000+0100")
    await desk.step()
    assert await desk.labels() == [("absent",)]
    assert await desk.contrasts() == []


@pytest.mark.shows("R74")
async def test_a_label_found_wrong_is_corrected_by_a_version_of_its_own_and_taken_back(desk: Desk) -> None:
    await desk.answer(Evaluation.PRESENT)
    await desk.answer(Evaluation.ABSENT, "other")
    await desk.sign("Geen infiltraat.", id_="1", at="20261128113000+0100")
    await desk.step()
    reader = Reader(name="dr. A", role="", at=desk.clock.now() + timedelta(hours=3))
    said = Closing(verdict=Conclusion.LABEL_WRONG, correction=Correction.PRESENT)
    async with desk.bench.transaction() as transaction:
        (one,) = await transaction.discrepancies_of(KEY)
        await close(transaction, Place(key=one.key, revision=1), reader, said)
    assert await desk.labels() == [("absent",), ("present",)]
    assert (await desk.bench.told(KEY))[-2:] == ["discrepancy_closed", "label_corrected"]
    assert await desk.ordered(), "apps are held against it anew"
    await desk.step()
    assert sorted(found[:2] for found in await desk.contrasts()) == [
        ("finder", Contrast.AI_POSITIVE),
        ("other", Contrast.AI_NEGATIVE),
    ]
    assert len(await desk.labels()) == 2, "the program is not asked again"
    async with desk.bench.transaction() as transaction:
        program, corrected = await transaction.labels_of(KEY)
        assert (program.corrected_by, corrected.corrected_by, corrected.corrected_finding) == ("", "dr. A", "pneumonia")
        assert (program.is_normal, corrected.is_normal) == (True, False)
        await reopen(transaction, Place(key=one.key, revision=2), reader)
    async with desk.bench.transaction() as transaction:
        back = (await transaction.labels_of(KEY))[-1]
    assert (back.number, back.labels, back.is_normal) == (3, program.labels, True)


@pytest.mark.shows("R74")
async def test_new_words_make_a_further_version_and_what_people_corrected_stays(desk: Desk) -> None:
    await desk.answer(Evaluation.PRESENT)
    await desk.sign("Geen infiltraat.", id_="1", at="20261128113000+0100")
    await desk.step()
    reader = Reader(name="dr. A", role="", at=desk.clock.now())
    async with desk.bench.transaction() as transaction:
        (one,) = await transaction.discrepancies_of(KEY)
        said = Closing(verdict=Conclusion.LABEL_WRONG, correction=Correction.HISTORIC)
        await close(transaction, Place(key=one.key, revision=1), reader, said)

    async def upgraded(text: str) -> Made:
        older = await read(text)
        effusion = Label(finding_id="effusion", word=LabelWord.ABSENT, sentence="")
        return replace(older, labeller="nl-2", labels=(*older.labels, effusion))

    found = await relabel(desk.bench, desk.clock, upgraded, "nl-2", study_key=KEY)
    assert found == Relabelled(is_done=True, is_changed=True)
    async with desk.bench.transaction() as transaction:
        history = await transaction.labels_of(KEY)
    assert [(one.number, one.labeller, one.corrected_by) for one in history] == [
        (1, "nl-1", ""), (2, "nl-1", "dr. A"), (3, "nl-2", ""), (4, "nl-2", "dr. A"),
    ]  # fmt: skip
    assert {one.finding_id: one.word for one in history[-1].labels} == {"pneumonia": "historic", "effusion": "absent"}
    assert len(await desk.contrasts()) == 1, "nobody is asked about an old report since our words have changed"
    again = await relabel(desk.bench, desk.clock, upgraded, "nl-2", study_key=KEY)
    assert again == Relabelled(is_done=False)


@pytest.mark.shows("R74")
async def test_a_report_signed_anew_meanwhile_is_left_to_its_own_step(desk: Desk) -> None:
    await desk.sign("Geen infiltraat.", id_="1", at="20261128110000+0100")
    await desk.step()

    async def slow(text: str) -> Made:
        await desk.sign("Infiltraat rechts.", id_="2", at="20261128113000+0100", status="C")
        return replace(await read(text), labeller="nl-2")

    found = await relabel(desk.bench, desk.clock, slow, "nl-2", study_key=KEY)
    assert (found.is_done, await desk.labels()) == (False, [("absent",)])


@pytest.mark.shows("R74")
async def test_all_reports_are_labelled_anew_and_a_run_that_stopped_goes_on(real: Any) -> None:
    desk, settings = Desk(real), Settings()
    texts = {"A": "Geen infiltraat.", "B": "Infiltraat rechts.", "C": "Geen infiltraat."}
    for name, text in texts.items():
        header = replace(records.header(study=name, patient=HEADER.patient), accession_number=f"ACC-{name}")
        async with real.transaction() as transaction:
            await transaction.add_study(header, records.study(header).key, AT)
        await desk.say(order(id_=f"0{name}", placer=f"P{name}", accession=f"ACC-{name}"))
        await desk.say(report(text, id_=f"1{name}", accession=f"ACC-{name}", status="F", at="20261128110000+0100"))
        await label(real, desk.clock, read, study_key=records.study(header).key)
    stopped = await relabel_all(real, settings, "lead", limit=2)
    assert (stopped["waiting"], stopped["relabelled"], stopped["passed_by"]) == (3, 2, 0)
    seen: list[str] = []

    def shown(keys: Sequence[str]) -> Iterator[str]:
        for key in keys:
            seen.append(key)
            yield key

    rest = await relabel_all(real, settings, "lead", shown=shown)
    assert (rest["waiting"], rest["relabelled"], len(seen)) == (1, 1, 1)
    assert (await relabel_all(real, settings, "lead"))["waiting"] == 0
    async with real.transaction() as transaction:
        assert await references.labellers(transaction) == [rest["labeller"]]
        assert len(await transaction.labels_of(seen[0])) == 2


@pytest.mark.shows("R74")
async def test_a_correction_does_not_reach_a_report_that_was_corrected_since(desk: Desk) -> None:
    await desk.answer(Evaluation.PRESENT)
    await desk.sign("Geen infiltraat.", id_="1", at="20261128110000+0100")
    await desk.step()
    await desk.sign("Infiltraat rechts.", id_="2", at="20261128113000+0100", status="C")
    await desk.step()
    reader = Reader(name="dr. A", role="", at=desk.clock.now())
    async with desk.bench.transaction() as transaction:
        (one,) = await transaction.discrepancies_of(KEY)
        said = Closing(verdict=Conclusion.LABEL_WRONG, correction=Correction.SILENT)
        await close(transaction, Place(key=one.key, revision=1), reader, said)
    assert await desk.labels() == [("absent",), ("present",)]
