"""Apps that are services, on the whole line: a film goes in, their results stand in a real Orthanc; one is down."""

import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from collega.testing.ports import reserved_ports
from collega.testing.vendor_service import Answer, Files, Manner, VendorService, json_answer, vendor_service
from tests.e2e.certificates import Authority
from tests.e2e.films import PROBE, Film, held, scores, wait_over, write_film
from tests.e2e.peers import Orthanc, orthanc, storescu
from tests.e2e.site import Site, site

SCORE = 0.8125


def analysed(study: Mapping[str, Any], files: Files) -> Answer:
    """Answer in our schema, of the images that came with it."""
    assert set(files) == {image["file"] for image in study["images"]}
    assert all(content[128:132] == b"DICM" for content in files.values())
    return json_answer(
        {
            "schema": "collega/result/1",
            "app": study["app"],
            "study_instance_uid": study["study"]["study_instance_uid"],
            "status": "analysed",
            "findings": [
                {
                    "id": "pneumonia",
                    "code": {"scheme": "SCT", "value": "233604007", "meaning": "Pneumonia"},
                    "evaluation": "present",
                    "score": {"value": SCORE, "scale": [0, 1], "direction": "higher-is-present", "calibrated": False},
                    "threshold": 0.5,
                    "images": [image["sop_instance_uid"] for image in study["images"]],
                }
            ],
        }
    )


def make_app(folder: Path, app: str, url: str, files: Mapping[str, str], limit_s: int = 30) -> Path:
    """Write an app that is a service, with the finding of the probe."""
    text = (PROBE / "app.toml").read_text(encoding="utf-8")
    text = text.replace('id = "probe"', f'id = "{app}"').replace("entry = ", "# ").replace('"python"', '"http"')
    text = text.replace("time_limit_s = 30", f"time_limit_s = {limit_s}")
    table = "\n".join(f'{key} = "{value}"' for key, value in {"url": url, **files}.items())
    (folder / app).mkdir(parents=True)
    (folder / app / "app.toml").write_text(f"{text}\n[run.http]\n{table}\n", encoding="utf-8")
    return folder / app


def asks_for_certificates(authority: Authority) -> ssl.SSLContext:
    own = authority.sign("service")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.certificate, own.key)
    context.load_verify_locations(authority.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


@dataclass(frozen=True, kw_only=True)
class Vendors:
    """Two services that answer, and the apps that ask them; a third app finds nobody."""

    later: VendorService
    secured: VendorService
    apps: Path


@pytest.fixture(scope="module")
def vendors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendors]:
    folder = tmp_path_factory.mktemp("vendors")
    authority = Authority(folder / "authority")
    client = authority.sign("client")
    with ExitStack() as stack:
        later = stack.enter_context(vendor_service(analysed, Manner(is_later=True, delay_s=0.3)))
        secured = stack.enter_context(vendor_service(analysed, tls=asks_for_certificates(authority)))
        (nobody,) = stack.enter_context(reserved_ports())
        apps = folder / "apps"
        make_app(apps, "later", later.url, {})
        shown = {"certificate": str(client.certificate), "key": str(client.key), "ca": str(authority.certificate)}
        make_app(apps, "secured", secured.url, shown)
        make_app(apps, "away", f"http://127.0.0.1:{nobody}", {}, limit_s=3)
        yield Vendors(later=later, secured=secured, apps=apps)


@pytest.fixture(scope="module")
def pacs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    with orthanc(tmp_path_factory.mktemp("orthanc")) as one:
        yield one


@pytest.fixture(scope="module")
def house(pacs: Orthanc, vendors: Vendors, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {"COLLEGA_RUN__RETRY_WAIT_S": "0.01"}
    folder, address = tmp_path_factory.mktemp("site"), (pacs.aet, pacs.dicom_port)
    with site(folder, pacs=address, apps=[vendors.apps, PROBE], settings=settings) as one:
        one.start()
        yield one


@pytest.fixture(scope="module")
def film(house: Site, tmp_path_factory: pytest.TempPathFactory) -> Film:
    """One film that every app was asked about."""
    made = write_film(tmp_path_factory.mktemp("films"), "services")
    assert storescu(house.dicom_port, made.path, options=("-R", "-xy")).code == 0
    return made


@pytest.mark.shows("R5", "R42")
def test_services_answer_and_one_that_is_down_keeps_none_waiting(house: Site, pacs: Orthanc, film: Film) -> None:
    told = wait_over(house, film.study)
    jobs = {job["app_id"]: job for job in told["jobs"]}
    outcomes = {app: (job["outcome"], job["reason_code"]) for app, job in jobs.items()}
    assert outcomes.pop("probe")[1] == ""
    assert outcomes == {"later": ("found", ""), "secured": ("found", ""), "away": ("failed", "unreachable")}
    assert "cannot be reached: Connection refused" in jobs["away"]["reason"]
    reports = {str(one.ManufacturerModelName): one for one in held(pacs, film.study).reports}
    assert sorted(reports) == ["later", "probe", "secured"]
    assert scores(reports["later"]) == scores(reports["secured"]) == ["81.2500"]
    ended = {event["payload"]["app"]: event["at"] for event in told["events"] if event["kind"] == "ended"}
    assert max(ended["later"], ended["secured"], ended["probe"]) < ended["away"]


@pytest.mark.shows("R42")
def test_each_service_is_asked_once_and_knows_the_attempt(house: Site, vendors: Vendors, film: Film) -> None:
    keys = {job["app_id"]: job["job_key"] for job in wait_over(house, film.study)["jobs"]}
    assert [(one.job, one.key) for one in vendors.later.asked] == [(keys["later"], f"{keys['later']}/1")]
    assert [(one.job, one.key) for one in vendors.secured.asked] == [(keys["secured"], f"{keys['secured']}/1")]


@pytest.mark.shows("R25", "R42")
def test_the_board_shows_who_found_and_who_failed(house: Site, film: Film) -> None:
    wait_over(house, film.study)
    (row,) = [one for one in house.get("/api/worklist?lang=nl") if one["study_instance_uid"] == film.study]
    shown = {one["app"]: (one["shown_as"], one["word"]) for one in row["apps"]}
    assert {shown[app][0] for app in ("later", "secured")} == {"found"}
    assert shown["away"][0] == "failed"
    assert "de app was niet bereikbaar" in shown["away"][1]
