"""The way to a box alone: what is sent, what is refused by name, and what keeps it from being used."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread

from collega.adapters.dimse.box import BoxRunner
from collega.bootstrap.apps.boxes import box_problems
from collega.config import Settings
from collega.config import load as load_settings
from collega.errors import PeerError
from collega.formats.dicom_write import encode
from collega.model.app import Manifest
from collega.model.inputs import InputSpec, PriorsWanted
from collega.model.job import AttemptOutcome
from collega.run.manifest import read_manifest
from collega.testing.synthetic import chest_film, ct_series
from collega.testing.vendor_answers import everything
from collega.testing.vendor_node import VendorNode
from tests.e2e.boxes import write_app
from tests.e2e.peers import LOOPBACK, storescp

JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
NOBODY = ("COLLEGA", 9)


def app(folder: Path, port: int, aet: str = "VENDORSIM", name: str = "box") -> Manifest:
    return read_manifest(write_app(folder / "apps", name, port=port, aet=aet))


def inputs(folder: Path, *contents: bytes) -> Path:
    (folder / "in" / "dicom").mkdir(parents=True)
    for number, content in enumerate(contents, 1):
        (folder / "in" / "dicom" / f"{number:05d}.dcm").write_bytes(content)
    return folder / "in"


def data_set(file: bytes) -> bytes:
    return file[144 + int.from_bytes(file[140:144], "little") :]


@pytest.mark.shows("R5")
async def test_images_go_out_byte_for_byte(tmp_path: Path) -> None:
    sent = [encode(image) for image in ct_series(1, slices=3, size=32)]
    with storescp(tmp_path) as archive:
        given = inputs(tmp_path, *sent)
        attempt = await BoxRunner("COLLEGA").run(app(tmp_path, archive.port, archive.aet), given, tmp_path)
        assert attempt.outcome is AttemptOutcome.HANDED_OVER
        got = [data_set(path.read_bytes()) for path in archive.folder.iterdir()]
    assert sorted(got) == sorted(map(data_set, sent))


@pytest.mark.shows("R5")
async def test_an_encoding_that_a_box_does_not_take_is_named_and_nothing_is_sent(tmp_path: Path) -> None:
    given = inputs(tmp_path, encode(chest_film(1)), encode(chest_film(1, compressed=False, run="plain")))
    with VendorNode(everything, to=NOBODY) as node:
        node.behave(refuses=frozenset({JPEG_BASELINE}))
        attempt = await BoxRunner("COLLEGA").run(app(tmp_path, node.port), given, tmp_path)
        assert attempt.outcome is AttemptOutcome.REFUSED
        assert "1 of 2 images" in attempt.detail
        assert "JPEG Baseline" in attempt.detail
        assert node.account.studies == []


@pytest.mark.shows("R31")
@pytest.mark.parametrize(("status", "is_final"), [(0xA700, False), (0xC000, True), (0xA900, True)])
async def test_a_box_without_room_is_tried_again_and_one_that_refuses_is_not(
    tmp_path: Path, status: int, *, is_final: bool
) -> None:
    given = inputs(tmp_path, encode(chest_film(1)))
    with VendorNode(everything, to=NOBODY) as node:
        node.behave(status=status)
        runner, manifest = BoxRunner("COLLEGA"), app(tmp_path, node.port)
        if not is_final:
            with pytest.raises(PeerError, match="A700"):
                await runner.run(manifest, given, tmp_path)
            return
        attempt = await runner.run(manifest, given, tmp_path)
    assert attempt.outcome is AttemptOutcome.REFUSED
    assert f"{status:04X}" in attempt.detail


@pytest.mark.shows("R73")
async def test_priors_go_first_the_oldest_of_them_before_the_others(tmp_path: Path) -> None:
    """Ten of them: a box must not get the tenth before the second because of its name."""
    given = inputs(tmp_path, encode(chest_film(99)))
    for number in range(1, 11):
        (given / "priors" / str(number)).mkdir(parents=True)
        (given / "priors" / str(number) / "00001.dcm").write_bytes(encode(chest_film(number)))
    with VendorNode(everything, to=NOBODY) as node:
        attempt = await BoxRunner("COLLEGA").run(app(tmp_path, node.port), given, tmp_path)
        got = [images[0].PatientID for images in node.account.studies]
    assert attempt.outcome is AttemptOutcome.HANDED_OVER
    assert got == [chest_film(number).PatientID for number in (*range(10, 0, -1), 99)]


@pytest.mark.shows("R25", "R73")
@pytest.mark.parametrize(
    ("compressed", "required", "outcome", "not_taken", "studies"),
    [
        ((True, False), False, AttemptOutcome.HANDED_OVER, (1,), 2),
        ((True, True), False, AttemptOutcome.HANDED_OVER, (1, 2), 1),
        ((True, False), True, AttemptOutcome.HANDED_OVER, (1,), 2),
        ((True, True), True, AttemptOutcome.REFUSED, (), 0),
    ],
)
async def test_a_box_that_does_not_take_a_prior_gets_the_study_unless_it_must_have_one(
    tmp_path: Path,
    compressed: tuple[bool, ...],
    required: bool,
    outcome: AttemptOutcome,
    not_taken: tuple[int, ...],
    studies: int,
) -> None:
    given = inputs(tmp_path, encode(chest_film(99, compressed=False)))
    for number, is_compressed in enumerate(compressed, 1):
        (given / "priors" / str(number)).mkdir(parents=True)
        film = chest_film(number, compressed=is_compressed)
        (given / "priors" / str(number) / "00001.dcm").write_bytes(encode(film))
    with VendorNode(everything, to=NOBODY) as node:
        node.behave(refuses=frozenset({JPEG_BASELINE}))
        wanted = PriorsWanted(most=2, within_months=60, modalities=("CR", "DX"), required=required)
        manifest = replace(app(tmp_path, node.port), inputs=InputSpec(priors=wanted))
        attempt = await BoxRunner("COLLEGA").run(manifest, given, tmp_path)
        assert len(node.account.studies) == studies
    assert (attempt.outcome, attempt.not_taken) == (outcome, not_taken)
    assert attempt.detail.startswith("a prior: box VENDORSIM does not take 1 of 1 images")


@pytest.mark.shows("R31")
async def test_a_box_that_is_down_is_away(tmp_path: Path) -> None:
    with VendorNode(everything, to=NOBODY) as node:
        manifest = app(tmp_path, node.port)
    with pytest.raises(PeerError, match="no connection"):
        await BoxRunner("COLLEGA").run(manifest, inputs(tmp_path, encode(chest_film(1))), tmp_path)


# --------------------------------------------------------------------------- before it goes live


def settings(folder: Path, *peers: str) -> Settings:
    found = load_settings(environment={"COLLEGA_DATA": str(folder)})
    return found.model_copy(update={"dicom": found.dicom.model_copy(update={"peers": peers})})


@pytest.mark.shows("R5")
def test_what_would_keep_a_box_from_working_is_said_before_it_goes_live(tmp_path: Path) -> None:
    with VendorNode(everything, to=NOBODY) as node:
        box, twin = app(tmp_path, node.port), app(tmp_path, node.port, name="twin")
        alone = {box.id: box}
        assert box_problems(settings(tmp_path), box, alone) == []
        assert box_problems(settings(tmp_path, "VENDORSIM@127.0.0.1"), box, alone) == []
        for peers in (["CT1"], ["VENDORSIM@10.1.2.3"], ["VENDORSIM=mpps"]):
            (problem,) = box_problems(settings(tmp_path, *peers), box, alone)
            assert "dicom.peers lets no VENDORSIM at 127.0.0.1 store" in problem
        (problem,) = box_problems(settings(tmp_path), box, {**alone, twin.id: twin})
        assert "VENDORSIM (twin)" in problem
        ours = app(tmp_path, node.port, aet="COLLEGA", name="ours")
        (problem,) = box_problems(settings(tmp_path), ours, {ours.id: ours})
        assert "AE title of its own" in problem
    (problem,) = box_problems(settings(tmp_path), box, alone)
    assert f"VENDORSIM at {LOOPBACK}:{node.port}: no connection" in problem


def test_what_a_simulated_box_answers_can_be_read_again() -> None:
    for made in everything(ct_series(1, slices=2, size=16)):
        assert dcmread(BytesIO(encode(made))).SOPClassUID == made.SOPClassUID
