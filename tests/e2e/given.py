"""Apps of every runtime that ask for a prior and a creatinine, and what reached each of them."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from pydicom import Dataset

from collega.testing.vendor_answers import report
from collega.testing.vendor_node import VendorNode
from collega.testing.vendor_service import Answer, Files, VendorService, json_answer, vendor_service
from tests.e2e.asking.teller import analysed
from tests.e2e.boxes import write_app as write_box
from tests.e2e.manifests import write_manifest
from tests.e2e.peers import LOOPBACK
from tests.e2e.site import Site
from tests.images.build import images

TELLER = Path(__file__).parent / "asking" / "teller.py"
RUNTIMES = ("python", "container", "monai", "mercure", "http", "dicom", "screen")
# How much an app insists: it may do without, or must not run without.
MAY, MUST = "may", "must"
WORDS = ["X-thorax"]
PRIORS = """
[inputs.priors]
most = 2
within_months = 60
modality = ["CR", "DX"]
required = {required}
"""
LABORATORY = """
[[inputs.laboratory]]
id = "creatinine"
code = {{ scheme = "LN", value = "2160-0", meaning = "Creatinine" }}
name = {{ en = "creatinine", nl = "kreatinine" }}
within_days = 90
unit = "umol/L"
required = {required}
"""
PROBABILITY = """
[results]
score_from_evaluation = false
json = { findings = [{ at = "", finding = "pneumonia", score = "probability" }] }
"""
SCREEN = '\n[use]\nway = "own-screen"\nscreen = "http://127.0.0.1:9/open"\n'


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What reached an app: ``study.json`` (None for a box, which is told nothing), and the images of priors."""

    study: Mapping[str, Any] | None
    priors: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Peers:
    """Whoever works elsewhere: the service, and a box for each of the two apps."""

    service: VendorService
    given: dict[str, tuple[Mapping[str, Any], Sequence[str]]]
    boxes: Mapping[str, VendorNode]


def answer_of_box(objects: Sequence[Dataset]) -> Sequence[Dataset]:
    return [report(objects)]


@contextmanager
def peers(folder: Path, answers_to: int) -> Iterator[Peers]:
    """Write an app of each runtime, of either kind, below ``folder``, and run those that work elsewhere."""
    given: dict[str, tuple[Mapping[str, Any], Sequence[str]]] = {}

    def serve(study: Mapping[str, Any], files: Files) -> Answer:
        assert all(content[128:132] == b"DICM" for content in files.values())
        given[f"{study['app']['id']} {study['study']['study_instance_uid']}"] = (study, sorted(files))
        return json_answer(analysed(study), HTTPStatus.OK)

    with ExitStack() as stack:
        (folder / "images").mkdir(parents=True)
        names = stack.enter_context(images(folder / "images", ("collega", "monai", "mercure")))
        service = stack.enter_context(vendor_service(serve))
        boxes = {
            kind: stack.enter_context(VendorNode(answer_of_box, to=("COLLEGA", answers_to), aet=f"BOX{kind.upper()}"))
            for kind in (MAY, MUST)
        }
        runs = _runs(names, service.url)
        for kind in (MAY, MUST):
            wanted = "true" if kind == MUST else "false"
            box = boxes[kind]
            made = write_box(folder / "apps", f"dicom-{kind}", port=box.port, aet=box.aet, words=WORDS)
            _append(made, PRIORS.format(required=wanted))
            for runtime, (run, more) in runs.items():
                app = f"{runtime}-{kind}"
                asks = PRIORS.format(required=wanted) + LABORATORY.format(required=wanted)
                made = write_manifest(folder / "apps", app, run, asks + more, words=WORDS)
                (made / "teller.py").write_bytes(TELLER.read_bytes())
        yield Peers(service=service, given=given, boxes=boxes)


def _runs(names: Mapping[str, str], url: str) -> Mapping[str, tuple[str, str]]:
    """Say what stands in ``[run]`` of each runtime, and what stands behind the inputs."""
    python = 'runtime = "python"\nentry = "teller:run"'

    def image(kind: str, package: str, word: str) -> str:
        table = f'image = "{names[kind]}", package = "{package}", command = ["/app", "{word}"]'
        return f'runtime = "container"\ncontainer = {{ {table} }}'

    return {
        "python": (python, ""),
        "container": (image("collega", "collega", "show"), ""),
        "monai": (image("monai", "monai", "tell"), PROBABILITY),
        "mercure": (image("mercure", "mercure", "tell"), PROBABILITY),
        "http": (f'runtime = "http"\nhttp = {{ url = "{url}" }}', ""),
        "screen": (python, SCREEN),
    }


def _append(folder: Path, text: str) -> None:
    with (folder / "app.toml").open("a", encoding="utf-8") as file:
        file.write(text)


# --------------------------------------------------------------------------- what reached an app


def seen(runtime: str, kind: str, house: Site, others: Peers, told: Mapping[str, Any]) -> Seen | None:
    """Look at what reached an app of a study; None where it was given nothing."""
    (job,) = [one for one in told["jobs"] if one["app_id"] == f"{runtime}-{kind}"]
    look = LOOKS.get(runtime, _in_folder)
    return look(kind, house, others, told, job)


def _in_folder(
    _kind: str, house: Site, _others: Peers, _told: Mapping[str, Any], job: Mapping[str, Any]
) -> Seen | None:
    """Read what an app on this machine has kept of what it saw, and what it said of files."""
    folder = house.data / "runs" / job["job_key"] / str(job["attempt"])
    kept = next(folder.glob("out/**/study.txt"), None)
    if kept is None:
        return None
    log = (folder / "log.txt").read_text(encoding="utf-8")
    return Seen(
        study=json.loads(kept.read_text(encoding="utf-8")), priors=re.findall(r"found (priors/\S+dcm) DICM", log)
    )


def _by_service(_kind: str, _: Site, others: Peers, told: Mapping[str, Any], job: Mapping[str, Any]) -> Seen | None:
    given = others.given.get(f"{job['app_id']} {told['study_instance_uid']}")
    if given is None:
        return None
    return Seen(study=given[0], priors=[name for name in given[1] if name.startswith("priors/")])


def _by_box(kind: str, _: Site, others: Peers, told: Mapping[str, Any], _job: Mapping[str, Any]) -> Seen | None:
    """Look at the studies that a box got of this patient; those before the study itself are its priors."""
    patient = told["patient_id"]
    got = [images[0] for images in others.boxes[kind].account.studies if images[0].PatientID == patient]
    if not got:
        return None
    assert got[-1].StudyInstanceUID == told["study_instance_uid"], "the study itself comes last"
    return Seen(study=None, priors=[str(image.StudyInstanceUID) for image in got[:-1]])


def _by_screen(_kind: str, house: Site, _others: Peers, told: Mapping[str, Any], job: Mapping[str, Any]) -> Seen | None:
    """Open the screen, and fetch the priors as it would."""
    if job["state"] != "offered":
        return None
    address = f"http://{LOOPBACK}:{house.web_port}"
    token = _token(f"{address}/launch/{told['study_instance_uid']}/{job['app_id']}")
    asked = json.dumps({"token": token}).encode()
    given = json.loads(_fetched(f"{address}/api/launches", asked))
    study = given["study"]
    names = [image["file"] for prior in study["priors"] for image in prior["images"]]
    for name in names:
        assert _fetched(f"{address}/api/launches/{given['session']}/{name}")[128:132] == b"DICM"
    return Seen(study=study, priors=names)


class _Stay(urllib.request.HTTPRedirectHandler):
    """Goes nowhere: the screen's address is of no server."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""


def _token(address: str) -> str:
    """Ask for a screen to be opened; gives the token that it would be opened with."""
    with pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.build_opener(_Stay()).open(address, timeout=30)
    assert answer.value.code == HTTPStatus.SEE_OTHER
    query = urllib.parse.urlsplit(str(answer.value.headers["Location"])).query
    return urllib.parse.parse_qs(query)["token"][0]


def _fetched(address: str, content: bytes | None = None) -> bytes:
    request = urllib.request.Request(address, data=content, headers={"Content-Type": "application/json"})  # noqa: S310 - of the test
    with urllib.request.urlopen(request, timeout=30) as given:  # noqa: S310 - as above
        return bytes(given.read())


Look: TypeAlias = Callable[[str, Site, Peers, Mapping[str, Any], Mapping[str, Any]], Seen | None]
LOOKS: Mapping[str, Look] = {"http": _by_service, "dicom": _by_box, "screen": _by_screen}
