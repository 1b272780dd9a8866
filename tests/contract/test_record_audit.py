"""Orders, patients and procedure steps in the audit record, whether their studies are here or never come."""

import asyncio
from datetime import UTC, datetime
from typing import cast

import pytest

from collega.formats.audit_message import AuditSource, messages
from collega.model.audit import AuditLine, Subject
from collega.model.merge import Identity
from collega.model.procedure_step import StepSaid, StepState
from collega.receive.sources import Sources
from collega.testing import records
from collega.testing.fakes import FakeClock
from collega.testing.hl7_messages import adt, merge, order
from tests.contract.conftest import Bench, RealBench
from tests.contract.test_links import Links
from tests.unit.formats.audit_schema import faults

pytestmark = pytest.mark.shows("R59")
AT = datetime(2026, 11, 28, 9, tzinfo=UTC)


async def lines(real: RealBench, patient: str = "") -> list[AuditLine]:
    async with real.transaction() as transaction:
        return list(reversed(await transaction.audit_lines(patient=patient)))


def told(line: AuditLine) -> tuple[str, str, list[str]]:
    return line.event, line.actor, sorted(subject.patient_id for subject in line.subjects)


async def test_what_a_ris_says_is_on_record_with_its_patients(real: RealBench) -> None:
    links = Links(cast("Bench", real))
    await links.say(
        order(accession="A1", patient="1^^^ZKH^PI", id_="1"), order(accession="A2", patient="2^^^ZKH^PI", id_="2")
    )
    await links.say(order(accession="A1", patient="1^^^ZKH^PI", control="CA", id_="3"))
    await links.say(adt(patient="1^^^ZKH^PI", id_="4"))
    await links.say(merge(("3^^^ZKH^PI", "2^^^ZKH^PI"), id_="5"))
    found = [told(line) for line in await lines(real)]
    sender = found[0][1]
    assert sender
    assert found == [
        ("order created", sender, ["1", "2"]),
        ("order changed", sender, ["1"]),
        ("patient changed", sender, ["1"]),
        ("patient changed", sender, ["3"]),  # a merge describes who survives
        ("patients merged", sender, ["2", "3"]),
    ], "no study of them is here, and the messages of one go are one line"
    assert [line.event for line in await lines(real, "2")] == ["order created", "patients merged"]
    first = (await lines(real))[0]
    assert all(subject.patient_name for subject in first.subjects), "known from the order alone"
    written = messages(first, AuditSource(host="here", site="", aet="COLLEGA"))
    assert (len(written), [fault for content in written for fault in faults(content)]) == (2, [])


async def test_a_step_is_on_record_by_its_own_patient_until_its_study_is_here(real: RealBench) -> None:
    header = records.header()
    uid = header.study_instance_uid
    sources = Sources(real.store, FakeClock(AT), asyncio.get_running_loop(), lambda _: None)
    said = StepSaid(state=StepState.IN_PROGRESS, study_instance_uids=(uid,), patient=Identity("", "77"))
    await asyncio.to_thread(sources.step_created, "1.9", said, "CT1")
    (begun,) = await lines(real)
    assert told(begun) == ("procedure step begun", "CT1", ["77"])
    assert begun.payload["study_instance_uids"] == [uid]
    async with real.transaction() as transaction:
        await transaction.add_study(header, records.study(header).key, AT)
    await asyncio.to_thread(sources.step_set, "1.9", StepSaid(state=StepState.DISCONTINUED), "CT1")
    changed = (await lines(real))[-1]
    (subject,) = changed.subjects
    assert (changed.event, changed.payload["state"]) == ("procedure step changed", "DISCONTINUED")
    assert isinstance(subject, Subject)
    assert (subject.study_instance_uid, subject.patient_id) == (uid, header.patient.patient_id)
