"""DICOMweb by its peers: dicomweb-client and Orthanc store, search and retrieve; what is broken gets a clear answer."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pydicom
import pytest
from dicomweb_client.api import DICOMwebClient
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, RLELossless, generate_uid

from collega.testing.synthetic import ct_series
from tests.e2e.films import Film, account, wait_told, write_film
from tests.e2e.peers import LOOPBACK, dcmsend, orthanc
from tests.e2e.site import Site, site, wait_for

STORED = (("application/dicom", "*"),)
MARK = "edge-of-a-part"
PARTS = {"content-type": f'multipart/related; type="application/dicom"; boundary={MARK}'}
# Native, of several frames, of single bits, in colours, big endian, deflated; run lengths, JPEG, JPEG-LS, JPEG 2000.
IMAGES = (
    *("CT_small.dcm", "MR_small_implicit.dcm", "MR_small_bigendian.dcm", "image_dfl.dcm", "rtdose.dcm"),
    *("liver_1frame.dcm", "SC_rgb_small_odd.dcm", "SC_ybr_full_422_uncompressed.dcm", "examples_palette.dcm"),
    *("MR_small_RLE.dcm", "SC_rgb_rle_2frame.dcm", "SC_rgb_jpeg_dcmtk.dcm", "examples_ybr_color.dcm"),
    *("SC_jpeg_no_color_transform.dcm", "MR_small_jpeg_ls_lossless.dcm", "JPEG2000.dcm", "MR_small_jp2klossless.dcm"),
)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


@dataclass(frozen=True, kw_only=True)
class Web:
    """A site as a program sees it."""

    site: Site
    client: DICOMwebClient

    def ask(
        self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, *, accept: str = ""
    ) -> Reply:
        given = {**(headers or {}), **({"accept": accept} if accept else {})}
        url = f"http://{LOOPBACK}:{self.site.web_port}/dicom-web{path}"
        request = urllib.request.Request(url, data=body, headers=given)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 - the address is built above
                return Reply(status=answer.status, headers=dict(answer.headers), content=answer.read())
        except urllib.error.HTTPError as error:
            return Reply(status=error.code, headers=dict(error.headers), content=error.read())

    def store(
        self,
        parts: Sequence[bytes],
        path: str = "/studies",
        *,
        end: bytes = b"",
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        head = f"\r\n--{MARK}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        body = b"".join(head + part for part in parts) + (end or f"\r\n--{MARK}--\r\n".encode())
        return self.ask(path, body, {**PARTS, **(headers or {})})


@pytest.fixture(scope="module")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Web]:
    with site(tmp_path_factory.mktemp("dicomweb"), pacs=None) as one:
        one.start()
        yield Web(site=one, client=DICOMwebClient(f"http://{LOOPBACK}:{one.web_port}/dicom-web"))


def named(item: Mapping[str, Any]) -> str:
    return str(item["00081155"]["Value"][0])


def uids_in(reply: Reply, tag: str) -> list[str]:
    return [named(item) for item in reply.json.get(tag, {}).get("Value", ())]


def reasons(reply: Reply) -> list[int]:
    items = [item for tag in ("00081198", "0008119A") for item in reply.json.get(tag, {}).get("Value", ())]
    return [item["00081197"]["Value"][0] for item in items]


def place(dataset: Dataset) -> dict[str, Any]:
    return {
        "study_instance_uid": str(dataset.StudyInstanceUID),
        "series_instance_uid": str(dataset.SeriesInstanceUID),
        "sop_instance_uid": str(dataset.SOPInstanceUID),
    }


def address(dataset: Dataset) -> str:
    return "/studies/{study_instance_uid}/series/{series_instance_uid}/instances/{sop_instance_uid}".format(
        **place(dataset)
    )


def data_set(encoded: bytes) -> bytes:
    """Give an encoded object without its file meta information, which each keeper writes anew."""
    (length,) = np.frombuffer(encoded, "<u4", 1, 140)
    return encoded[144 + int(length) :]


def sample(name: str) -> Dataset:
    """Read a file that travels with pydicom, as an object of a study of its own."""
    path = get_testdata_file(name, download=False)
    assert isinstance(path, str), name
    found = pydicom.dcmread(path)
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        setattr(found, keyword, generate_uid(entropy_srcs=[name, keyword]))
    found.PatientID = found.PatientName = name
    found.file_meta.MediaStorageSOPInstanceUID = found.SOPInstanceUID
    return found


def encoded(dataset: Dataset) -> bytes:
    target = BytesIO()
    dataset.save_as(target, enforce_file_format=True)
    return target.getvalue()


# --------------------------------------------------------------------------- round trips


@pytest.mark.shows("R59", "R65")
def test_what_is_stored_is_found_and_comes_back_byte_for_byte(web: Web) -> None:
    sent = {str(one.SOPInstanceUID): encoded(one) for one in ct_series(7, slices=5, size=64)}
    slices = [pydicom.dcmread(BytesIO(content)) for content in sent.values()]
    answer = web.client.store_instances(slices)
    assert {str(item.ReferencedSOPInstanceUID) for item in answer.ReferencedSOPSequence} == sent.keys()
    study = str(slices[0].StudyInstanceUID)
    wait_for(lambda: web.client.search_for_studies(search_filters={"StudyInstanceUID": study}), "the study is found")
    (found,) = web.client.search_for_studies(search_filters={"StudyInstanceUID": study})
    assert found["00201208"]["Value"] == [5]
    series = web.client.search_for_series(study)
    assert [row["00080060"]["Value"] for row in series] == [["CT"]]
    assert [row["00200013"]["Value"][0] for row in web.client.search_for_instances(study)] == [1, 2, 3, 4, 5]
    whole = web.ask(f"/studies/{study}", accept='multipart/related; type="application/dicom"; transfer-syntax=*')
    assert int(whole.headers["content-length"]) == len(whole.content)
    mark = whole.headers["content-type"].partition("boundary=")[2].encode()
    parts = [part.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n") for part in whole.content.split(b"--" + mark)[1:-1]]
    assert len(parts) == 5
    for part in parts:
        uid = str(pydicom.dcmread(BytesIO(part), stop_before_pixels=True).SOPInstanceUID)
        assert data_set(part) == data_set(sent[uid])
    metadata = web.client.retrieve_study_metadata(study)
    assert [Dataset.from_json(one, lambda *_: b"").ImagePositionPatient for one in metadata] == [
        one.ImagePositionPatient for one in slices
    ]
    (pixels,) = {row["7FE00010"]["BulkDataURI"] for row in metadata if row["00200013"]["Value"] == [1]}
    # The client sends no port with its Host, so that addresses come back without it.
    assert web.ask(pixels.partition("/dicom-web")[2]).content == slices[0].PixelData


@pytest.mark.shows("R59")
def test_frames_are_those_that_pydicom_decodes_and_metadata_tells_all_but_the_pixels(web: Web, tmp_path: Path) -> None:
    for name in IMAGES:
        image = sample(name)
        file = tmp_path / name
        file.write_bytes(encoded(image))
        assert web.client.store_instances([image]).get("FailedSOPSequence") is None, name
        frames = int(image.get("NumberOfFrames") or 1)
        numbers = list(range(1, min(frames, 3) + 1))
        octets = (("application/octet-stream", "1.2.840.10008.1.2.1"),)
        given = web.client.retrieve_instance_frames(**place(image), frame_numbers=numbers, media_types=octets)
        for number, frame in zip(numbers, given, strict=True):
            assert bytes(frame) == _expected(file, image, number), (name, number)
        syntax = str(image.file_meta.TransferSyntaxUID)
        if UID(syntax).is_encapsulated:
            whole = web.ask(
                f"{address(image)}/frames/1", accept=f'multipart/related; type="*/*"; transfer-syntax={syntax}'
            )
            assert pydicom.encaps.get_frame(image.PixelData, 0, number_of_frames=frames) in whole.content, name
        metadata = web.client.retrieve_instance_metadata(**place(image))
        told = Dataset.from_json(metadata, lambda *_: b"")
        assert told.PatientID == name
        assert {one.tag for one in told} == {one.tag for one in image if one.tag.element}, name
        _check_explicit(web, image)
        assert web.ask(f"{address(image)}/rendered").content[:2] == b"\xff\xd8"
        assert web.ask(f"{address(image)}/rendered?viewport=32,32", accept="image/png").content[1:4] == b"PNG"


def _check_explicit(web: Web, image: Dataset) -> None:
    """Hold an object, asked for in Explicit VR Little Endian, against what was stored."""
    whole = web.ask(address(image), accept="application/dicom")
    if image.file_meta.TransferSyntaxUID == ExplicitVRBigEndian:
        assert whole.status == 406
        return
    back = pydicom.dcmread(BytesIO(whole.content))
    assert back.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert np.array_equal(back.pixel_array, image.pixel_array), image.PatientID


def _expected(file: Path, image: Dataset, number: int) -> bytes:
    """Give a frame as the file has it where it is native, else as pydicom decodes it; JPEG has become RGB by that."""
    syntax = image.file_meta.TransferSyntaxUID
    if not syntax.is_encapsulated:
        size = image.Rows * image.Columns * image.SamplesPerPixel * image.BitsAllocated // 8
        size = size * 2 // 3 if image.PhotometricInterpretation == "YBR_FULL_422" else size
        native = image.PixelData[(number - 1) * size : number * size]
        is_turned = syntax == ExplicitVRBigEndian
        return np.frombuffer(native, ">u2").astype("<u2").tobytes() if is_turned else bytes(native)
    decoded = pixel_array(file, index=number - 1, raw=syntax == RLELossless)
    return bytes(decoded.astype(decoded.dtype.newbyteorder("<")).tobytes())


def test_a_picture_is_windowed_as_it_is_asked_for(web: Web) -> None:
    image = pydicom.dcmread(BytesIO(encoded(ct_series(8, slices=1, size=64)[0])))
    web.client.store_instances([image])
    values = image.pixel_array * float(image.RescaleSlope) + float(image.RescaleIntercept)
    picture = web.client.retrieve_instance_rendered(
        **place(image), media_types=("image/png",), params={"window": "40,80,linear-exact"}
    )
    from PIL import Image  # noqa: PLC0415 - here alone

    drawn = np.asarray(Image.open(BytesIO(picture)))
    expected = np.clip((values - 40) / 80 + 0.5, 0, 1) * 255
    assert np.abs(drawn - expected).max() <= 0.5 + 1e-6
    for asked in ("window=1", "window=1,0", "viewport=0,1", "quality=0", "viewport=9,9,999,999,5,5"):
        assert web.ask(f"{address(image)}/rendered?{asked}").status == 400, asked


@pytest.mark.shows("R31", "R59")
def test_orthanc_pushes_to_it_and_pulls_from_it(web: Web, tmp_path: Path) -> None:
    films = [write_film(tmp_path / "films", "orthanc", image=number) for number in (1, 2)]
    there = {"collega": {"Url": f"http://{LOOPBACK}:{web.site.web_port}/dicom-web/"}}
    plugin = {"DicomWeb": {"Enable": True, "Root": "/dicom-web/", "Servers": there}}
    with orthanc(tmp_path / "pacs", settings=plugin) as pacs:
        dcmsend(pacs.dicom_port, *(film.path for film in films), called=pacs.aet)
        wait_for(lambda: len(pacs.instances()) == len(films), "Orthanc has the films")
        pacs.rest("/dicom-web/servers/collega/stow", {"Resources": pacs.instances(), "Synchronous": True})
        wait_told(web.site, films[0].study, lambda told: told["state"] == "routed", "the study is routed")
        pacs.rest_bytes("/tools/bulk-delete", {"Resources": pacs.instances()})
        assert pacs.instances() == []
        pacs.rest("/dicom-web/servers/collega/retrieve", {"Resources": [{"Study": films[0].study}]})
        back = [pydicom.dcmread(BytesIO(pacs.instance_file(uid))) for uid in pacs.instances()]
    assert {str(one.SOPInstanceUID) for one in back} == {film.uid for film in films}


# --------------------------------------------------------------------------- what goes wrong


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Film]:
    folder = tmp_path_factory.mktemp("films")
    return [write_film(folder, name, image=number) for name in ("red", "blue") for number in (1, 2)]


@pytest.mark.shows("R31", "R59")
def test_each_object_of_a_request_gets_its_own_answer(web: Web, films: Sequence[Film]) -> None:
    red, other, blue, _ = (film.path.read_bytes() for film in films)
    study = f"/studies/{films[0].study}"
    mixed = web.store([red, b"no DICOM", blue[:3000], other], study)
    assert (mixed.status, uids_in(mixed, "00081199")) == (202, [films[0].uid, films[1].uid])
    assert sorted(reasons(mixed)) == [0xA900, 0xC000]
    elsewhere = web.store([blue], study)
    assert (elsewhere.status, uids_in(elsewhere, "00081198"), reasons(elsewhere)) == (409, [films[2].uid], [0xA900])
    assert account(web.site, films[2].study)["state"] == "unknown", "it was set apart, not filed under another study"
    again = web.store([red], study)
    assert (again.status, uids_in(again, "00081199")) == (200, [films[0].uid])
    changed = pydicom.dcmread(films[0].path)
    changed.PixelData = changed.PixelData[:-2] + b"\0\1"
    conflict = web.store([encoded(changed)])
    assert (conflict.status, reasons(conflict)) == (409, [0x0111])
    assert [row["code"] for row in account(web.site, films[0].study)["quarantine"]].count("conflict") == 1
    unknown = deepcopy(pydicom.dcmread(films[3].path))
    unknown.SOPClassUID = unknown.file_meta.MediaStorageSOPClassUID = UID("1.2.3.4")
    assert reasons(web.store([encoded(unknown)])) == [0x0122]


def test_a_broken_body_loses_nothing_that_was_confirmed(web: Web, films: Sequence[Film]) -> None:
    red, blue = films[0].path.read_bytes(), films[2].path.read_bytes()
    cut = web.store([red, blue], end=b"\r\n--not the edge--")
    assert (cut.status, uids_in(cut, "00081199"), uids_in(cut, "00081198")) == (202, [films[0].uid], [films[2].uid])
    assert account(web.site, films[2].study)["state"] == "unknown"
    assert web.store([red], end=b"x").status == 400
    for body in (b"", b"nothing", f"--{MARK}--".encode()):
        assert web.ask("/studies", body, PARTS).status == 400
    for kind in (
        "application/json",
        "application/dicom",
        'multipart/related; type="application/dicom+json"; boundary=x',
    ):
        assert web.ask("/studies", red, {"content-type": kind}).status == 415
    assert web.ask("/studies", red, {"content-type": 'multipart/related; type="application/dicom"'}).status == 400
    assert web.store([red], headers={"origin": "http://elsewhere.example"}).status == 403
    assert web.store([red], headers={"accept": "text/html"}).status == 406


def test_what_cannot_be_given_is_told_by_its_status(web: Web, films: Sequence[Film]) -> None:
    web.store([films[0].path.read_bytes()])
    here = address(pydicom.dcmread(films[0].path))
    wanted = {
        "/studies/1.2.3": 404,
        "/studies/%00": 400,
        "/studies/..": 404,
        f"{here}/frames/2": 404,
        f"{here}/frames/0": 400,
        f"{here}/frames/1,2": 404,
        f"{here}/bulkdata/00100010": 404,
        f"{here}/bulkdata/x": 404,
        f"{here}/rendered?accept=text/html": 406,
        f"{here}/metadata?accept=application/dicom%2Bxml": 406,
        "/studies?PatientComments=x": 400,
    }
    assert {path: web.ask(path).status for path in wanted} == wanted
    odd = sample("JPGExtended.dcm")  # of twelve bits, which nothing here decodes
    web.client.store_instances([odd])
    assert [web.ask(f"{address(odd)}/{part}").status for part in ("frames/1", "rendered", "metadata")] == [
        406,
        406,
        200,
    ]
    j2k = 'multipart/related; type="application/dicom"; transfer-syntax=1.2.840.10008.1.2.4.90'
    assert web.ask(here, accept=j2k).status == 406


@pytest.mark.shows("R32", "R64")
def test_a_token_opens_it_from_elsewhere_and_every_view_is_on_record(web: Web, films: Sequence[Film]) -> None:
    web.store([films[0].path.read_bytes()])
    secret = web.site.json("tokens", "new", "viewer", "--may", "read", "--by", "the champion")["token"]
    outside = {"x-forwarded-for": "192.0.2.7"}
    shown = {**outside, "authorization": f"Bearer {secret}"}
    path = f"/studies/{films[0].study}/metadata"
    assert [web.ask(path, headers=outside).status, web.ask(path, headers=shown).status] == [401, 200]
    assert web.store([films[0].path.read_bytes()], headers=shown).status == 403
    assert secret not in web.site.command("tokens", "list")
    lines = web.site.json("audit", "show", "--actor", "token viewer")
    viewed = [line for line in lines if line["event"] == "study retrieved"]
    assert [line["address"] for line in viewed] == ["192.0.2.7"]
    web.site.command("tokens", "revoke", "viewer")
    assert web.ask(path, headers=shown).status == 401
