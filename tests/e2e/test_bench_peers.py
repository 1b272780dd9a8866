"""What `make bench` measures with says and sends what its README claims."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from bench import raw_disk, slices, study
from bench.procedure_step import STEP
from bench.scanner import RefusedError
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage
from pynetdicom import AE, evt
from pynetdicom.events import Event

from collega.testing.ports import reserved_ports
from tests.e2e.peers import LOOPBACK, running

RAW = Path(raw_disk.__file__)


@contextmanager
def department(*, takes_steps: bool) -> Iterator[tuple[int, list[tuple[str, Dataset]]]]:
    """Run a peer that notes what it is told, in order."""
    heard: list[tuple[str, Dataset]] = []

    def created(event: Event) -> tuple[int, Dataset]:
        heard.append(("N-CREATE", event.attribute_list))
        return 0x0000, event.attribute_list

    def changed(event: Event) -> tuple[int, Dataset]:
        heard.append(("N-SET", event.modification_list))
        return 0x0000, event.modification_list

    def stored(event: Event) -> int:
        heard.append(("C-STORE", event.dataset))
        return 0x0000

    entity = AE(ae_title="COLLEGA")
    entity.add_supported_context(CTImageStorage)
    if takes_steps:
        entity.add_supported_context(STEP)
    handlers: list[evt.EventHandlerType] = [
        (evt.EVT_N_CREATE, created),
        (evt.EVT_N_SET, changed),
        (evt.EVT_C_STORE, stored),
    ]
    server = entity.start_server((LOOPBACK, 0), block=False, evt_handlers=handlers)
    assert server is not None
    try:
        yield int(server.server_address[1]), heard
    finally:
        server.shutdown()


@pytest.mark.shows("R26")
def test_the_step_names_every_image_before_the_last_one_leaves() -> None:
    images = study.small(1, "test")
    with department(takes_steps=True) as (port, heard):
        study.send(port, images, told=True)
    assert [kind for kind, _ in heard] == ["N-CREATE", "C-STORE", "C-STORE", "N-SET", "C-STORE"]
    created, changed = heard[0][1], heard[3][1]
    assert created.PerformedProcedureStepStatus == "IN PROGRESS"
    assert created.ScheduledStepAttributesSequence[0].StudyInstanceUID == images[0].StudyInstanceUID
    assert changed.PerformedProcedureStepStatus == "COMPLETED"
    (series,) = changed.PerformedSeriesSequence
    named = [item.ReferencedSOPInstanceUID for item in series.ReferencedImageSequence]
    assert named == [image.SOPInstanceUID for image in images]
    assert [data.SOPInstanceUID for kind, data in heard if kind == "C-STORE"] == named


def test_a_peer_without_procedure_steps_is_told_apart() -> None:
    with department(takes_steps=False) as (port, _), pytest.raises(RefusedError, match="no association"):
        study.send(port, study.small(1, "test"), told=True)


@pytest.mark.parametrize("sync", ["sync", "nosync"])
def test_the_limit_writes_what_it_was_sent(tmp_path: Path, sync: str) -> None:
    batches = slices.written(tmp_path / "source", studies=2, each=3, edge=64)
    target = tmp_path / "target"
    target.mkdir()
    with reserved_ports() as (port,):
        arguments = (sys.executable, RAW, str(port), target, sync)
        with running(arguments, (port,), tmp_path / "raw.log"):
            seconds = raw_disk.send(port, [batch.files for batch in batches])
    assert seconds > 0
    sent = sorted(file.read_bytes() for batch in batches for file in batch.files)
    assert sorted(file.read_bytes() for file in target.rglob("*") if file.is_file()) == sent
