"""Orders, merges and reports in any order, and repeated, lead to the same end as in the order of their clocks."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collega.model.message import SIGNED
from collega.model.study import Patient
from collega.testing import records
from collega.testing.hl7_messages import adt, merge, order, report
from tests.contract.conftest import Bench, FakeBench, empty, opened
from tests.contract.test_links import Links

pytestmark = pytest.mark.shows("R59")
PATIENTS = ("1", "2", "3")
STUDIES = ("A", "B")
few = st.sampled_from
number = few(("", "1", "2"))


@st.composite
def messages(draw: st.DrawFn) -> Sequence[bytes]:
    """Draw what senders say: few numbers, so that they meet."""
    made = []
    for id_ in range(draw(st.integers(1, 7))):
        at = f"202611281{draw(st.integers(0, 4))}0000+0100"
        patient = f"{draw(few(PATIENTS))}^^^ZKH"
        names = {
            "placer": draw(number),
            "filler": draw(number),
            "accession": draw(few(("", "ACC-A", "ACC-B"))),
            "patient": patient,
            "id_": str(id_),
            "at": at,
        }
        match draw(st.integers(0, 3)):
            case 0:
                control = draw(few(("NW", "XO", "CA", "DC", "SC")))
                made.append(order(control=control, priority=draw(few(("", "S", "R", "A"))), **names))
            case 1:
                part = draw(few(("GDT", "ADT")))
                made.append(report(draw(few(("x", "y"))), status=draw(few("PFC")), part=part, **names))
            case 2:
                made.append(merge((f"{draw(few(PATIENTS))}^^^ZKH", patient), id_=str(id_), at=at))
            case _:
                made.append(adt(patient, id_=str(id_), at=at, name=draw(few(("Smit^A", "Bakker^B")))))
    return made


async def end(bench: Bench, steps: Sequence[bytes | str]) -> object:
    """Take the steps one after the other, and tell the end: a text is a study that comes."""
    links = Links(bench)
    for step in steps:
        if isinstance(step, str):
            await links.receive(step, patient=Patient(issuer="ZKH", patient_id=PATIENTS[STUDIES.index(step)]))
        else:
            await links.say(step)
    told = []
    for name in STUDIES:
        key = records.study(records.header(study=name)).key
        study, found = await links.study(key), await links.found(key)
        versions_signed = {item.said.version for item in found.reports if item.said.status in SIGNED}
        signatures = [kind for kind in await bench.told(key) if kind in {"signed", "unsigned"}]
        assert (signatures[-1:] == ["signed"]) is bool(versions_signed)
        patient = (study.patient.patient_id, study.patient.name, study.came_as and study.came_as.patient_id)
        facts = [(item.numbers, item.standing, item.priority) for item in found.orders]
        versions = [(item.said.text, item.said.status) for item in found.reports]
        told.append((patient, study.priority, study.priority_source, facts, versions, len(found.apart)))
    return told


def shuffled(draw: st.DataObject) -> tuple[list[bytes | str], list[bytes | str]]:
    made = list(draw.draw(messages()))
    steps: list[bytes | str] = [*STUDIES, *made]
    return steps, draw.draw(st.permutations([*steps, *draw.draw(st.lists(few(made), max_size=3))]))


@given(data=st.data())
@settings(max_examples=400, deadline=None)
def test_any_order_ends_alike_in_memory(data: st.DataObject) -> None:
    first, second = shuffled(data)
    assert asyncio.run(end(FakeBench(), first)) == asyncio.run(end(FakeBench(), second))


@given(data=st.data())
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_ends_as_memory_does(data: st.DataObject, server: str) -> None:
    _, steps = shuffled(data)
    assert asyncio.run(_in_database(server, steps)) == asyncio.run(end(FakeBench(), steps))


async def _in_database(server: str, steps: Sequence[bytes | str]) -> object:
    empty(server)
    async with opened(server) as bench:
        return await end(bench, steps)


async def test_a_signature_of_what_turns_out_to_be_another_patients_report_is_taken_back() -> None:
    bench = FakeBench()
    links = Links(bench)
    key = await links.receive("A", patient=Patient(issuer="ZKH", patient_id="2"))
    await links.say(merge(("2^^^ZKH", "1^^^ZKH"), id_="1", at="20261128100000+0100"))
    await links.say(report("x", id_="2", accession="ACC-A", patient="1^^^ZKH"))
    await links.say(merge(("3^^^ZKH", "1^^^ZKH"), id_="3", at="20261128120000+0100"))
    assert (await links.found(key)).reports == ()
    assert [kind for kind in await bench.told(key) if "signed" in kind] == ["signed", "unsigned"]
