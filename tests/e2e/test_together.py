"""Several apps on one study, thresholds that a site moves, and comparisons beside the running server."""

import signal
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

from collega.model.ids import stable_uid
from collega.testing.pacs import KeepingPacs
from tests.e2e.apps.probe.probe import score_of as probe_score
from tests.e2e.compared.scorer.scorer import score_of
from tests.e2e.comparing import OLDER_BIAS, SCORER, left, older_version, runs_of, started, study
from tests.e2e.films import PROBE, wait_over, wait_told, write_film
from tests.e2e.peers import dcmsend
from tests.e2e.site import Site, site, wait_for

# probe and scorer look at the same digest, so of one film both say the same, unless a threshold is moved.
FILM = next(name for name in map(str, range(99)) if 0.55 < probe_score(stable_uid("test", name, "1")) < 0.85)
CRASH = "crash-1"
HASTY = {"COLLEGA_RUN__RETRY_WAIT_S": "0.1"}


@pytest.fixture(scope="module")
def pacs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KeepingPacs]:
    with KeepingPacs(tmp_path_factory.mktemp("pacs")) as one:
        yield one


@pytest.fixture(scope="module")
def house(pacs: KeepingPacs, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("together")
    with site(folder / "site", pacs=(pacs.aet, pacs.port), apps=[PROBE, SCORER], settings=HASTY) as one:
        one.start()
        films = [write_film(folder / "films", FILM), write_film(folder / "films", CRASH, StudyDescription="crash")]
        films += [write_film(folder / "films", f"s{number}", StudyDescription="slow") for number in range(4)]
        dcmsend(one.dicom_port, *(film.path for film in films))
        for film in films:
            wait_over(one, film.study)
        yield one


def uid(name: str) -> str:
    return stable_uid("test", name, "1")


def job_of(told: dict[str, Any], app: str) -> dict[str, Any]:
    return next(job for job in told["jobs"] if job["app_id"] == app)


def row_of(told: dict[str, Any], code: str) -> dict[str, Any]:
    return next(row for row in told["findings_together"] if row["code"] == code)


PNEUMONIA = "SCT 233604007"


@pytest.mark.shows("R8", "R66")
def test_two_apps_stand_in_one_row_everywhere(house: Site, pacs: KeepingPacs) -> None:
    told = house.json("studies", "show", study(FILM))
    row = row_of(told, PNEUMONIA)
    assert {word["app"]: word["said"] for word in row["words"]} == {"probe": "present", "scorer": "present"}
    assert row["agreement"] == "agree"
    assert row_of(told, "SRT D2-80100")["agreement"] == "alone"
    assert house.account(study(FILM))["findings_together"] == told["findings_together"]
    shown = next(one for one in house.get("/api/worklist?lang=en") if one["study_instance_uid"] == study(FILM))
    assert [one["agreement"] for one in shown["together"]] == ["agree"]
    page = next(item for item in _pages(pacs) if item.StudyInstanceUID == study(FILM))
    assert "Probe: present; Scorer: present. The apps agree." in page.ImageComments


@pytest.mark.shows("R25", "R66")
def test_a_failed_app_agrees_with_nobody(house: Site) -> None:
    row = row_of(house.json("studies", "show", study(CRASH)), PNEUMONIA)
    assert [word["said"] for word in row["words"]] == ["failed", "failed"]
    assert row["agreement"] == "open"


@pytest.mark.shows("R48")
def test_a_rule_speaks_on_the_page(house: Site, pacs: KeepingPacs) -> None:
    page = next(item for item in _pages(pacs) if item.StudyInstanceUID == study(FILM))
    assert "normal film: 1 of 2 findings below their thresholds; above: opacity" in page.ImageComments
    assert job_of(house.account(study(FILM)), "scorer")["verdicts"][0]["verdict"] == "not_normal"


def _pages(pacs: KeepingPacs) -> list[Any]:
    kept = [dcmread(BytesIO(item.path.read_bytes())) for item in pacs.objects()]
    return [item for item in kept if item.Modality == "OT"]


@pytest.mark.shows("R8", "R15")
def test_two_versions_are_compared_beside_the_server_and_nothing_is_delivered(house: Site, tmp_path: Path) -> None:
    older = older_version(tmp_path)
    before = house.account(study(FILM))
    uids = [study(name) for name in (FILM, CRASH, "s0", "s1", "s2", "nobody")]
    (tmp_path / "uids.txt").write_text("# test\n" + "\n".join(uids), encoding="utf-8")
    found = house.json(
        "compare", str(older), "scorer", "--name", "versions", "--from", str(tmp_path / "uids.txt"), "--at-once", "2"
    )
    assert (found["studies"], found["compared"]) == (6, 4)
    assert (found["a"]["version"], found["b"]["version"]) == ("1.0.0", "2.0.0")
    opacity = next(item for item in found["findings"] if item["finding"] == "opacity")
    expected = [name for name in (FILM, "s0", "s1", "s2") if _word(name, OLDER_BIAS) != _word(name, 0.0)]
    assert sorted(opacity["disagreements"]) == sorted(study(name) for name in expected)
    assert (opacity["agree"], opacity["decided"]) == (4 - len(expected), 4)
    assert {(item["side"], item["state"]) for item in found["apart"]} == {
        (side, state) for side in "ab" for state in ("failed", "never received")
    }
    assert "asked to crash" in next(item["reason"] for item in found["apart"] if item["state"] == "failed")
    assert house.account(study(FILM)) == before  # no job, no event, no delivery
    assert house.json("compare", "show", "versions") == found
    code = opacity["code"].split()[-1]
    assert house.json("compare", "scores", "versions", code, "--out", str(tmp_path / "scores")) == {"a": 5, "b": 5}
    lines = (tmp_path / "scores" / "b.csv").read_text(encoding="utf-8").splitlines()
    assert f"{study(CRASH)},,failed,2.0.0" in lines
    present = opacity["present_difference"]
    assert present["a_alone"] + present["b_alone"] == len(expected)
    house.command("compare", str(older), "probe", "--name", "versions", code=1)


def _word(name: str, bias: float) -> bool:
    return score_of("opacity", uid(name), bias=bias) >= 0.5


@pytest.mark.shows("R15")
def test_a_comparison_that_is_killed_goes_on_where_it_was(house: Site, tmp_path: Path) -> None:
    older = older_version(tmp_path)
    uids = ",".join(study(f"s{number}") for number in range(4))
    command = ["compare", str(older), "scorer", "--name", "killed", "--studies", uids, "--json"]
    with started(house, command) as first:
        begun = watched(house, lambda seen: len(seen) == 3)
        first.send_signal(signal.SIGKILL)
    assert 5 <= left(house, "killed") <= 6  # the third may have ended, and only its folder is left
    with started(house, command) as second:
        again = watched(house, lambda _: second.poll() is not None)
        assert second.returncode == 0
    assert len(begun | again) == 8
    assert len(begun & again) <= 1  # the one that the kill cut short
    found = house.json("compare", "show", "killed")
    assert (found["compared"], left(house, "killed")) == (4, 0)
    assert not list((house.data / "comparisons").iterdir())


def watched(house: Site, enough: Callable[[set[str]], bool]) -> set[str]:
    """Collect the names of the runs that have a folder, until it is enough."""
    seen: set[str] = set()

    def look() -> bool:
        seen.update(run.name for run in runs_of(house))
        return enough(seen)

    wait_for(look, "runs come and go")
    return seen


@pytest.mark.shows("R49")
def test_a_threshold_is_moved_inside_the_makers_range_and_holds_for_what_runs_then(house: Site) -> None:
    before = house.account(study(FILM))
    house.command("thresholds", "set", "scorer", "opacity", "0.95", "--reason", "fewer alarms", code=1)
    house.command("thresholds", "set", "scorer", "effusion", "0.5", "--reason", "more alarms", code=1)
    made = house.json("thresholds", "set", "scorer", "opacity", "0.9", "--reason", "fewer alarms", "--by", "AI lead")
    assert (made["old"], made["new"], made["number"]) == (0.5, 0.9, 1)
    assert house.json("thresholds", "list", "scorer")["thresholds"][0]["threshold"] == 0.9
    (entry,) = house.json("thresholds", "history", "scorer")
    assert (entry["actor"], entry["reason"], entry["old"], entry["new"]) == ("AI lead", "fewer alarms", 0.5, 0.9)
    assert house.account(study(FILM)) == before  # what was said stands
    house.command("jobs", "retry", job_of(before, "scorer")["job_key"])
    told = wait_told(
        house,
        study(FILM),
        lambda told: job_of(told, "scorer")["thresholds"] == 1 and job_of(told, "scorer")["state"] == "done",
        "the job has run under the new threshold",
    )
    finding = job_of(told, "scorer")["findings"][0]
    assert (finding["evaluation"], finding["threshold"]) == ("absent", 0.9)
    assert row_of(told, PNEUMONIA)["agreement"] == "disagree"
    assert job_of(told, "scorer")["verdicts"][0]["verdict"] == "normal"
