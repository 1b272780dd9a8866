"""After a merge a result is told again under the right number, once; the listening RIS is not ours."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import hl7
import pytest
from hl7.mllp import start_hl7_server
from hl7.mllp.streams import HL7StreamReader, HL7StreamWriter
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message
from pydicom import dcmread

from collega.testing.hl7_messages import merge, verdict
from collega.testing.ports import reserved_ports
from tests.e2e.films import PROBE, wait_over, write_film
from tests.e2e.messages import Ris
from tests.e2e.peers import LOOPBACK, dcmsend
from tests.e2e.site import site, wait_for
from tests.e2e.test_messages_out import states, to_ris

pytestmark = pytest.mark.shows("R24", "R59", "R65")


@contextmanager
def listener(port: int) -> Iterator[list[hl7.Message]]:
    """Be a RIS made of the library *hl7*: it reads, answers AA, and keeps what came."""
    came: list[hl7.Message] = []
    loop, stop = asyncio.new_event_loop(), asyncio.Event()

    async def converse(reader: HL7StreamReader, writer: HL7StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                message = await reader.readmessage()
                came.append(message)
                writer.writemessage(message.create_ack())
                await writer.drain()

    async def serve() -> None:
        async with await start_hl7_server(converse, LOOPBACK, port, encoding="utf-8"):
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    try:
        yield came
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(10)
        loop.close()


def lines(message: hl7.Message, status: str) -> list[tuple[str, str]]:
    """Name the observations of one status, by group and identifier."""
    return [(str(line[4]), str(line[3])) for line in message.segments("OBX") if str(line[11]) == status]


def test_a_result_follows_the_patient_through_merges(tmp_path: Path) -> None:
    film = write_film(tmp_path / "films", "merged", AccessionNumber="A1", PatientID="4711", IssuerOfPatientID="ZKH")
    with (
        reserved_ports(1) as (port,),
        site(
            tmp_path / "site", pacs=None, apps=[PROBE], hl7=True, settings=to_ris(port, priority_message="none")
        ) as one,
        listener(port) as came,
    ):
        one.start()
        dcmsend(one.dicom_port, film.path)
        wait_over(one, film.study, page=False)
        with Ris(one.hl7_port) as ris:
            wait_for(lambda: len(came) == 1, "it is told", 20)
            for number, survivor, count in ((1, "5000", 2), (2, "6000", 4)):
                said = merge((f"{survivor}^^^ZKH", "4711^^^ZKH"), id_=str(number), at=f"2026112812000{number}+0100")
                assert [verdict(ris.send(said)) for _ in range(2)] == ["AA", "AA"]
                wait_for(lambda: len(came) == count, "it is told again", 20)  # noqa: B023 - called in the same turn
        wait_for(lambda: states(one, film) == ["acknowledged"] * 4, "all is on record, and no more", 10)
        first, second, taken_back, third = came
        assert [str(message.segment("PID")[3][0][0]) for message in came] == ["4711", "5000", "5000", "6000"]
        assert lines(second, "D") == lines(first, "P")
        assert lines(taken_back, "X") == lines(second, "P")
        assert (lines(third, "D"), len(lines(third, "P"))) == ([], len(lines(first, "P")))
        for message in came:
            assert parse_message(str(message), validation_level=VALIDATION_LEVEL.STRICT).validate()
        assert len({str(message.segment("MSH")[10]) for message in came}) == len(came) == 4


def test_a_flag_follows_a_corrected_accession_number(tmp_path: Path) -> None:
    film = write_film(tmp_path / "films", "renumbered", AccessionNumber="A1", PatientID="4711", IssuerOfPatientID="ZKH")
    corrected = dcmread(film.path)
    corrected.AccessionNumber = "A2"
    corrected.save_as(tmp_path / "corrected.dcm")
    with (
        reserved_ports(1) as (port,),
        site(tmp_path / "site", pacs=None, apps=[PROBE], settings=to_ris(port)) as one,
        listener(port) as came,
    ):
        one.start()
        dcmsend(one.dicom_port, film.path)
        wait_for(lambda: len(came) == 2, "flag and result are told", 40)
        dcmsend(one.dicom_port, tmp_path / "corrected.dcm")
        wait_for(lambda: len(came) == 5, "both are told anew, and the first flag is taken back", 40)
        flags = [message for message in came if str(message.segment("MSH")[9]) == "ORM^O01^ORM_O01"]
        assert [str(message.segment("OBR")[18]) for message in flags] == ["A1", "A2", "A1"]
        assert ["flag-withdrawn" in str(message.segment("NTE")) for message in flags] == [False, False, True]
