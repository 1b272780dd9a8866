"""TLS towards a server of records: who is not trusted is asked nothing; the error says what, where, and what to do."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from collega.adapters.rest.client import RestClient
from collega.adapters.rest.dicomweb import WebPriors
from collega.adapters.rest.fhir import FhirRecords, Numbers
from collega.adapters.rest.line import WebServer
from collega.adapters.rest.server import Server
from collega.errors import PeerError
from collega.model.code import Code
from collega.model.study import Patient
from collega.testing.fhir_server import Behaviour, fhir_server, observation, person
from tests.e2e.certificates import Authority, Identity

pytestmark = pytest.mark.shows("R73", "R25")
SYSTEM = "urn:collega:numbers"
PATIENT = Patient(issuer="", patient_id="P-1", birth_date="19600229")
CREATININE = Code(scheme="LN", value="2160-0", meaning="Creatinine")
ZONE = ZoneInfo("Europe/Amsterdam")
# Several pages: the next one is on the same server only if that names itself with its scheme.
RESOURCES = [
    person("p1", "P-1"),
    *(observation("p1", "2160-0", 80.0, "umol/L", f"2026-02-0{day}T09:00:00Z") for day in (1, 2, 3)),
]


@dataclass(frozen=True, kw_only=True)
class Papers:
    """Two authorities, and who is signed by the first."""

    ours: Authority
    strange: Authority
    server: Identity
    expired: Identity
    early: Identity


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    folder = tmp_path_factory.mktemp("papers")
    ours = Authority(folder / "ours")
    return Papers(
        ours=ours,
        strange=Authority(folder / "strange", "stranger"),
        server=ours.sign("server"),
        expired=ours.sign("expired", timedelta(days=-9), timedelta(days=-1)),
        early=ours.sign("early", timedelta(days=2), timedelta(days=9)),
    )


@contextmanager
def secured(identity: Identity, *, asks: Authority | None = None) -> Iterator[tuple[str, Behaviour]]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)
    if asks is not None:
        # Of TLS 1.2: there its refusal comes before our question, and cannot be lost behind it.
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_verify_locations(asks.certificate)
        context.verify_mode = ssl.CERT_REQUIRED
    with fhir_server(RESOURCES, context) as (url, behaviour):
        yield url, behaviour


def server_at(url: str, setting: str, ca: Path | str, shown: Identity | None = None) -> Server:
    return Server(
        url=url,
        ca=str(ca),
        certificate=str(shown.certificate) if shown else "",
        key=str(shown.key) if shown else "",
        timeout_s=3,
        setting=setting,
    )


def refusals(url: str, ca: Path | str, shown: Identity | None = None) -> tuple[str, str]:
    """Ask as FHIR and as DICOMweb; gives what each says of it."""
    records = FhirRecords(RestClient(server_at(url, "inputs.fhir_url", ca, shown)), Numbers(system=SYSTEM), ZONE)
    priors = WebPriors(WebServer(server_at(url, "inputs.dicomweb_url", ca, shown)), ZONE, most_images=9, most_mb=9)
    with pytest.raises(PeerError) as by_fhir:
        records.observations(PATIENT, [CREATININE], None)
    with pytest.raises(PeerError) as by_dicomweb:
        priors.studies_of(PATIENT)
    for said in (by_fhir, by_dicomweb):
        assert "P-1" not in str(said.value)
    return str(by_fhir.value), str(by_dicomweb.value)


def test_who_is_trusted_is_asked_on_every_page(papers: Papers) -> None:
    with secured(papers.server, asks=papers.ours) as (url, _):
        shown = RestClient(server_at(url, "", papers.ours.certificate, papers.ours.sign("client")))
        told = FhirRecords(shown, Numbers(system=SYSTEM), ZONE).observations(PATIENT, [CREATININE], None)
    assert [item.value for item in told.items] == [80.0] * 3


@pytest.mark.parametrize(
    ("identity", "authority", "host", "said"),
    [
        ("expired", "ours", "127.0.0.1", "its certificate has expired; those who run the server renew it"),
        ("early", "ours", "127.0.0.1", "its certificate holds from a later date on; look at the clocks"),
        ("server", "ours", "localhost", "its certificate is for another name; {setting} must name the server"),
        ("server", "strange", "127.0.0.1", "an authority that is not known here; give that authority as inputs.tls_ca"),
        ("server", "", "127.0.0.1", "inputs.tls_ca (now: the authorities of this machine)"),
    ],
)
def test_who_is_not_trusted_is_asked_nothing(
    papers: Papers, identity: str, authority: str, host: str, said: str
) -> None:
    ca = getattr(papers, authority).certificate if authority else ""
    with secured(getattr(papers, identity)) as (address, behaviour):
        url = address.replace("127.0.0.1", host)
        place = url.removeprefix("https://").removesuffix("/fhir")
        told = refusals(url, ca)
    assert behaviour.asked == []
    for text, setting in zip(told, ("inputs.fhir_url", "inputs.dicomweb_url"), strict=True):
        assert text.startswith(f"server {place}: TLS: ")
        assert said.format(setting=setting) in text


def test_a_server_that_asks_who_we_are(papers: Papers) -> None:
    with secured(papers.server, asks=papers.ours) as (url, behaviour):
        told = refusals(url, papers.ours.certificate)
    assert behaviour.asked == []
    assert all("asks for a certificate of ours; see inputs.tls_certificate" in text for text in told)


def test_a_server_that_speaks_no_tls(papers: Papers) -> None:
    with fhir_server(RESOURCES) as (url, _):
        told = refusals(url.replace("http:", "https:"), papers.ours.certificate)
    assert "it does not speak TLS there; is it http:// in inputs.fhir_url" in told[0]
