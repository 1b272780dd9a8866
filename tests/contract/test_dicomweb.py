"""Searches over DICOMweb in the real database: what is found, what shadow hides, who is let in."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from collega.adapters.files.archive import FileArchive
from collega.bootstrap.dicomweb import dicom_desk
from collega.bootstrap.people.tokens import TokenDesk, list_tokens, make_token, revoke_token
from collega.errors import InputError
from collega.model.delivery import DeliveryState
from collega.model.study import Patient, Role
from collega.model.token import TokenRight
from collega.testing import records
from collega.testing.records import AT
from collega.web.dicomweb import router as dicomweb
from collega.web.gate import gate
from tests.contract.conftest import RealBench
from tests.unit.web.asking import Answer, ask

READ = frozenset({TokenRight.READ})
SHADOW = READ | {TokenRight.SHADOW}


@dataclass(frozen=True, kw_only=True)
class Server:
    """The application over a store."""

    app: FastAPI

    async def ask(self, path: str, token: str = "", client: str = "127.0.0.1") -> Answer:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return await ask(self.app, f"/dicom-web{path}", headers=headers, client=client)

    async def find(self, path: str, token: str = "") -> list[dict[str, Any]]:
        answer = await self.ask(path, token)
        assert answer.status == 200, answer.text
        found: list[dict[str, Any]] = json.loads(answer.body)
        return found

    async def uids(self, path: str, tag: str = "0020000D", token: str = "") -> list[str]:
        return [row[tag]["Value"][0] for row in await self.find(path, token)]


@pytest.fixture
async def house(real: RealBench, tmp_path: Path) -> AsyncIterator[Server]:
    app = FastAPI()
    async with dicom_desk(real.store, FileArchive(tmp_path), tmp_path) as desk:
        app.include_router(dicomweb.router(desk, gate(TokenDesk(store=real.store))))
        yield Server(app=app)


async def add(transaction: Any, study: str, *, series: str = "", count: int = 1, **values: Any) -> list[str]:
    """Record the objects of one series; gives their UIDs."""
    attributes = values.pop("attributes", {"modality": "CR"})
    uids = []
    for number in range(count):
        made = records.header(f"{series}{number}", study=study, **values)
        made = replace(
            made,
            series_instance_uid=f"{made.study_instance_uid[:50]}.{len(series) + 5}",
            attributes={**attributes, "instance_number": float(number + 1)},
        )
        known = await transaction.study_by_uid(made.study_instance_uid)
        if known is None:
            await transaction.add_study(made, records.study(made).key, AT)
        await transaction.add_instances([records.instance(made)])
        uids.append(made.sop_instance_uid)
    return uids


@pytest.fixture
async def filled(real: RealBench) -> Mapping[str, str]:
    """Three studies of two patients; gives their UIDs by name."""
    anna = Patient(issuer="HOSP", patient_id="A1", name="Smit^Anna", birth_date="19500101", sex="F")
    bert = Patient(issuer="HOSP", patient_id="B%1", name="Smits^Bert=X^Y", birth_date="19600101", sex="M")
    async with real.transaction() as transaction:
        await add(transaction, "one", patient=anna, study_date="20260101", study_time="101500", accession_number="N1")
        await add(
            transaction, "two", patient=anna, study_date="20260215", study_time="2359", count=3, accession_number="N2",
            attributes={"modality": "CT", "series_number": 2.0, "body_part": "HEAD"},
        )  # fmt: skip
        await add(
            transaction, "two", series="x", patient=anna, attributes={"modality": "SR", "series_number": ("1", "2")},
            role=Role.DERIVED,
        )  # fmt: skip
        await add(
            transaction, "three", patient=bert, study_date="20260301", study_time="080000", accession_number="N*3"
        )
    return {name: records.header(study=name).study_instance_uid for name in ("one", "two", "three")}


SEARCHES: list[tuple[str, list[str]]] = [
    ("", ["three", "two", "one"]),
    ("?PatientID=A1", ["two", "one"]),
    ("?00100020=A1&limit=1", ["two"]),
    ("?PatientID=B%251", ["three"]),
    ("?PatientID=B_1", []),
    ("?PatientID=*1&offset=1", ["two", "one"]),
    ("?PatientName=smit^anna", ["two", "one"]),
    ("?PatientName=Smit?^*", ["three"]),
    ("?PatientName=smits^bert", ["three"]),
    ("?StudyDate=20260101", ["one"]),
    ("?StudyDate=20260102-20260215", ["two"]),
    ("?StudyDate=-20260215", ["two", "one"]),
    ("?StudyDate=20260216-", ["three"]),
    ("?StudyTime=10", ["one"]),
    ("?StudyTime=08-1015", ["three", "one"]),
    ("?StudyTime=235900-", []),
    ("?ModalitiesInStudy=SR", ["two"]),
    ("?ModalitiesInStudy=C*&PatientID=A1", ["two", "one"]),
    ("?AccessionNumber=N2", ["two"]),
    ("?PatientSex=M&PatientBirthDate=19600101", ["three"]),
    ("?AccessionNumber=", ["three", "two", "one"]),
]


@pytest.mark.shows("R59", "R65")
async def test_each_way_to_search_finds_what_it_names(filled: Mapping[str, str], house: Server) -> None:
    for path, names in SEARCHES:
        assert await house.uids(f"/studies{path}") == [filled[name] for name in names], path
    both = f"{filled['one']},{filled['three']}"
    assert await house.uids(f"/studies?StudyInstanceUID={both}") == [filled["three"], filled["one"]]


async def test_series_and_instances_are_found_in_a_study_and_across_studies(
    filled: Mapping[str, str], house: Server
) -> None:
    (study,) = await house.find("/studies?AccessionNumber=N2")
    assert sorted(study["00080061"]["Value"]) == ["CT", "SR"]
    assert (study["00201206"]["Value"], study["00201208"]["Value"]) == ([2], [4])
    series = await house.find(f"/studies/{filled['two']}/series")
    assert [row["00080060"]["Value"] for row in series] == [["CT"], ["SR"]]
    assert [row["00201209"]["Value"] for row in series] == [[3], [1]]
    assert [row["0020000D"]["Value"] for row in await house.find("/series?Modality=CT&PatientID=A1")] == [
        [filled["two"]]
    ]
    assert len(await house.find("/series?BodyPartExamined=HE*")) == 1
    assert len(await house.find("/series?SeriesNumber=2")) == 1
    numbers = await house.find(f"/studies/{filled['two']}/instances?Modality=CT")
    assert [row["00200013"]["Value"] for row in numbers] == [[1], [2], [3]]
    (one,) = await house.find(f"/instances?SOPInstanceUID={numbers[1]['00080018']['Value'][0]}&includefield=all")
    assert one["00100010"]["Value"] == [{"Alphabetic": "Smit^Anna"}]
    assert one["00081190"]["Value"][0].endswith(f"/instances/{one['00080018']['Value'][0]}")


@pytest.mark.parametrize(
    "path",
    ["?Foo=1", "?PatientComments=x", "?Modality=CT", "?StudyDate=2026", "?limit=-1", "?offset=x", "?fuzzymatching=1",
     "?StudyInstanceUID=a", "?includefield=foo", "?StudyTime=9-", "?SeriesNumber=x"],
)  # fmt: skip
async def test_what_cannot_be_searched_by_is_refused_and_not_passed_over(house: Server, path: str) -> None:
    assert (await house.ask(f"/studies{path}")).status == 400


async def test_what_was_not_done_as_asked_is_told(filled: Mapping[str, str], house: Server) -> None:
    for path, word in (
        ("fuzzymatching=true", "fuzzy"),
        ("limit=2", "offset=2"),
        ("includefield=StudyComments", "StudyC"),
    ):
        answer = await house.ask(f"/studies?{path}")
        assert answer.headers["warning"].startswith("299 ")
        assert word in answer.headers["warning"]
        assert {row["0020000D"]["Value"][0] for row in json.loads(answer.body)} <= set(filled.values())


@pytest.mark.shows("R32", "R58")
async def test_a_result_is_seen_once_a_pacs_has_it_or_by_the_right_to_see_shadow(
    real: RealBench, filled: Mapping[str, str], house: Server
) -> None:
    async with real.transaction() as transaction:
        secret = (await make_token(transaction, "judge", SHADOW, None, "someone"))["token"]
        made = records.header(study="one")
        result = records.result_object(made)
        await transaction.add_object(result, "PACS", AT)
        box = await add(transaction, "three", series="box", attributes={"modality": "SC"}, role=Role.DERIVED)
        study = await transaction.study_by_uid(filled["three"])
        assert study is not None
        job = await transaction.add_job(study, records.manifest("vendor"), [], "digest", AT)
        await transaction.rows(
            """INSERT INTO box_answer (job_key, sop_instance_uid, sop_class_uid, path, digest, at, standing)
               VALUES (%s, %s, '', '', '', now(), 'open') RETURNING 1""",
            (job.key, box[0]),
        )
    uid = result.reference.sop_instance_uid
    for path, hidden in (
        (f"/studies/{filled['one']}/instances", uid),
        (f"/studies/{filled['three']}/instances", box[0]),
    ):
        assert hidden not in await house.uids(path, "00080018"), path
        assert hidden in await house.uids(path, "00080018", secret), path
    assert len(await house.find(f"/studies/{filled['three']}/series")) == 1
    assert len(await house.find(f"/studies/{filled['three']}/series", secret)) == 2
    assert (await house.ask(f"/studies/{filled['three']}/series/1.2/instances/{box[0]}")).status == 404
    assert [row["00201208"]["Value"] for row in await house.find("/studies?AccessionNumber=N1")] == [[1]]
    async with real.transaction() as transaction:
        await transaction.rows(
            "UPDATE delivery SET state = %s WHERE sop_instance_uid = %s RETURNING 1", (DeliveryState.VISIBLE, uid)
        )
    assert uid in await house.uids(f"/studies/{filled['one']}/instances", "00080018")
    (study_row,) = await house.find("/studies?AccessionNumber=N1")
    assert study_row["00201208"]["Value"] == [2]


async def test_series_are_counted_as_objects_come_and_are_corrected(real: RealBench, house: Server) -> None:
    async with real.transaction() as transaction:
        uids = await add(transaction, "moved", count=2)
        known = await transaction.instance(uids[0])
        assert known is not None
        moved = replace(known, header=replace(known.header, series_instance_uid="1.9", attributes={"modality": "DX"}))
        await transaction.correct_instance(moved)
    study = records.header(study="moved").study_instance_uid
    rows = await house.find(f"/studies/{study}/series")
    assert sorted((row["00080060"]["Value"][0], row["00201209"]["Value"][0]) for row in rows) == [("CR", 1), ("DX", 1)]


# --------------------------------------------------------------------------- who is let in


@pytest.mark.shows("R59", "R64")
async def test_a_token_opens_what_it_names_until_it_ends(real: RealBench, house: Server) -> None:
    async with real.transaction() as transaction:
        reader = (await make_token(transaction, "reader", READ, None, "someone"))["token"]
        writer = (await make_token(transaction, "writer", frozenset({TokenRight.WRITE}), None, "someone"))["token"]
        soon = datetime.now(UTC) + timedelta(hours=1)
        ending = (await make_token(transaction, "ending", READ, soon, "someone"))["token"]
    elsewhere = "192.0.2.1"

    async def status(token: str) -> int:
        return (await house.ask("/studies", token, elsewhere)).status

    assert [await status(token) for token in (reader, writer, ending, "", "forged")] == [200, 403, 200, 401, 401]
    assert (await house.ask("/studies", "forged")).status == 401, "a wrong token opens nothing on this machine either"
    async with real.transaction() as transaction:
        await revoke_token(transaction, "reader", "someone")
        await transaction.rows("UPDATE token SET expires_at = now() WHERE name = 'ending' RETURNING 1")
        again = (await make_token(transaction, "reader", READ, None, "someone"))["token"]
    assert [await status(token) for token in (reader, ending, again)] == [401, 401, 200]
    async with real.transaction() as transaction:
        told = await list_tokens(transaction)
        lines = await transaction.rows("SELECT event, payload::text AS said FROM audit ORDER BY audit_key")
        kept = await transaction.rows("SELECT t::text AS row FROM token t")
    assert [row["counts"] for row in told] == [False, True, False, True]
    assert [line["event"] for line in lines] == ["token made"] * 3 + ["token revoked", "token made"]
    assert not any(secret in str(row) for secret in (reader, writer, ending) for row in (*lines, *kept))


async def test_a_token_that_makes_no_sense_is_refused(real: RealBench) -> None:
    past = datetime.now(UTC) - timedelta(hours=1)
    for name, rights, until in (("a b", READ, None), ("x", frozenset(), None), ("x", READ, past)):
        async with real.transaction() as transaction:
            with pytest.raises(InputError):
                await make_token(transaction, name, rights, until, "someone")
    async with real.transaction() as transaction:
        await make_token(transaction, "twice", READ, None, "someone")
        with pytest.raises(InputError, match="already"):
            await make_token(transaction, "twice", READ, None, "someone")
        with pytest.raises(InputError, match="no token"):
            await revoke_token(transaction, "other", "someone")


@pytest.mark.shows("R31")
async def test_without_a_receiver_nothing_is_confirmed(house: Server) -> None:
    body = b"--x\r\n\r\ncontent\r\n--x--"
    headers = {"content-type": 'multipart/related; type="application/dicom"; boundary=x'}
    answer = await ask(house.app, "/dicom-web/studies", "POST", body=body, headers=headers)
    assert (answer.status, "again" in answer.detail) == (503, True)
