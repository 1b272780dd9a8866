"""Notices of availability are kept alike by the fake and by PostgreSQL; a peer hears what PS3.4 R.3.2 asks for."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.events import Event

from collega.adapters.dimse.available import AvailabilityAddress, AvailabilityTeller
from collega.errors import PeerError, RefusedError
from collega.formats.dicom_evidence import read_availability
from collega.model.availability import Available
from collega.model.evidence import SeriesSaid
from collega.model.result import ObjectReference
from collega.testing.ports import reserved_ports
from collega.testing.records import AT
from tests.contract.conftest import Bench
from tests.contract.test_deliveries import KEY, plan

pytestmark = pytest.mark.shows("R31", "R59")
INSTANCE_AVAILABILITY = "1.2.840.10008.5.1.4.33"
SOON, LATE = AT + timedelta(seconds=5), AT + timedelta(hours=1)


async def test_a_notice_is_due_once_and_asked_for_anew(bench: Bench) -> None:
    await plan(bench, "a")  # a study
    async with bench.transaction() as transaction:
        assert await transaction.next_availability("RIS") is None
        await transaction.ask_availability("RIS", KEY, LATE)
        await transaction.ask_availability("RIS", KEY, SOON)
        assert await transaction.next_availability("RIS") == SOON
        assert await transaction.next_availability("OTHER") is None
        assert list(await transaction.due_availability("RIS", AT, 9)) == []
        (notice,) = await transaction.due_availability("RIS", SOON, 9)
        assert (notice.peer, notice.study_key, notice.told, notice.attempt) == ("RIS", KEY, "", 0)
    async with bench.transaction() as transaction:
        await transaction.close_availability(notice, at=SOON, told="one set")
        assert await transaction.next_availability("RIS") is None
        await transaction.ask_availability("RIS", KEY, LATE)
        (again,) = await transaction.due_availability("RIS", LATE, 9)
        assert (again.told, again.attempt) == ("one set", 1)
        await transaction.close_availability(notice, at=LATE, told="one set", detail="late")
        assert await transaction.next_availability("RIS") == LATE, "what was asked for meanwhile stands"
        await transaction.close_availability(again, at=LATE, told="one set", due_at=LATE + timedelta(minutes=1))
        assert await transaction.next_availability("RIS") == LATE + timedelta(minutes=1)


def reference(number: int, series: int) -> ObjectReference:
    return ObjectReference(
        study_instance_uid="1.2",
        series_instance_uid=f"1.2.{series}",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.7",
        sop_instance_uid=f"1.2.{series}.{number}",
    )


SAID = Available(
    sop_instance_uid="1.2.99",
    study_instance_uid="1.2",
    retrieve_aet="PACS",
    objects=(reference(1, 3), reference(2, 3), reference(1, 4)),
)


class Ris:
    """A peer that hears of availability, and answers as it is told to."""

    def __init__(self) -> None:
        self.status = 0x0000
        self.heard: list[tuple[str, Dataset]] = []

    def take(self, event: Event) -> tuple[int, Dataset | None]:
        self.heard.append((str(getattr(event.request, "AffectedSOPInstanceUID", "")), event.attribute_list))
        return self.status, Dataset() if self.status == 0 else None

    @contextmanager
    def listening(self, port: int, sop_class: str = INSTANCE_AVAILABILITY) -> Iterator[AvailabilityTeller]:
        entity = AE(ae_title="RIS")
        entity.add_supported_context(sop_class)
        server = entity.start_server(("127.0.0.1", port), block=False, evt_handlers=[(evt.EVT_N_CREATE, self.take)])
        try:
            yield teller(port)
        finally:
            assert server is not None
            server.shutdown()


def teller(port: int) -> AvailabilityTeller:
    return AvailabilityTeller(
        AvailabilityAddress(host="127.0.0.1", port=port, aet="RIS", calling_aet="COLLEGA", timeout_s=3)
    )


def test_a_peer_hears_what_is_online_and_where() -> None:
    ris = Ris()
    with reserved_ports() as (port,), ris.listening(port) as one:
        one.tell(SAID)
        ((uid, heard),) = ris.heard
        assert uid == "1.2.99"
        assert read_availability(heard) == (
            "1.2",
            (
                SeriesSaid(series_instance_uid="1.2.3", sop_instance_uids=("1.2.3.1", "1.2.3.2")),
                SeriesSaid(series_instance_uid="1.2.4", sop_instance_uids=("1.2.4.1",)),
            ),
        )
        items = [item for series in heard.ReferencedSeriesSequence for item in series.ReferencedSOPSequence]
        assert {(item.InstanceAvailability, item.RetrieveAETitle) for item in items} == {("ONLINE", "PACS")}
        assert len(heard.ReferencedPerformedProcedureStepSequence) == 0
        ris.status = 0x0111
        one.tell(SAID)  # it was told before, and the answer was lost


@pytest.mark.parametrize(("status", "error"), [(0x0110, PeerError), (0x0213, PeerError), (0x0122, RefusedError)])
def test_what_a_peer_answers_is_tried_again_or_not(status: int, error: type[Exception]) -> None:
    ris = Ris()
    ris.status = status
    with reserved_ports() as (port,), ris.listening(port) as one, pytest.raises(error, match=f"{status:04X}"):
        one.tell(SAID)


def test_a_peer_that_is_away_or_does_not_do_this_is_told_later() -> None:
    with reserved_ports() as (port,):
        with pytest.raises(PeerError, match="no connection"):
            teller(port).tell(SAID)
        with Ris().listening(port, "1.2.840.10008.1.1") as one, pytest.raises(PeerError, match="offers no"):
            one.tell(SAID)
