"""What the tests send, and how they look at what has become of it."""

import re
import subprocess
import time
import urllib.error
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydicom import dcmread
from pydicom.dataset import Dataset

from collega.model.ids import stable_uid
from collega.run.catalogue import LOOK_SECONDS
from collega.testing.synthetic import chest_film
from tests.e2e.peers import Orthanc, program
from tests.e2e.site import Site, wait_for

APPS = Path(__file__).parent / "apps"
PROBE, WITNESS = APPS / "probe", APPS / "witness"
SHARED_FILMS = Path(__file__).parents[3] / "shared" / "data" / "cxr"
ENDED = frozenset({"done", "superseded", "discarded"})
DELIVERED = frozenset({"visible", "committed"})
# dcentvfy wonders that its own definitions place Accession Number in Study for one IOD, in Series for another.
ABOUT_DEFINITIONS = re.compile("Warning - Different information entities for attribute.*AccessionNumber(Sequence)?>")
CLOSED = DELIVERED | {"refused", "withdrawn"}


@cache
def _pattern() -> Dataset:
    return chest_film(1, made_at=datetime.now(ZoneInfo("Europe/Amsterdam")))


@dataclass(frozen=True, kw_only=True)
class Film:
    """One film on disk."""

    path: Path
    study: str
    uid: str


def write_film(folder: Path, name: str, *, image: int = 1, **values: object) -> Film:
    """Write a film of the study ``name``; ``values`` are attributes that differ from the pattern's."""
    film = deepcopy(_pattern())
    film.PatientID, film.PatientName = f"P-{name}"[:64], f"Test^{name}"[:64]
    film.StudyInstanceUID = stable_uid("test", name)
    film.SeriesInstanceUID = stable_uid("test", name, "series")
    film.SOPInstanceUID = stable_uid("test", name, str(image))
    film.InstanceNumber = image
    for keyword, value in values.items():
        setattr(film, keyword, value)
    return save(folder, film)


def save(folder: Path, film: Dataset) -> Film:
    """Write a data set as a file of its own."""
    film.file_meta.MediaStorageSOPInstanceUID = film.SOPInstanceUID
    film.file_meta.MediaStorageSOPClassUID = film.SOPClassUID
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{len(list(folder.iterdir())):05d}.dcm"
    film.save_as(path, enforce_file_format=True)
    return Film(path=path, study=str(film.StudyInstanceUID), uid=str(film.SOPInstanceUID))


# --------------------------------------------------------------------------- what a site says


def account(site: Site, study_uid: str) -> dict[str, Any]:
    """Ask the site what it knows of a study; an empty account where it knows none."""
    try:
        return site.account(study_uid)
    except urllib.error.HTTPError as error:
        if error.code != 404:
            raise
        return {"state": "unknown", "jobs": [], "deliveries": [], "events": [], "quarantine": []}


def kinds(told: dict[str, Any]) -> list[str]:
    """Event kinds of a study in their order."""
    return [event["kind"] for event in told["events"]]


def is_over(told: dict[str, Any], *, page: bool = True) -> bool:
    """Whether a study has gone the whole way: its jobs have ended and all that was planned has arrived."""
    over = told["state"] == "routed" and all(job["state"] in ENDED for job in told["jobs"])
    arrived = all(delivery["state"] in CLOSED for delivery in told["deliveries"])
    has_page = any(
        delivery["kind"] == "status_page" and delivery["revision"] == told["revision"]
        for delivery in told["deliveries"]
    )
    return over and arrived and (has_page or not page)


def wait_over(site: Site, study_uid: str, *, seconds: float = 60, page: bool = True) -> dict[str, Any]:
    """Wait until a study has gone the whole way, and give its account."""
    wait_for(lambda: is_over(account(site, study_uid), page=page), f"{study_uid} is over", seconds)
    return account(site, study_uid)


def wait_noticed(site: Site, app: str) -> None:
    """Wait until an app whose manifest was just written counts: a command reads anew, a process at its next look."""
    wait_for(lambda: app in {row["id"] for row in site.json("apps", "list")}, f"{app} is listed")
    time.sleep(LOOK_SECONDS)


def wait_told(
    site: Site, study_uid: str, holds: Callable[[dict[str, Any]], object], what: str, *, seconds: float = 60
) -> dict[str, Any]:
    """Wait until the account of a study is as it should be."""
    wait_for(lambda: holds(account(site, study_uid)), what, seconds)
    return account(site, study_uid)


def let_go(site: Site, film: Film, app: str = "probe") -> None:
    """Let the probe end that holds on to a film (its Study Description is ``held``)."""

    def at_work(told: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [job for job in told["jobs"] if (job["app_id"], job["state"]) == (app, "running")]

    (job,) = at_work(wait_told(site, film.study, at_work, f"{app} is at work"))
    (site.data / "runs" / job["job_key"] / str(job["attempt"]) / "in" / "go").touch()


# --------------------------------------------------------------------------- what the PACS holds


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a PACS holds of a study."""

    images: Sequence[Dataset]
    reports: Sequence[Dataset]
    pages: Sequence[Dataset]


def held(pacs: Orthanc, study_uid: str) -> Held:
    """Read everything that Orthanc holds of a study, in the order of its making."""
    everything = [dcmread(BytesIO(pacs.instance_file(one["ID"]))) for one in pacs.find_by_study(study_uid)]
    everything.sort(key=lambda one: (str(one.get("ContentDate", "")), str(one.get("ContentTime", ""))))
    return Held(
        images=[one for one in everything if one.Modality in {"CR", "CT"}],
        reports=[one for one in everything if one.Modality == "SR"],
        pages=[one for one in everything if one.Modality == "OT"],
    )


def counts(pacs: Orthanc) -> dict[str, dict[str, int]]:
    """Objects per study and modality, by two questions: the cheap form of `held`."""
    found: dict[str, dict[str, int]] = {}
    studies = {one["ID"]: one["MainDicomTags"]["StudyInstanceUID"] for one in pacs.rest("/studies?expand")}
    for series in pacs.rest("/series?expand"):
        per_study = found.setdefault(studies[series["ParentStudy"]], {})
        modality = series["MainDicomTags"]["Modality"]
        per_study[modality] = per_study.get(modality, 0) + len(series["Instances"])
    return found


def complaints(*files: Path) -> list[str]:
    """Ask dicom3tools what it has against these files: errors of each, contradictions between them."""
    errors = []
    for file in files:
        alone = _said("dciodvfy", "-new", str(file)).splitlines()
        errors += [f"{file.name}: {line}" for line in alone if line.startswith("Error")]
    together = _said("dcentvfy", *map(str, files)).splitlines()
    return errors + [line for line in together if line.strip() and not ABOUT_DEFINITIONS.match(line)]


def delivered_complaints(pacs: Orthanc, sources: Mapping[str, Path], folder: Path) -> list[str]:
    """Validate all that a PACS holds, each study beside its source (study UID to file)."""
    errors = []
    for study, source in sources.items():
        files = []
        for one in pacs.find_by_study(study):
            files.append(folder / f"{one['ID']}.dcm")
            files[-1].write_bytes(pacs.instance_file(one["ID"]))
        errors += complaints(source, *files) if files else [f"{study}: nothing was delivered"]
    return errors


def _said(name: str, *arguments: str) -> str:
    done = subprocess.run(
        [program(name), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        timeout=60, check=False,
    )  # fmt: skip
    return done.stdout.decode(errors="replace")


# --------------------------------------------------------------------------- content of a report


def contents(report: Dataset, code: str) -> list[Dataset]:
    """Content items of a report, at any depth, whose concept has this code value."""
    found = []
    for item in report.get("ContentSequence") or []:
        concept = item.get("ConceptNameCodeSequence")
        if concept and concept[0].CodeValue == code:
            found.append(item)
        found += contents(item, code)
    return found


def scores(report: Dataset) -> list[str]:
    """Texts of the presence scores of a report, as its bytes have them."""
    return [str(item.MeasuredValueSequence[0].NumericValue) for item in contents(report, "presence-score")]
