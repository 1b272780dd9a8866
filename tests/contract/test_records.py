"""A server of records: the simulator over a real socket and the fake answer alike; what it does wrong is no answer."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collega.adapters.rest.client import RestClient
from collega.adapters.rest.fhir import MOST_PAGES, FhirRecords, Numbers
from collega.adapters.rest.server import Server
from collega.errors import ConfigurationError, PeerError
from collega.formats.fhir import observed
from collega.model.code import Code
from collega.model.inputs import Observed, Reported, Told, Why
from collega.model.study import Patient
from collega.ports.inputs import Records
from collega.testing.fake_sources import FakeRecords
from collega.testing.fhir_server import Behaviour, fhir_server, observation, person, report
from collega.testing.ports import reserved_ports

ZONE = ZoneInfo("Europe/Amsterdam")
SYSTEM = "urn:collega:numbers"
PATIENT = Patient(issuer="", patient_id="P-1", birth_date="19600229")
CREATININE = Code(scheme="LN", value="2160-0", meaning="2160-0")
SINCE = datetime(2026, 1, 1, tzinfo=UTC)
RESOURCES = [
    person("p1", "P-1"),
    person("p2", "P-2"),
    observation("p1", "2160-0", 80.0, "umol/L", "2026-02-01T09:00:00+01:00"),
    observation("p1", "2160-0", 81.0, "umol/L", "2026-02-02T09:00:00+01:00", status="preliminary"),
    observation("p1", "2160-0", 82.0, "umol/L", "2026-02-03"),
    observation("p2", "2160-0", 99.0, "umol/L", "2026-02-04T09:00:00+01:00"),
    observation("p1", "1988-5", 5.0, "mg/L", "2026-02-04T09:00:00+01:00"),
    report("p1", "2026-01-20T12:00:00Z", "Nothing."),
]
FAKE = FakeRecords(
    [
        Observed(code=CREATININE, at=at, status=status, value=value, unit="umol/L")
        for at, status, value in (
            (datetime(2026, 2, 1, 8, tzinfo=UTC), "final", 80.0),
            (datetime(2026, 2, 2, 8, tzinfo=UTC), "preliminary", 81.0),
            (datetime(2026, 2, 2, 23, tzinfo=UTC), "final", 82.0),
        )
    ],
    [Reported(at=datetime(2026, 1, 20, 12, tzinfo=UTC), status="final", text="Nothing.")],
)


def asking(url: str, **server: object) -> FhirRecords:
    made = replace(Server(url=url, timeout_s=3), **server)  # type: ignore[arg-type]
    return FhirRecords(RestClient(made), Numbers(system=SYSTEM), ZONE)


@pytest.fixture(scope="module")
def simulated() -> Iterator[tuple[str, Behaviour]]:
    with fhir_server(RESOURCES) as (url, behaviour):
        yield url, behaviour


@pytest.fixture
def simulator(simulated: tuple[str, Behaviour]) -> tuple[str, Behaviour]:
    url, behaviour = simulated
    vars(behaviour).update(vars(Behaviour()))
    return url, behaviour


@pytest.fixture(params=["fake", "simulator"])
def server(request: pytest.FixtureRequest) -> Records:
    if request.param == "fake":
        return FAKE
    url, _ = request.getfixturevalue("simulator")
    return asking(url)


def test_results_of_one_patient_under_one_code(server: Records) -> None:
    told = server.observations(PATIENT, [CREATININE], SINCE)
    assert told == Told(items=tuple(FAKE.values))


def test_reports_of_one_patient(server: Records) -> None:
    assert server.reports(PATIENT, SINCE) == Told(items=tuple(FAKE.texts))


def test_nothing_under_another_code(server: Records) -> None:
    other = Code(scheme="SCT", value="1", meaning="-")
    assert server.observations(PATIENT, [other], None) == Told()


def test_only_what_is_asked_for_leaves_the_house(simulator: tuple[str, Behaviour]) -> None:
    url, behaviour = simulator
    asking(url).observations(PATIENT, [CREATININE], SINCE)
    assert behaviour.asked[0] == "/fhir/Patient?identifier=urn%3Acollega%3Anumbers%7CP-1"
    assert behaviour.asked[1].startswith(
        "/fhir/Observation?code=http%3A%2F%2Floinc.org%7C2160-0&patient=p1&_count=100&date=ge2026-01-01T00%3A00%3A00Z"
    )
    assert len(behaviour.asked) == 3, "two pages"


def test_a_number_with_signs_of_its_own_is_no_other_number(simulator: tuple[str, Behaviour]) -> None:
    url, behaviour = simulator
    assert asking(url).reports(replace(PATIENT, patient_id="P-2,urn|P-1"), None).why is Why.UNKNOWN_PATIENT
    assert "%5C%2C" in behaviour.asked[0]


# ------------------------------------------------------------------------------- persons


def persons(*resources: object) -> Why | None:
    with fhir_server([*resources, observation("p1", "2160-0", 1.0, "umol/L", "2026-02-01")]) as (url, _):  # type: ignore[list-item]
        return asking(url).observations(PATIENT, [CREATININE], None).why


@pytest.mark.shows("R25")
@pytest.mark.parametrize(
    ("known", "why"),
    [
        ([], Why.UNKNOWN_PATIENT),
        ([person("p1", "P-1", system="urn:other")], Why.UNKNOWN_PATIENT),
        ([person("p1", "P-1"), person("p2", "P-1")], Why.OTHER_PATIENT),
        ([person("p1", "P-1", born="1999-01-01")], Why.OTHER_PATIENT),
        ([person("p1", "P-1", born="1960-02")], None),
        ([person("p1", "P-1")], None),
    ],
)
def test_who_is_meant(known: list[object], why: Why | None) -> None:
    assert persons(*known) is why


@pytest.mark.shows("R25")
def test_a_server_that_does_not_look_at_the_number_is_not_believed(simulator: tuple[str, Behaviour]) -> None:
    url, behaviour = simulator
    behaviour.stranger = person("p9", "P-9")
    told = asking(url).observations(replace(PATIENT, patient_id="P-none"), [CREATININE], None)
    assert told == Told(why=Why.OTHER_PATIENT)


@pytest.mark.shows("R25")
def test_a_stranger_among_the_results_spoils_the_answer(simulator: tuple[str, Behaviour]) -> None:
    url, behaviour = simulator
    behaviour.stranger = observation("p2", "2160-0", 700.0, "umol/L", "2026-03-01")
    told = asking(url).observations(PATIENT, [CREATININE], None)
    assert (told.items, told.why) == ((), Why.OTHER_PATIENT)


def test_a_number_of_another_hospital_is_not_asked_for(simulator: tuple[str, Behaviour]) -> None:
    url, behaviour = simulator
    server = FhirRecords(RestClient(Server(url=url)), Numbers(system=SYSTEM, issuer="OURS"), ZONE)
    assert server.reports(replace(PATIENT, issuer="THEIRS"), None).why is Why.OTHER_ISSUER
    assert behaviour.asked == []
    assert server.reports(replace(PATIENT, issuer="OURS"), None).why is None


# ------------------------------------------------------------------------------- faults


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"status": 500}, "it answers 500"),
        ({"status": 404}, "there is no such thing"),
        ({"status": 302}, "it answers 302"),
        ({"token": "another"}, "it does not know our token"),
        ({"html": True}, "text/html, not JSON"),
        ({"loop": True, "page": 1}, "no end of a search"),
        ({"elsewhere": "http://127.0.0.1:9", "page": 1}, "it points to another server"),
        ({"slow_s": 1.0}, "no answer (TimeoutError)"),
    ],
    ids=["500", "404", "redirect", "401", "HTML", "loop", "elsewhere", "slow"],
)
def test_what_is_no_answer(simulator: tuple[str, Behaviour], how: dict[str, object], said: str) -> None:
    url, behaviour = simulator
    vars(behaviour).update(how)
    with pytest.raises(PeerError) as caught:
        asking(url, timeout_s=0.5).observations(PATIENT, [CREATININE], None)
    assert said in str(caught.value)
    assert "P-1" not in str(caught.value), "a log must not name a patient"
    assert len(behaviour.asked) <= MOST_PAGES + 1


def test_an_answer_that_is_too_large_is_left(simulator: tuple[str, Behaviour]) -> None:
    url, _ = simulator
    with pytest.raises(PeerError, match="more than 0 MB"):
        asking(url, most_mb=0).reports(PATIENT, None)


def test_a_server_that_is_not_there() -> None:
    with reserved_ports() as (port,), pytest.raises(PeerError, match="no answer"):
        asking(f"http://127.0.0.1:{port}/fhir").reports(PATIENT, None)


def test_a_token_is_read_at_each_question(simulator: tuple[str, Behaviour], tmp_path: Path) -> None:
    url, behaviour = simulator
    behaviour.token = "second"  # noqa: S105 - of a simulator
    file = tmp_path / "token"
    server = asking(url, token_file=str(file))
    with pytest.raises(PeerError, match="token cannot be read"):
        server.reports(PATIENT, None)
    file.write_text("second\n", encoding="utf-8")
    assert server.reports(PATIENT, None).items


def test_files_for_tls_that_are_no_such_thing_are_named(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate", encoding="utf-8")
    for name in ("ca.pem", "absent.pem"):
        with pytest.raises(ConfigurationError, match=name):
            asking("https://127.0.0.1:1/fhir", ca=str(tmp_path / name))
    assert ssl.OPENSSL_VERSION


def test_odd_resources_give_no_values() -> None:
    code = {"coding": [{"system": "http://loinc.org", "code": "2160-0"}]}
    at = {"effectiveDateTime": "2026-02-01T09:00:00Z"}
    for odd in (
        {"code": code},
        {"code": code, "effectiveDateTime": "2026"},
        {"code": code, "effectiveDateTime": "yesterday"},
        {"code": {"coding": [{"system": "urn:local", "code": "K"}]}, **at},
        {"code": "2160-0", **at},
        {},
    ):
        assert list(observed(odd, ZONE)) == []
    odd_values: list[object] = [{"value": "80"}, {"value": True}, {"value": float("nan")}, {"value": 10**400}, "80", []]
    for value in odd_values:
        (found,) = observed({"code": code, **at, "valueQuantity": value}, ZONE)
        assert found.value is None
    (found,) = observed({"code": code, "effectivePeriod": {"end": "2026-02-01"}, "valueString": "low"}, ZONE)
    assert (found.at, found.words) == (datetime(2026, 2, 1, tzinfo=UTC) - timedelta(hours=1), "low")
