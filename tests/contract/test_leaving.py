"""What leaves the house, in the store: objections, permissions, pseudonyms that are read back."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from collega.adapters.files.keyring_file import write_key_file
from collega.bootstrap.leave import leaving
from collega.config import Settings
from collega.errors import ConfigurationError, InputError
from collega.model.app import Manifest
from collega.model.audit import AuditOutcome
from collega.model.job import Event, JobState
from collega.model.leaving import Gone, Objection, Sealed
from collega.model.runtime import HttpSpec, RunSpec, Runtime
from collega.model.study import Patient
from collega.outside.keyring import new_keyring
from collega.testing import records
from collega.testing.records import AT
from tests.contract.conftest import Bench, RealBench
from tests.unit.outside.conftest import PERMISSION

pytestmark = pytest.mark.shows("R85")
HEADER = records.header(patient=Patient(issuer="H", patient_id="123"))
KEY = records.study(HEADER).key
CLOUD = records.manifest(
    run=RunSpec(
        runtime=Runtime.HTTP,
        http=HttpSpec(url="https://ai.example/x", is_cloud=True),
        time_limit_s=10.0,
        memory_mb=16,
        output_mb=8,
        attempts=2,
    )
)
OBJECTION = Objection(issuer="H", patient_id="123", at=AT, actor="privacy officer", reason="form")
SEALED = Sealed(pseudonym="P1", kind="patient", project="cloud/finder", key_id="", sealed=b"\0x", study_key=KEY, at=AT)


def sent(**changes: Any) -> Event:
    payload: dict[str, object] = {"app": "finder", "to": "ai.example", "files": 3, "bytes": 99, **changes}
    return Event(kind="sent_outside", at=AT, study_key=KEY, payload=payload)


async def test_an_objection_is_found_by_number_or_study_until_it_is_withdrawn(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        first = await transaction.add_objection(OBJECTION)
        second = await transaction.add_objection(
            Objection(study_instance_uid="1.2.3", at=AT, actor="privacy officer", reason="phone")
        )
        assert replace(first, key="") == OBJECTION
        assert list(await transaction.objections()) == [second, first]
    async with bench.transaction() as transaction:
        assert list(await transaction.objections_naming(["123", "9"], [])) == [first]
        assert list(await transaction.objections_naming([], ["1.2.3"])) == [second]
        assert list(await transaction.objections_naming(["", "12"], ["", "1.2"])) == []
        ended = await transaction.withdraw_objection(first.key, AT, "the same", "changed mind")
        assert ended == replace(first, withdrawn_at=AT, withdrawn_by="the same", withdrawal_reason="changed mind")
        assert await transaction.withdraw_objection(first.key, AT, "the same", "again") is None
        assert await transaction.withdraw_objection("nothing", AT, "the same", "x") is None
        assert list(await transaction.objections_naming(["123"], [])) == []
        assert list(await transaction.objections()) == [second]
        assert list(await transaction.objections(withdrawn=True)) == [second, ended]


async def test_the_latest_permission_counts(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        assert await transaction.cloud_permission("finder") is None
        for one in (PERMISSION, replace(PERMISSION, is_permitted=False), replace(PERMISSION, app_id="other")):
            await transaction.set_cloud_permission(one)
        assert await transaction.cloud_permission("finder") == replace(PERMISSION, is_permitted=False)


async def test_pseudonyms_are_kept_once_and_found(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        await transaction.note_pseudonyms([replace(SEALED, key_id="k1", pseudonym="Ponce")])
        await transaction.note_pseudonyms([replace(SEALED, key_id="k2", pseudonym="Ponce")])
        (found,) = await transaction.pseudonyms(["Ponce", "Pnever"])
        assert found == replace(SEALED, key_id="k1", pseudonym="Ponce")
        assert "k1" in await transaction.key_ids()


async def test_what_has_left_is_told_with_its_study(bench: Bench) -> None:
    async with bench.transaction() as transaction:
        await transaction.add_study(HEADER, KEY, AT)
        await transaction.add_event(sent())
        uid = HEADER.study_instance_uid
        wanted = [Gone(at=AT, study_instance_uid=uid, app_id="finder", to="ai.example", files=3, bytes=99)]
        assert list(await transaction.gone([KEY])) == wanted
        assert list(await transaction.gone(["another"])) == []
        assert list(await transaction.issuers_of("123")) == ["H"]


async def test_an_objection_is_never_changed_but_by_its_withdrawal(real: RealBench, database: str) -> None:
    async with real.transaction() as transaction:
        await transaction.add_objection(OBJECTION)
    for change in ("UPDATE objection SET patient_id = '9'", "DELETE FROM objection"):
        with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.RaiseException, match="is kept"):
            connection.execute(change.encode())


@pytest.mark.parametrize("named", ["patient", "study"])
async def test_a_late_objection_stops_what_waits_and_tells_what_had_left(real: RealBench, named: str) -> None:
    inside = records.manifest("inside")
    async with real.transaction() as transaction:
        study = await transaction.add_study(HEADER, KEY, AT)
        jobs = [await transaction.add_job(study, app, ["1.2"], app.id, AT) for app in (CLOUD, inside)]
        await transaction.add_event(sent())
        by_study: dict[str, Any] = {"patient_id": "", "issuer": "", "study_instance_uid": study.study_instance_uid}
        made = replace(OBJECTION, **by_study) if named == "study" else OBJECTION
        noted = await leaving.note_objection(transaction, made, [CLOUD, inside], stops_inside=False)
        assert (noted.stopped, len(noted.gone)) == (1, 1)
        (step,) = await transaction.rows("SELECT args FROM procrastinate_jobs WHERE task_name = 'run'")
        assert step["args"] == {"job_key": jobs[0].key}
        waiting = await transaction.job(jobs[0].key)
        assert waiting is not None
        assert waiting.state is JobState.QUEUED
        (line,) = await transaction.rows(
            "SELECT responsible, studies, payload FROM audit WHERE event = 'objection noted'"
        )
        assert (line["responsible"], line["studies"]) == ("privacy officer", [KEY])
        (told,) = await leaving.list_objections(transaction, withdrawn=False)
        assert told["gone"][0]["to"] == "ai.example"
        with pytest.raises(InputError, match="no objection of that key stands"):
            await leaving.withdraw_objection(transaction, "nothing", "x", "y")


async def test_where_the_site_says_so_apps_inside_are_stopped_too(real: RealBench) -> None:
    inside = records.manifest("inside")
    async with real.transaction() as transaction:
        study = await transaction.add_study(HEADER, KEY, AT)
        await transaction.add_job(study, inside, ["1.2"], "inside", AT)
        noted = await leaving.note_objection(transaction, OBJECTION, [inside], stops_inside=True)
    assert noted.stopped == 1


async def test_keys_are_made_by_the_first_permission_and_never_again(real: RealBench, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    path = leaving.key_file(settings)

    async def permit(app: Manifest, *, sends_free_text: bool = False) -> None:
        await leaving.permit(
            transaction,
            settings,
            app,
            agreement="DPA",
            agreed_on=date(2026, 9, 1),
            sends_free_text=sends_free_text,
            actor="P",
            reason="r",
        )

    async with real.transaction() as transaction:
        await permit(CLOUD)
        made = path.read_text()
        assert path.stat().st_mode & 0o777 == 0o600
        await permit(CLOUD)
        assert path.read_text() == made
        sealed = leaving.read_keys(settings).seal(replace(SEALED, pseudonym="Plost"), "x")
        await transaction.note_pseudonyms([sealed])
        path.unlink()
        with pytest.raises(ConfigurationError, match="is lost, and pseudonyms were made with it"):
            await permit(CLOUD)
        assert not path.exists()
        with pytest.raises(InputError, match="asks for no free text"):
            await permit(CLOUD, sends_free_text=True)
        with pytest.raises(InputError, match="does not work outside"):
            await permit(records.manifest())
        await leaving.forbid(transaction, "finder", "P", "contract ended")
        with pytest.raises(InputError, match="was not permitted"):
            await leaving.forbid(transaction, "finder", "P", "again")


async def test_reading_back_needs_the_key_and_is_logged(real: RealBench, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    path = leaving.key_file(settings)
    write_key_file(path, new_keyring().text())
    sealed = leaving.read_keys(settings).seal(
        replace(SEALED, pseudonym="Pback"), '{"issuer": "H", "patient_id": "123"}'
    )
    async with real.transaction() as transaction:
        await transaction.note_pseudonyms([sealed])
        (row,) = await leaving.read_back(transaction, settings, "Pback", "a question of the maker")
        assert (row["issuer"], row["patient_id"]) == ("H", "123")
        assert await leaving.read_back(transaction, settings, "Pnobody", "a guess") == []
        await leaving.note_refused(transaction, "Pback", "curious")
        lines = await transaction.rows(
            "SELECT outcome, payload FROM audit WHERE event = 'pseudonym read back' ORDER BY audit_key"
        )
    assert [line["outcome"] for line in lines] == [
        AuditOutcome.SUCCESS,
        AuditOutcome.MINOR_FAILURE,
        AuditOutcome.SERIOUS_FAILURE,
    ]
    assert lines[0]["payload"]["reason"] == "a question of the maker"
    assert "123" not in str(lines[0]["payload"])
    write_key_file(path, new_keyring().text())
    async with real.transaction() as transaction:
        with pytest.raises(ConfigurationError, match="it lacks the key"):
            await leaving.read_back(transaction, settings, "Pback", "again")


async def test_keys_are_renewed_and_a_renewal_that_was_cut_off_loses_nothing(real: RealBench, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path)
    path = leaving.key_file(settings)
    write_key_file(path, new_keyring().text())
    before = leaving.read_keys(settings)
    async with real.transaction() as transaction:
        await transaction.rows("WITH gone AS (DELETE FROM reidentification.pseudonym RETURNING 1) SELECT * FROM gone")
        names = [f"P{number}" for number in range(50)]
        await transaction.note_pseudonyms(
            [before.seal(replace(SEALED, pseudonym=name), f'{{"patient_id": "{name}"}}') for name in names]
        )
    # Cut off after the new key was written, before anything was sealed anew.
    write_key_file(path, before.renewed().text())
    assert await leaving.renew_keys(real.store, settings) == 50
    after = leaving.read_keys(settings)
    assert len(after.seals) == 1
    assert after.pseudonyms == before.pseudonyms
    async with real.transaction() as transaction:
        assert list(await transaction.key_ids()) == [after.seals[0][0]]
        (row,) = await leaving.read_back(transaction, settings, "P7", "a test")
    assert row["patient_id"] == "P7"
