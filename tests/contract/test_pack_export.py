"""A pack leaves, on the real store with real files: killed, objected to meanwhile, decided twice, full of names."""

import asyncio
import io
import json
import shutil
import signal
import subprocess
import sys
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from pydicom import Dataset, dcmread

from collega.adapters.files.archive import FileArchive
from collega.bootstrap.packs.pack_export import PackTaker
from collega.bootstrap.packs.pack_timer import keep_packs
from collega.bootstrap.packs.packing import AnswerSaid, PackDesk
from collega.config import Settings
from collega.config.leaving import Feedback as FeedbackSettings
from collega.decide.pack import Choice
from collega.errors import ConfigurationError, InputError
from collega.formats.dicom_study import read_header
from collega.formats.dicom_write import encode
from collega.model.delivery import ResultObject
from collega.model.feedback import Opinion, Seen
from collega.model.finding import Region, RegionKind
from collega.model.job import JobState
from collega.model.leaving import Objection
from collega.model.pack import AnswerStatus, Pack
from collega.model.result import ObjectKind, ObjectReference
from collega.outside.keyring import Keyring
from collega.outside.pack import CaseFiles, Packed
from collega.read.feedback import About, Reader, give_opinion, mark_missed
from collega.testing import records
from collega.testing.records import AT
from collega.testing.synthetic import chest_film
from collega.testing.vendor_answers import report
from tests.contract.conftest import RealBench
from tests.contract.test_packs import RAN
from tests.e2e.films import PROBE
from tests.unit.outside.conftest import UTC_ZONE
from tests.unit.outside.planted import Plants, left

pytestmark = pytest.mark.shows("R13", "R14")
LEAD, READER = "A. Lead", Reader(name="dr. Åsa Quibble", role="radiologist", at=AT)
WORDS = "looks like the nipple"
MANIFEST = records.manifest(vendor="Maker & Sons")


@dataclass(kw_only=True)
class House:
    """A site with files, and a clock that is told the time."""

    bench: RealBench
    data: Path
    days: float = 0.0

    def __post_init__(self) -> None:
        self.archive = FileArchive(self.data)
        self.archive.path("x").parent.mkdir(parents=True, exist_ok=True)

    @property
    def desk(self) -> PackDesk:
        settings = Settings(data=self.data, feedback=FeedbackSettings(approvers=(LEAD, "B. Lead")))
        at = AT + timedelta(days=self.days)
        return PackDesk(store=self.bench.store, settings=settings, catalogue={"finder": MANIFEST}, now=lambda: at)

    @property
    def taker(self) -> PackTaker:
        return PackTaker(desk=self.desk, archive=self.archive)

    async def receive(self, film: Dataset, remark: str = WORDS) -> str:
        """Keep a film, let the app speak of it, and let a reader be of another opinion; returns the study's key."""
        item = records.instance(read_header(encode(film), UTC_ZONE))
        self.archive.keep(item.path, encode(film))
        async with self.bench.transaction() as transaction:
            study = await transaction.add_study(item.header, item.study_key, AT)
            await transaction.add_instances([item])
            job = await transaction.add_job(study, MANIFEST, [item.header.sop_instance_uid], study.key, AT)
            job = await transaction.start_attempt(job.key, AT)
            await transaction.end_attempt(job, RAN, AT, JobState.RAN)
            answer = records.analysed(study.study_instance_uid, [records.finding([item.header.sop_instance_uid])])
            await transaction.add_result(job, answer, AT)
            await transaction.move_job(replace(job, state=JobState.RAN), after=JobState.NORMALISED, at=AT)
        await self.judge(study.key, remark)
        return study.key

    async def judge(self, study_key: str, remark: str) -> None:
        """Disagree, or say why in other words."""
        async with self.bench.transaction() as transaction:
            (job,) = await transaction.jobs_of(study_key)
            about = About(study_key=study_key, job_key=job.key, app_id="finder", finding_id="pneumonia")
            said = {"opinion": Opinion.DISAGREE, "ai_seen": Seen.YES, "cause": "device"}
            reader = replace(READER, at=AT + timedelta(days=self.days))
            await give_opinion(transaction, about, reader, remark=remark, **said)  # type: ignore[arg-type]

    async def add_report(self, study_key: str, made: Dataset) -> None:
        """Keep a structured report as one that collega built for the job."""
        path = f"results/{uuid.uuid4().hex}.dcm"
        self.archive.keep_result(path, encode(made))
        async with self.bench.transaction() as transaction:
            (job,) = await transaction.jobs_of(study_key)
            reference = ObjectReference(
                study_instance_uid=str(made.StudyInstanceUID),
                series_instance_uid=str(made.SeriesInstanceUID),
                sop_class_uid=str(made.SOPClassUID),
                sop_instance_uid=str(made.SOPInstanceUID),
            )
            built = ResultObject(
                reference=reference,
                kind=ObjectKind.FINDINGS_SR,
                study_key=study_key,
                revision=1,
                app_id="finder",
                path=path,
                created_at=AT,
                job_key=job.key,
            )
            await transaction.add_object(built, "PACS", AT)

    async def prepared(self) -> str:
        """Prepare a pack; its key."""
        (pack,) = await self.desk.prepare(LEAD)
        return str(pack["key"])

    async def approved(self, choice: Choice | None = None) -> str:
        """Prepare and approve one."""
        key = await self.prepared()
        await self.desk.approve(key, LEAD, "", choice or Choice())
        return key


@pytest.fixture
def house(real: RealBench, tmp_path: Path) -> House:
    return House(bench=real, data=tmp_path / "data")


def parts_of(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def said_by_name(mark: str) -> Dataset:
    """Say something in free text, as a content item of a report."""
    item, concept = Dataset(), Dataset()
    concept.CodeValue, concept.CodingSchemeDesignator, concept.CodeMeaning = "121106", "DCM", "Comment"
    item.RelationshipType, item.ValueType, item.TextValue = "CONTAINS", "TEXT", f"Mrs {mark} was seen before"
    item.ConceptNameCodeSequence = [concept]
    return item


async def test_no_byte_of_a_pack_holds_a_planted_name_of_images_reports_or_remarks(
    house: House, tmp_path: Path
) -> None:
    plants = Plants()
    film = plants.film(1)
    made = report([film])
    plants.fill(made)
    group = made.ContentSequence[0].ContentSequence[0]
    group.ContentSequence.extend(said_by_name(plants.mark()) for _ in range(20))
    made.PatientID, made.IssuerOfPatientID, made.PatientName = film.PatientID, film.IssuerOfPatientID, film.PatientName
    remark = f"Mrs Quaxelmann, {plants.mark()}, dr. {plants.mark()}"
    key = await house.receive(film, remark)
    await house.add_report(key, made)
    marks = [*plants.marks, "Q-PATIENT-7", "Q-ISSUER", "Quaxelmann", "Zebulonia", "QACC-4711", "QSTUDY", "Quibble"]
    marks += [film.SOPInstanceUID, film.SeriesInstanceUID, film.StudyInstanceUID, made.SOPInstanceUID, key]
    before = encode(film) + encode(made) + remark.encode() + key.encode() + b"Quibble"
    assert len(set(marks)) >= 200
    assert set(left(marks, before)) == set(marks), "they are there before"
    path, packed = await house.taker.take(await house.approved(), tmp_path / "out", LEAD)
    assert (packed.left_out, len(packed.cases)) == ({}, 1)
    parts = parts_of(path)
    assert {"cases/1-001/images/00001.dcm", "cases/1-001/ai/00001.dcm"} < parts.keys()
    assert list(left(marks, path.name.encode() + path.read_bytes())) == []
    assert list(left(marks, b"\n".join([*parts.values(), *map(str.encode, parts)]))) == []


async def test_words_that_name_the_patient_keep_their_case_here_even_when_they_were_ticked(
    house: House, tmp_path: Path
) -> None:
    await house.receive(chest_film(1, run="a"))
    film = chest_film(2, run="b")
    film.PatientName, film.PatientID = "Quaxelmann^Zebulonia", "Q-PATIENT-7"
    await house.receive(film, "as in the last film of Zebulonia Quaxelmann")
    key = await house.approved(Choice(with_text=frozenset({1, 2})))
    path, packed = await house.taker.take(key, tmp_path / "out", LEAD)
    assert list(packed.left_out.values()) == ["identity_left"]
    (case,) = json.loads(parts_of(path)["cases.json"])
    assert case["text"] == WORDS
    assert not list(left(["Quaxelmann"], b"".join(parts_of(path).values())))


async def test_a_missed_finding_leaves_with_its_place_on_the_image_and_without_its_name_unless_that_was_read(
    house: House, tmp_path: Path
) -> None:
    film = chest_film(1, run="a")
    key = await house.receive(film)
    spot = Region(kind=RegionKind.POINT, image=film.SOPInstanceUID, frame=1, points=((12.5, 30.0),))
    async with house.bench.transaction() as transaction:
        await mark_missed(transaction, key, "m1", READER, what="rib fracture of Mr Jansen", place=spot, remark="old")
    path, _ = await house.taker.take(await house.approved(), tmp_path / "out", LEAD)
    parts = parts_of(path)
    (missed,) = (one for one in json.loads(parts["cases.json"]) if one["source"] == "missed")
    image = dcmread(io.BytesIO(parts[f"cases/{missed['case']}/images/00001.dcm"]))
    assert missed["place"] == {"kind": "point", "image": image.SOPInstanceUID, "frame": 1, "points": [[12.5, 30.0]]}
    assert (missed["text"], missed["finding"], missed["app"]["id"]) == ("", "", "finder")
    assert not list(left(["Jansen"], b"".join(parts.values())))


class Interrupted(PackTaker):
    """The patient objects when the file is ready and has not left."""

    def _write(self, pack: Pack, cases: Sequence[CaseFiles], target: Path, keys: Keyring) -> Packed:
        packed = PackTaker._write(self, pack, cases, target, keys)  # noqa: SLF001 - the moment between is wanted
        if packed.cases:
            with psycopg.connect(self.desk.store.url, autocommit=True) as connection:
                connection.execute(
                    "INSERT INTO objection (issuer, patient_id, study_instance_uid, at, actor, reason)"
                    " VALUES ('', '', %s, now(), 'P. Rivacy', 'form')",
                    (packed.cases[0].study.study_instance_uid,),
                )
        return packed


async def test_a_patient_who_objects_while_the_file_is_made_is_not_in_it(house: House, tmp_path: Path) -> None:
    await house.receive(chest_film(1, run="a"))
    key = await house.approved()
    path, packed = await Interrupted(desk=house.desk, archive=house.archive).take(key, tmp_path / "out", LEAD)
    assert packed.left_out == {1: "objection"}
    assert json.loads(parts_of(path)["cases.json"]) == []
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    async with house.bench.transaction() as transaction:
        (study,) = {case.study_key for case in (await transaction.packs())[0].cases}
        assert await transaction.gone([study]) == []


async def test_an_objection_after_preparing_drops_the_case_and_what_had_left_is_told(
    house: House, tmp_path: Path
) -> None:
    study_key = await house.receive(chest_film(1, run="a"))
    await house.receive(chest_film(2, run="b"))
    key = await house.approved()
    _, first = await house.taker.take(key, tmp_path / "out", LEAD)
    assert len(first.cases) == 2
    async with house.bench.transaction() as transaction:
        study = await transaction.study(study_key)
        assert study is not None
        uid = study.study_instance_uid
        await transaction.add_objection(Objection(study_instance_uid=uid, at=AT, actor="P. Rivacy", reason="form"))
        assert [(one.app_id, one.to) for one in await transaction.gone([study_key])] == [("finder", "Maker & Sons")]
    told = await house.desk.told(key)
    assert told is not None
    assert [one["objects"] for one in told["list"]].count(True) == 1
    path, second = await house.taker.take(key, tmp_path / "out", LEAD)
    said = AnswerSaid(status=AnswerStatus.NOT_REPRODUCIBLE, answered_on=AT.date(), writer="M. Aker")
    await house.desk.answer(key, next(iter(second.left_out)), said, LEAD)
    (figures,) = (await house.desk.listed())["figures"]
    assert (figures["cases"], figures["answered"]) == (2, 1), "what has left once may be answered"
    assert (len(second.cases), list(second.left_out.values())) == (1, ["objection"])
    assert "1-002" in " ".join(parts_of(path)) or "1-001" in " ".join(parts_of(path))


async def test_of_two_who_decide_or_prepare_at_once_one_does(house: House) -> None:
    await house.receive(chest_film(1, run="a"))
    made = await asyncio.gather(*(house.desk.prepare(LEAD) for _ in range(4)), return_exceptions=True)
    packs = [one for some in made if isinstance(some, list) for one in some]
    assert len(packs) == 1
    assert all(isinstance(one, list | InputError) for one in made)
    key = packs[0]["key"]
    decided = await asyncio.gather(
        house.desk.approve(key, LEAD, "", Choice()),
        house.desk.approve(key, "B. Lead", "", Choice()),
        house.desk.refuse(key, "B. Lead", "too few"),
        return_exceptions=True,
    )
    assert decided.count(None) == 1 or (decided[2] is None and decided.count(None) == 2), "or approved, then refused"
    assert all(one is None or isinstance(one, InputError) for one in decided)


async def test_nothing_leaves_that_is_not_approved_by_who_may_nor_after_a_refusal(house: House, tmp_path: Path) -> None:
    await house.receive(chest_film(1, run="a"))
    key, out = await house.prepared(), tmp_path / "out"
    said = AnswerSaid(status=AnswerStatus.ACCEPTED, answered_on=AT.date(), writer="M. Aker")
    with pytest.raises(InputError, match="approved first"):
        await house.taker.take(key, out, LEAD)
    with pytest.raises(InputError, match="may not"):
        await house.desk.approve(key, "somebody", "", Choice())
    with pytest.raises(InputError, match="that has left"):
        await house.desk.answer(key, 1, said, LEAD)
    for by in ("", "x\0", "y" * 501):
        with pytest.raises(InputError):
            await house.desk.refuse(key, by, "because")
    await house.desk.refuse(key, LEAD, "one reader, one film")
    with pytest.raises(InputError, match="refused"):
        await house.taker.take(key, out, LEAD)
    assert not out.exists()
    assert await house.desk.prepare(LEAD) == [], "its cases stay here too"


async def test_a_folder_that_cannot_be_written_to_is_named_and_the_pack_waits(house: House, tmp_path: Path) -> None:
    await house.receive(chest_film(1, run="a"))
    key = await house.approved()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match=r"Not a directory|File exists"):
        await house.taker.take(key, tmp_path / "file", LEAD)
    assert house_state(await house.desk.told(key)) == "approved"


def house_state(told: dict[str, object] | None) -> str:
    return str(told["state"]) if told else ""


async def test_a_pack_is_prepared_every_two_weeks_by_itself_and_only_if_there_is_something_new(house: House) -> None:
    study_key = await house.receive(chest_film(1, run="a"))
    made = []
    for house.days in range(40):
        made += [(house.days, len(pack.cases)) for pack in await house.desk.prepare_due()]
        if house.days == 20:
            await house.judge(study_key, "on second thoughts")
    assert made == [(14, 1), (28, 1)]


async def test_a_worker_prepares_what_is_due_and_leaves_it_at_that(house: House) -> None:
    await house.receive(chest_film(1, run="a"))
    folder = house.data.parent / "apps" / "finder"
    shutil.copytree(PROBE, folder)
    told = (PROBE / "app.toml").read_text().replace('id = "probe"', 'id = "finder"')
    (folder / "app.toml").write_text(told)
    settings = Settings(data=house.data, apps=(folder.parent,), feedback=FeedbackSettings(every_days=1.0))
    stop = asyncio.Event()
    task = asyncio.create_task(keep_packs(settings, house.bench.store, stop))
    while not (packs := (await house.desk.listed())["packs"]):  # noqa: ASYNC110 - it comes from elsewhere
        await asyncio.sleep(0.05)
    stop.set()
    await task
    assert [(one["vendor"], one["state"], one["actor"]) for one in packs] == [("collega tests", "prepared", "collega")]


async def test_without_its_keys_no_pack_is_made_a_second_time(house: House, tmp_path: Path) -> None:
    await house.receive(chest_film(1, run="a"))
    key = await house.approved()
    await house.taker.take(key, tmp_path / "out", LEAD)
    (house.data / "secrets" / "reidentification.json").unlink()
    with pytest.raises(ConfigurationError, match="lost"):
        await house.taker.take(key, tmp_path / "again", LEAD)
    assert not (tmp_path / "again").exists()


KILLED = """
import os, signal, sys
from pathlib import Path
from collega.formats.dicom_deid.profile import Profile
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.outside.pack import write_pack

def letter(left_out):
    os.kill(os.getpid(), signal.SIGKILL)

folder = Path(sys.argv[1])
pseudonyms = Pseudonyms(key=b"0" * 16, project="p")
write_pack(folder / "feedback.zip", folder / "work", [], letter, Profile(name="p", project="p"), pseudonyms)
"""


def killed(folder: Path) -> None:
    done = subprocess.run([sys.executable, "-c", KILLED, str(folder)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [path.name for path in folder.iterdir() if path.is_file()] == ["feedback.zip.part"]


async def test_killed_while_it_is_written_a_pack_has_no_half_file_under_its_name_and_is_made_again(
    house: House, tmp_path: Path
) -> None:
    killed(tmp_path)
    await house.receive(chest_film(1, run="a"))
    key = await house.approved()
    (house.data / "packs" / "work" / "in").mkdir(parents=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "feedback-maker-sons-0001.zip.part").write_bytes(b"half")
    path, _ = await house.taker.take(key, tmp_path / "out", LEAD)
    assert zipfile.ZipFile(io.BytesIO(path.read_bytes())).testzip() is None
    assert [one.name for one in path.parent.iterdir()] == ["feedback-maker-sons-0001.zip"]
