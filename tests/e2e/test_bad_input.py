"""Bad input ends in a clear status and a log line, and the server stays up."""

import os
import random
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from datetime import datetime
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.uid import JPEG2000Lossless, RLELossless
from pynetdicom import AE
from pynetdicom.association import Association

from collega.model.ids import stable_uid
from collega.testing.pacs_sockets import socket_handlers
from collega.testing.synthetic import chest_film
from tests.e2e import warm
from tests.e2e.disks import small_disk
from tests.e2e.films import PROBE, account, held, save, wait_over, write_film
from tests.e2e.peers import Orthanc, dcmsend, echoscu, orthanc, storescu
from tests.e2e.site import Site, site

pytestmark = pytest.mark.shows("R31")
COMPUTED_RADIOGRAPHY = "1.2.840.10008.5.1.4.1.1.1"
COMMITMENT, COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1", "1.2.840.10008.1.20.1.1"
PRIVATE_CLASS = "1.2.826.0.1.3680043.10.999.1"
ASSOCIATE_RQ, P_DATA = b"\x01\x00", b"\x04\x00"
FULL = 0xA700


@pytest.fixture(scope="module")
def pacs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with orthanc(tmp_path_factory.mktemp("orthanc")) as one:
        yield one


@pytest.fixture(scope="module")
def running(pacs: Orthanc, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with site(tmp_path_factory.mktemp("site"), pacs=(pacs.aet, pacs.dicom_port), apps=[PROBE]) as one:
        one.start()
        yield one


@pytest.fixture
def house(running: Site) -> Iterator[Site]:
    """Give the site, which must be as alive after the test as before it."""
    before = running.processes[-1].poll()
    yield running
    assert running.processes[-1].poll() is before is None
    assert echoscu(running.dicom_port).code == 0
    assert running.is_ready()


@contextmanager
def caller(house: Site, *contexts: tuple[str, str]) -> Iterator[Association]:
    """Hold an association of a plain client, as permissive as pynetdicom can be."""
    entity = AE(ae_title="ODD")
    for abstract, transfer in contexts or ((COMPUTED_RADIOGRAPHY, "1.2.840.10008.1.2.4.50"),):
        entity.add_requested_context(abstract, transfer)
    association = entity.associate("127.0.0.1", house.dicom_port, ae_title="COLLEGA", evt_handlers=socket_handlers())
    assert association.is_established
    try:
        yield association
    finally:
        if association.is_established:
            association.release()


def store(house: Site, one: Dataset) -> int:
    """Status that the site gives to an object, whatever it holds."""
    with caller(house, (str(one.SOPClassUID), str(one.file_meta.TransferSyntaxUID))) as association:
        answer = association.send_c_store(one)
        return int(answer.Status)


def film(name: str, **values: object) -> Dataset:
    one = chest_film(7, made_at=_recently())
    one.PatientID, one.StudyInstanceUID = f"P-{name}", stable_uid("odd", name)
    one.SeriesInstanceUID, one.SOPInstanceUID = stable_uid("odd", name, "s"), stable_uid("odd", name, "i")
    for keyword, value in values.items():
        setattr(one, keyword, value)
    return one


def _recently() -> datetime:
    return datetime.now(ZoneInfo("Europe/Amsterdam"))


def stored(house: Site) -> set[Path]:
    return {path for path in house.data.joinpath("studies").rglob("*") if path.is_file()}


def apart(house: Site, study_uid: str) -> list[str]:
    return [one["code"] for one in account(house, study_uid)["quarantine"]]


# --------------------------------------------------------------------------- bytes that are no DICOM


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        random.Random(1).randbytes(100_000),  # noqa: S311 - reproducible noise
        ASSOCIATE_RQ + (500).to_bytes(4, "big") + b"\x00\x01" + b"\x00" * 40,
        ASSOCIATE_RQ + (2**32 - 1).to_bytes(4, "big") + b"\xff" * 2000,
        ASSOCIATE_RQ + (200).to_bytes(4, "big") + random.Random(2).randbytes(200),  # noqa: S311
        P_DATA + (6).to_bytes(4, "big") + b"\x00\x00\x00\x02\x01\x03",
    ],
    ids=["nothing", "one byte", "http", "noise", "truncated request", "endless request", "odd request", "data first"],
)
def test_bytes_that_are_no_dicom(house: Site, content: bytes) -> None:
    before = stored(house)
    with socket.create_connection(("127.0.0.1", house.dicom_port), timeout=5) as line:
        line.sendall(content)
        line.shutdown(socket.SHUT_WR)
        line.settimeout(10)
        try:
            while line.recv(4096):
                pass
        except ConnectionResetError:
            pass  # the clear end of it
    assert stored(house) == before


def test_an_association_that_breaks_off_in_the_middle_of_an_object(house: Site) -> None:
    before = stored(house)
    with caller(house) as association:
        transport = association.dul.socket
        assert transport is not None
        assert transport.socket is not None
        whole = film("broken off").PixelData
        transport.socket.sendall(P_DATA + (1_000_000).to_bytes(4, "big") + whole[:5000])
        association.abort()
    assert stored(house) == before


def test_an_object_whose_data_set_is_noise(house: Site, tmp_path: Path) -> None:
    good = film("noise")
    path = tmp_path / "noise.dcm"
    good.save_as(path, enforce_file_format=True)
    whole = path.read_bytes()
    path.write_bytes(whole[:600] + random.Random(3).randbytes(4000))  # noqa: S311 - reproducible noise
    sent = storescu(house.dicom_port, path)
    assert "Success" not in sent.text
    assert account(house, good.StudyInstanceUID)["state"] == "unknown"


def test_echo(house: Site) -> None:
    assert echoscu(house.dicom_port).code == 0
    assert echoscu(house.dicom_port, calling="ANYBODY").code == 0


# --------------------------------------------------------------------------- identity


@pytest.mark.parametrize("missing", ["StudyInstanceUID", "SeriesInstanceUID"])
def test_an_object_without_a_uid(house: Site, missing: str) -> None:
    before = stored(house)
    one = film(f"no {missing}")
    delattr(one, missing)
    assert store(house, one) == 0xA900
    assert stored(house) == before
    assert "missing-uid" in house.log()
    assert f"no {missing}" in house.log()


@pytest.mark.parametrize("uid", ["../../../../tmp/escaped", "..", "/etc/passwd", "1.2.3/../4", "1..2.%s.003"])
def test_a_uid_never_becomes_a_path(house: Site, uid: str) -> None:
    one = film(uid, StudyInstanceUID=uid, SeriesInstanceUID=uid, SOPInstanceUID=uid)
    before = stored(house)
    assert store(house, one) == 0x0000
    (new,) = stored(house) - before
    assert new.resolve().is_relative_to(house.data.resolve() / "studies")
    assert all(set(part) <= set("0123456789abcdef-.dcm") for part in new.relative_to(house.data / "studies").parts)
    told = house.json("studies", "show", uid)
    (series,) = told["series"]
    assert any("no valid UID" in note for note in series["notes"])


def test_the_same_object_twice(house: Site) -> None:
    one = film("twice")
    assert store(house, one) == 0x0000
    wait_over(house, one.StudyInstanceUID)
    before = stored(house)
    assert store(house, one) == 0x0000
    told = account(house, one.StudyInstanceUID)
    assert (told["revision"], told["state"], len(told["jobs"])) == (1, "routed", 1)
    assert stored(house) == before


def test_the_same_uid_with_other_pixels(house: Site) -> None:
    one = film("pixels")
    assert store(house, one) == 0x0000
    before = wait_over(house, one.StudyInstanceUID)
    kept = stored(house)
    other = deepcopy(one)
    other.PixelData = chest_film(8).PixelData
    assert store(house, other) == 0x0111
    told = account(house, one.StudyInstanceUID)
    assert apart(house, one.StudyInstanceUID) == ["conflict"]
    assert (told["revision"], len(told["jobs"])) == (1, len(before["jobs"]))
    assert stored(house) == kept, "the first object stays in use"
    assert list(house.data.joinpath("quarantine").rglob("*.dcm"))


def test_the_same_uid_with_a_corrected_header(house: Site) -> None:
    one = film("corrected")
    assert store(house, one) == 0x0000
    wait_over(house, one.StudyInstanceUID)
    other = deepcopy(one)
    other.AccessionNumber = "CORRECTED"
    assert store(house, other) == 0x0000
    told = account(house, one.StudyInstanceUID)
    assert (told["revision"], told["accession_number"]) == (1, "CORRECTED")
    (event,) = [one for one in told["events"] if one["kind"] == "identity_corrected"]
    assert len(event["payload"]["delivered_under_old_identity"]) == 2


def test_a_study_that_comes_with_another_patient(house: Site, pacs: Orthanc) -> None:
    one = film("patient")
    assert store(house, one) == 0x0000
    wait_over(house, one.StudyInstanceUID)
    other = film("patient", PatientID="SOMEBODY-ELSE", SOPInstanceUID=stable_uid("odd", "patient", "i2"))
    assert store(house, other) == 0xC010
    assert apart(house, one.StudyInstanceUID) == ["other-patient"]
    assert account(house, one.StudyInstanceUID)["revision"] == 1
    assert {report.PatientID for report in held(pacs, one.StudyInstanceUID).reports} == {"P-patient"}
    assert "SOMEBODY-ELSE" not in house.log()


def test_a_private_class_is_turned_away(house: Site, tmp_path: Path) -> None:
    path = save(tmp_path, film("private", SOPClassUID=PRIVATE_CLASS)).path
    entity = AE(ae_title="ODD")
    entity.add_requested_context(PRIVATE_CLASS)
    association = entity.associate("127.0.0.1", house.dicom_port, ae_title="COLLEGA", evt_handlers=socket_handlers())
    assert not association.accepted_contexts
    if association.is_established:
        association.release()
    assert house.command("send", str(path), "--to", f"127.0.0.1:{house.dicom_port}", "--json", code=1) == ""


# --------------------------------------------------------------------------- compressed


def _jpeg(one: Dataset) -> Dataset:
    return one


def _rle(one: Dataset) -> Dataset:
    plain = chest_film(7, compressed=False, made_at=_recently())
    plain.update({element.tag: element for element in one if element.keyword.endswith("UID")})
    plain.PatientID = one.PatientID
    plain.compress(RLELossless, generate_instance_uid=False)
    return plain


def _jpeg_2000(one: Dataset) -> Dataset:
    plain = _rle(one)
    pixels = np.frombuffer(chest_film(7, compressed=False).PixelData, np.uint8).reshape(one.Rows, one.Columns)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG2000", irreversible=False, no_jp2=True)
    plain.PixelData = encapsulate([buffer.getvalue()])
    plain.file_meta.TransferSyntaxUID = JPEG2000Lossless
    return plain


@pytest.mark.parametrize("compress", [_jpeg, _rle, _jpeg_2000])
def test_compressed_objects_are_kept_byte_for_byte(
    house: Site, tmp_path: Path, compress: Callable[[Dataset], Dataset]
) -> None:
    sent = save(tmp_path, compress(film(compress.__name__)))
    before = stored(house)
    # dcmsend unpacks what was compressed without loss unless it is told not to.
    assert "with status SUCCESS  : 1" in dcmsend(house.dicom_port, sent.path, options=("-dn",)).text
    (kept,) = stored(house) - before
    ours, theirs = dcmread(kept), dcmread(sent.path)
    assert ours.file_meta.TransferSyntaxUID == theirs.file_meta.TransferSyntaxUID
    assert ours.PixelData == theirs.PixelData
    assert ours == theirs
    told = wait_over(house, sent.study)
    assert told["jobs"][0]["outcome"] in {"found", "nothing_found"}


# --------------------------------------------------------------------------- too much


@pytest.mark.parametrize("number", [300, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])])
def test_a_study_of_many_tiny_series(house: Site, pacs: Orthanc, tmp_path: Path, number: int) -> None:
    pattern = film(f"tiny {number}", Rows=1, Columns=1)
    pattern.PixelData = encapsulate([b"\xff\xd8\xff\xd9"])
    for index in range(number):
        pattern.SeriesInstanceUID = stable_uid("odd", "tiny", str(number), str(index), "s")
        pattern.SOPInstanceUID = stable_uid("odd", "tiny", str(number), str(index))
        pattern.file_meta.MediaStorageSOPInstanceUID = pattern.SOPInstanceUID
        pattern.save_as(tmp_path / f"{index:05d}.dcm", enforce_file_format=True)
    sent = dcmsend(house.dicom_port, tmp_path, seconds=1500)
    assert f"with status SUCCESS  : {number}" in sent.text
    told = wait_over(house, pattern.StudyInstanceUID, seconds=300)
    assert told["revision"] == 1
    assert len(told["series"]) == number
    found = held(pacs, pattern.StudyInstanceUID)
    assert (len(found.reports), len(found.pages)) == (1, 1)


def test_no_room_above_the_reserve(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    one = write_film(tmp_path, "no room")
    settings = {"COLLEGA_DICOM__RESERVE_MB": str(10**9)}
    with site(tmp_path_factory.mktemp("reserve"), pacs=None, apps=[PROBE], settings=settings) as small:
        small.start()
        assert store(small, dcmread(one.path)) == FULL
        assert echoscu(small.dicom_port).code == 0
        assert small.is_ready()
        assert "store full" in small.log()
        assert "dicom.reserve_mb" in small.log()
        assert account(small, one.study)["state"] == "unknown"
        assert stored(small) == set()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a small disk; the reserve is tested for all")
def test_a_full_disk_refuses_and_loses_none(
    pacs: Orthanc, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    films = [write_film(tmp_path, f"full {number}") for number in range(12)]
    size = films[0].path.stat().st_size
    folder = tmp_path_factory.mktemp("disk")
    with (
        small_disk(folder / "data" / "studies", f"size={6 * size // 1024}k"),
        site(folder, pacs=(pacs.aet, pacs.dicom_port), apps=[PROBE]) as small,
    ):
        small.start()
        answers = {one.study: store(small, dcmread(one.path)) for one in films}
        assert set(answers.values()) == {0x0000, FULL}
        taken = [one for one in films if answers[one.study] == 0x0000]
        assert len(stored(small)) == len(taken), "no half files"
        for one in films:
            known = account(small, one.study)["state"] != "unknown"
            assert known == (one in taken)
        for one in taken:
            wait_over(small, one.study)
        subprocess.run(["mount", "-o", "remount,size=64m", str(folder / "data" / "studies")], check=True)
        for one in films:
            assert store(small, dcmread(one.path)) == 0x0000
            wait_over(small, one.study)
            assert len(held(pacs, one.study).reports) == 1
        assert small.is_ready()


# --------------------------------------------------------------------------- commitment


def test_we_are_no_archive(house: Site) -> None:
    one = film("commitment")
    assert store(house, one) == 0x0000
    question = Dataset()
    question.TransactionUID = stable_uid("odd", "transaction")
    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = one.SOPClassUID, one.SOPInstanceUID
    question.ReferencedSOPSequence = [item]
    with caller(house, (COMMITMENT, "1.2.840.10008.1.2")) as association:
        status, _ = association.send_n_action(question, 1, COMMITMENT, COMMITMENT_INSTANCE)
    assert status.Status == 0x0110
    assert "this is no archive" in house.log()


# --------------------------------------------------------------------------- settings and manifests


def serve(environment: Mapping[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    return warm.run(arguments or ("serve",), environment)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[dicom]\nprot = 104\n", ["dicom.prot", "unknown key", "port"]),
        ("[dicom]\nmax_associations = 'many'\n", ["dicom.max_associations", "integer"]),
        ("[pacs]\nconfirm = 'hoped'\n", ["pacs.confirm", "'accepted', 'committed' or 'visible'"]),
        ("[site]\ntimezone = 'Europe/Utrecht'\n", ["site.timezone", "a time zone such as Europe/Amsterdam"]),
        ("[dicom\n", ["not readable as TOML"]),
    ],
)
def test_wrong_settings(tmp_path: Path, text: str, said: list[str]) -> None:
    file = tmp_path / "collega.toml"
    file.write_text(text)
    with site(tmp_path / "site", pacs=None) as none:
        ended = serve(none.environment | {"COLLEGA_CONFIG": str(file)})
    assert ended.returncode == 2
    for word in (str(file), *said):
        assert word in ended.stderr
    assert "Traceback" not in ended.stderr


def test_an_unknown_variable(tmp_path: Path) -> None:
    with site(tmp_path / "site", pacs=None) as none:
        ended = serve(none.environment | {"COLLEGA_DICOM__PROT": "104"})
    assert ended.returncode == 2
    assert "COLLEGA_DICOM__PROT: unknown key" in ended.stderr


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('version = "0.0.1"', 'version = "one"', ["app.version", "expected text of the form", '"one"']),
        ("attempts = 2", "", ["run: missing key attempts"]),
        ("[accepts]", "[accepts]\nmodalities = ['CR']", ["accepts: unknown key modalities", "expected only"]),
        ('id = "probe"', 'id = "other"', ["app.id", "expected the name of its folder"]),
        ("threshold = 0.5", "threshold = 7.5", ["findings[0].threshold", "expected a value in"]),
        ('entry = "probe:run"', 'entry = "nowhere:run"', ["run.entry", "expected a module 'nowhere'"]),
        ("schema =", "schema ==", ["app.toml"]),
    ],
)
def test_a_wrong_manifest(tmp_path: Path, old: str, new: str, said: list[str]) -> None:
    app = tmp_path / "apps" / "probe"
    shutil.copytree(PROBE, app, ignore=shutil.ignore_patterns("__pycache__"))
    manifest = app / "app.toml"
    text = manifest.read_text()
    assert old in text
    manifest.write_text(text.replace(old, new, 1))
    with site(tmp_path / "site", pacs=None, apps=[app.parent]) as none:
        checked = serve(none.environment, "apps", "check", str(app))
    assert checked.returncode == 2
    for word in (str(manifest), *said):
        assert word in checked.stderr
    assert "Traceback" not in checked.stderr


def test_serve_ends_with_2_where_a_manifest_is_wrong(tmp_path: Path) -> None:
    app = tmp_path / "apps" / "probe"
    shutil.copytree(PROBE, app, ignore=shutil.ignore_patterns("__pycache__"))
    (app / "app.toml").write_text("[app]\n")
    with site(tmp_path / "site", pacs=None, apps=[app.parent]) as none:
        ended = serve(none.environment)
        assert none.left_over() == []
    assert ended.returncode == 2
    assert f"{app / 'app.toml'}: " in ended.stderr
    assert "missing key" in ended.stderr
