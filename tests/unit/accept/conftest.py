"""A visit to a PACS in memory, on a machine where all is well."""

from datetime import UTC, datetime, timedelta

import pytest

from collega.accept.study import build, name
from collega.accept.visit import Visit
from collega.model.host import AppFacts, Arranged, DatabaseFacts
from collega.testing.fake_probe import FakeEar, FakeMachine, FakeProbe

AT = datetime(2026, 3, 2, 8, 30, 15, tzinfo=UTC)
NAMES = name("run-1", AT, "Europe/Amsterdam", "nl")
PIECES = build(NAMES)
ARRANGED = Arranged(
    zone_offset=timedelta(hours=1),
    timezone="Europe/Amsterdam",
    language="nl",
    site="Test hospital",
    reserve_mb=512,
    web_host="127.0.0.1",
    dicom_host="127.0.0.1",
    dicom_port=11112,
    calling_aet="COLLEGA",
    peers=(),
    allow_unconfined=False,
    pacs_aet="PACS",
    pacs_host="10.1.2.3",
    pacs_port=104,
    confirm="visible",
    query_level="image",
    rejection_notes=False,
)
DATABASE = DatabaseFacts(version="18.4", embedded=True, offset_s=0.001, receiver=True, worker=True)
APP = AppFacts(id="probe", version="1", stage="shadow", problems=(), isolation=("network", "mount", "uid"))


@pytest.fixture
def pacs() -> FakeProbe:
    return FakeProbe()


@pytest.fixture
def own() -> FakeProbe:
    return FakeProbe()


@pytest.fixture
def ear() -> FakeEar:
    return FakeEar()


@pytest.fixture
def visit(pacs: FakeProbe, own: FakeProbe, ear: FakeEar) -> Visit:
    return Visit(
        pacs=pacs,
        own=own,
        ear=ear,
        names=NAMES,
        pieces=PIECES,
        machine=FakeMachine().now,
        database=DATABASE,
        apps=(APP,),
        arranged=ARRANGED,
        wait_s=0.6,
        reach=lambda _: "",
    )
