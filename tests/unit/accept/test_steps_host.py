"""Every fact about machine, database and apps ends in an outcome, at its limit and beyond."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from collega.accept import host, service
from collega.accept.visit import Visit
from collega.model.acceptance import StepOutcome
from collega.model.host import ScannerClock
from collega.model.peer import Fault
from collega.testing.fake_probe import FakeProbe
from tests.unit.accept.conftest import APP

pytestmark = pytest.mark.shows("R31", "R64")
PASSED, WARNING, FAILED = StepOutcome.PASSED, StepOutcome.WARNING, StepOutcome.FAILED


@pytest.mark.parametrize(
    ("act", "facts", "outcome"),
    [
        (host.clock, {"synchronised": True}, PASSED),
        (host.clock, {"synchronised": False}, WARNING),
        (host.clock, {"synchronised": None}, WARNING),
        (host.timezone, {}, PASSED),
        (host.timezone, {"utc_offset": timedelta(0), "zone_name": "UTC"}, WARNING),
        (host.disk, {"free_mb": 512}, FAILED),
        (host.disk, {"free_mb": 513}, WARNING),
        (host.disk, {"free_mb": 10_752}, PASSED),
        (host.write, {"write_s": 0.05}, PASSED),
        (host.write, {"write_s": 0.051}, WARNING),
        (host.write, {"write_s": 1.01}, FAILED),
        (host.memory, {"memory_mb": 2047}, WARNING),
        (host.memory, {"cores": 1}, WARNING),
        (host.memory, {"memory_mb": 2048, "cores": 2}, PASSED),
        (host.folders, {"modes": {"studies": 0o755, "secrets": 0o700}}, FAILED),
        (host.folders, {"modes": {}}, PASSED),
    ],
)
def test_the_machine(visit: Visit, act: Any, facts: dict[str, Any], outcome: StepOutcome) -> None:
    visit.machine = replace(visit.machine, **facts)
    found = act(visit)
    assert found.outcome is outcome
    assert (found.advice is None) == (outcome is PASSED), "what is not well comes with what to do"


def test_folders_that_are_open_are_named(visit: Visit) -> None:
    visit.machine = replace(visit.machine, modes={"studies": 0o755})
    assert "studies 0755" in host.folders(visit).said.en


@pytest.mark.parametrize(("offset", "outcome"), [(1.0, PASSED), (-1.0, PASSED), (1.1, FAILED), (-5.0, FAILED)])
def test_the_clock_of_the_database(visit: Visit, offset: float, outcome: StepOutcome) -> None:
    visit.database = replace(visit.database, offset_s=offset)
    assert service.database(visit).outcome is outcome


def test_no_study_has_come(visit: Visit) -> None:
    assert service.scanners(visit).outcome is StepOutcome.NOT_TRIED


@pytest.mark.parametrize(("smallest", "outcome"), [(30.0, PASSED), (-2.0, PASSED), (-2.1, WARNING), (-3600.0, WARNING)])
def test_the_clocks_of_scanners(visit: Visit, smallest: float, outcome: StepOutcome) -> None:
    rows = (
        ScannerClock(caller="CT1", station="EMERGENCY", studies=4, smallest_s=smallest),
        ScannerClock(caller="CR2", station="", studies=9, smallest_s=12.0),
    )
    visit.database = replace(visit.database, scanners=rows)
    found = service.scanners(visit)
    assert found.outcome is outcome
    assert ("CT1 EMERGENCY" in found.said.en) == (outcome is WARNING)


def test_a_check_that_was_cut_short_is_named(visit: Visit) -> None:
    unended = (("key-1", datetime(2026, 3, 1, 9, 0, tzinfo=UTC), "TEST0301100000"),)
    visit.database = replace(visit.database, unended=unended)
    found = service.unended(visit)
    assert found.outcome is WARNING
    assert "key-1 (TEST0301100000" in found.said.en


def test_an_app_that_breaks_the_contract(visit: Visit) -> None:
    visit.apps = (APP, replace(APP, id="other", problems=("other: no entry",)))
    found = service.apps(visit)
    assert found.outcome is FAILED
    assert "other: no entry" in found.said.en


def test_no_app(visit: Visit) -> None:
    visit.apps = ()
    assert service.apps(visit).outcome is WARNING
    assert host.isolation(visit).outcome is WARNING


def test_what_works_on_another_machine_needs_no_fence_here(visit: Visit) -> None:
    elsewhere = replace(APP, id="service", isolation=("elsewhere",))
    for apps in ((APP, elsewhere), (elsewhere,)):
        visit.apps = apps
        assert host.isolation(visit).outcome is PASSED
    visit.apps = (replace(APP, isolation=()), elsewhere)
    assert host.isolation(visit).outcome is FAILED


@pytest.mark.parametrize(("allowed", "outcome"), [(False, FAILED), (True, WARNING)])
def test_one_app_without_a_fence_counts_for_all(visit: Visit, *, allowed: bool, outcome: StepOutcome) -> None:
    visit.apps = (APP, replace(APP, isolation=("uid",)))
    visit.arranged = replace(visit.arranged, allow_unconfined=allowed)
    assert host.isolation(visit).outcome is outcome


@pytest.mark.parametrize(
    ("act", "settings", "outcome"),
    [
        (service.web, {}, PASSED),
        (service.web, {"web_host": "0.0.0.0"}, WARNING),  # noqa: S104 - what the step warns of
        (service.peers, {}, PASSED),
        (service.peers, {"dicom_host": "10.1.2.20"}, WARNING),
        (service.peers, {"dicom_host": "10.1.2.20", "peers": ("CT1",)}, WARNING),
        (service.peers, {"dicom_host": "10.1.2.20", "peers": ("CT1", "PACS@10.1.2.3")}, PASSED),
        (service.site, {}, PASSED),
        (service.site, {"site": ""}, WARNING),
    ],
)
def test_the_settings(visit: Visit, act: Any, settings: dict[str, Any], outcome: StepOutcome) -> None:
    visit.arranged = replace(visit.arranged, **settings)
    assert act(visit).outcome is outcome


def test_our_own_port_answers(visit: Visit) -> None:
    assert service.receiver(visit).outcome is PASSED


def test_our_own_port_when_no_server_runs(visit: Visit) -> None:
    visit.database = replace(visit.database, receiver=False)
    assert service.receiver(visit).outcome is WARNING


@pytest.mark.parametrize(("peers", "outcome"), [((), FAILED), (("CT1",), PASSED)])
def test_our_own_port_turns_us_away(visit: Visit, own: FakeProbe, peers: tuple[str, ...], outcome: StepOutcome) -> None:
    own.fault = Fault.CALLING_AET
    visit.arranged = replace(visit.arranged, peers=peers)
    assert service.receiver(visit).outcome is outcome


def test_a_server_without_a_worker(visit: Visit) -> None:
    visit.database = replace(visit.database, worker=False)
    assert service.receiver(visit).outcome is WARNING
