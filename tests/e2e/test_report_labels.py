"""A signed report that a program sends is labelled and held against an app; a table with its correction replaces it."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import psycopg
import pytest
from pydicom import dcmread

from tests.e2e.apps.probe.probe import score_of
from tests.e2e.films import PROBE, wait_over, write_film
from tests.e2e.peers import LOOPBACK, dcmsend
from tests.e2e.site import Site, site, wait_for

pytestmark = pytest.mark.shows("R74")
ABSENT, PRESENT = "Hart niet vergroot. Geen infiltraat.", "Infiltraat rechts basaal, geen pleuravocht."


def post(one: Site, body: dict[str, Any]) -> int:
    """Send a report as a program does; the status of the answer."""
    return answered(one, body)[0]


def answered(one: Site, body: dict[str, Any]) -> tuple[int, Any]:
    """Send a report as a program does; status and content of the answer."""
    request = urllib.request.Request(
        f"http://{LOOPBACK}:{one.web_port}/api/reports",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
            return int(answer.status), json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_a_report_before_its_images_a_late_answer_and_a_correction(tmp_path: Path) -> None:
    film = write_film(tmp_path / "films", "read", AccessionNumber="A4711")
    # The report says the opposite of what the app is going to say.
    is_found = score_of(str(dcmread(film.path).SOPInstanceUID)) >= 0.5
    opposite, same = (ABSENT, PRESENT) if is_found else (PRESENT, ABSENT)
    said = {"patient_id": "P-read", "accession_number": "A4711", "signed_at": "2026-11-28T08:00:00Z", "text": opposite}
    with site(
        tmp_path / "site", pacs=None, apps=[PROBE], hl7=True, settings={"COLLEGA_REPORTS__LANGUAGE": "nl"}
    ) as one:
        one.start()
        assert [post(one, said), post(one, said)] == [202, 202]
        german = {**said, "accession_number": "A0", "text": "Kein Infiltrat und kein Erguss."}
        assert answered(one, german) == (202, {"kept": "final", "looks_like": "de"})
        assert post(one, {**said, "accession_number": ""}) == 422
        assert post(one, {**said, "signed_at": "2026-11-28T08:00:00"}) == 422
        dcmsend(one.dicom_port, film.path)
        wait_over(one, film.study, page=False)
        wait_for(lambda: "discrepancy_found" in kinds(one, film.study), "the difference is noted", 30)
        (tmp_path / "corrections.csv").write_text(
            f"patient_id,accession_number,signed_at,status,verslag\nP-read,A4711,2026-11-28T11:30:00,corrected,"
            f'"{same}"\n',
            encoding="utf-8",
        )
        table = str(tmp_path / "corrections.csv")
        assert one.json("reports", "add", table, "--text", "verslag") == {"reports": 1, "other_language": 0}
        wait_for(lambda: kinds(one, film.study).count("labelled") == 2, "the correction is labelled", 30)
        with psycopg.connect(f"host={one.data / 'pg'} user=postgres dbname=postgres") as connection:
            labels = connection.execute(
                "SELECT number, word, sentence FROM report_label WHERE finding_id = 'pneumonia' ORDER BY number"
            ).fetchall()
            found = connection.execute("SELECT contrast, sentence FROM discrepancy").fetchall()
    sentences = {"absent": "Geen infiltraat.", "present": PRESENT}
    first, then = ("absent", "present") if is_found else ("present", "absent")
    assert labels == [(1, first, sentences[first]), (2, then, sentences[then])]
    assert found == [("ai_late" if is_found else "ai_negative", sentences[first])], "the correction agrees"


def kinds(one: Site, study: str) -> list[str]:
    """List the kinds of the events of a study."""
    return [event["kind"] for event in one.account(study)["events"]]
