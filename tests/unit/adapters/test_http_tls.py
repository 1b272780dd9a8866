"""TLS towards a service, and ours shown to it: who is not trusted gets no image, and the reason is named."""

import contextlib
import socket
import ssl
import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from collega.adapters.http_app.runner import HttpRunner
from collega.model.job import AttemptOutcome
from collega.model.leaving import Permit
from collega.model.runtime import HttpSpec
from collega.testing.vendor_service import VendorService, json_answer, vendor_service
from tests.e2e.certificates import Authority, Identity, openssl
from tests.unit.adapters.http_bench import Desk

pytestmark = pytest.mark.shows("R42")


@dataclass(frozen=True, kw_only=True)
class Papers:
    """Authorities and what they have signed; ours trusts the service, and the service ours."""

    ours: Authority
    strange: Authority
    service: Identity
    client: Identity


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    folder = tmp_path_factory.mktemp("papers")
    ours, strange = Authority(folder / "ours"), Authority(folder / "strange", "stranger")
    return Papers(ours=ours, strange=strange, service=ours.sign("service"), client=ours.sign("client"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(folder=tmp_path / "runs" / "job-1" / "1", runner=HttpRunner(()))


@contextmanager
def secured(identity: Identity, *, asks: Authority | None = None) -> Iterator[VendorService]:
    """Run a service over TLS that asks for certificates of an authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)
    if asks is not None:
        context.load_verify_locations(asks.certificate)
        context.verify_mode = ssl.CERT_REQUIRED
    with vendor_service(lambda _, __: json_answer({"score": 0.5}), tls=context) as service:
        yield service


def files(ca: Authority | None, shown: Identity | None = None) -> HttpSpec:
    return HttpSpec(
        url="",
        ca=str(ca.certificate) if ca else "",
        certificate=str(shown.certificate) if shown else "",
        key=str(shown.key) if shown else "",
    )


async def test_both_show_who_they_are(desk: Desk, papers: Papers) -> None:
    with secured(papers.service, asks=papers.ours) as service:
        attempt = await desk.run(service.url, files(papers.ours, papers.client))
    assert (attempt.outcome, attempt.isolation) == (AttemptOutcome.ANSWERED, ("elsewhere", "TLSv1.3"))


async def test_a_certificate_trusted_for_itself(desk: Desk, papers: Papers) -> None:
    with secured(papers.service) as service:
        attempt = await desk.run(service.url, HttpSpec(url="", ca=str(papers.service.certificate)))
    assert attempt.outcome is AttemptOutcome.ANSWERED


async def refused(desk: Desk, service: VendorService, spec: HttpSpec) -> str:
    attempt = await desk.run(service.url, spec)
    assert attempt.outcome is AttemptOutcome.REFUSED
    assert service.asked == [], "nothing was sent"
    return attempt.detail


async def test_an_authority_that_we_do_not_know(desk: Desk, papers: Papers) -> None:
    with secured(papers.service) as service:
        said = await refused(desk, service, files(papers.strange))
    assert "its certificate is not trusted: unable to get local issuer certificate" in said


async def test_without_an_authority_of_its_own_those_of_the_machine_count(desk: Desk, papers: Papers) -> None:
    with secured(papers.service) as service:
        assert "its certificate is not trusted" in await refused(desk, service, files(None))


async def test_a_certificate_that_has_expired(desk: Desk, papers: Papers) -> None:
    expired = papers.ours.sign("expired", timedelta(days=-9), timedelta(days=-1))
    with secured(expired) as service:
        said = await refused(desk, service, files(papers.ours))
    assert "its certificate is not trusted: certificate has expired" in said


async def test_a_certificate_of_another_host(desk: Desk, papers: Papers) -> None:
    with secured(papers.service) as service:
        service.url = service.url.replace("127.0.0.1", "localhost")
        said = await refused(desk, service, files(papers.ours))
    assert "certificate is not valid for 'localhost'" in said


async def test_a_service_that_asks_for_a_certificate_of_ours(desk: Desk, papers: Papers) -> None:
    with secured(papers.service, asks=papers.ours) as service:
        said = await refused(desk, service, files(papers.ours))
    assert said == "TLS: it asks for a certificate of ours (run.http.certificate)"


async def test_a_service_that_does_not_know_our_authority(desk: Desk, papers: Papers) -> None:
    with secured(papers.service, asks=papers.strange) as service:
        said = await refused(desk, service, files(papers.ours, papers.client))
    assert said == "TLS: it does not know the authority of our certificate (run.http.certificate)"


async def test_a_service_that_finds_ours_expired(desk: Desk, papers: Papers) -> None:
    expired = papers.ours.sign("ours expired", timedelta(days=-9), timedelta(days=-1))
    with secured(papers.service, asks=papers.ours) as service:
        said = await refused(desk, service, files(papers.ours, expired))
    assert said == "TLS: it says that our certificate has expired (run.http.certificate)"


async def test_a_service_that_speaks_no_tls(desk: Desk, papers: Papers) -> None:
    with vendor_service(lambda _, __: json_answer({})) as service:
        service.url = service.url.replace("http", "https")
        assert await refused(desk, service, files(papers.ours)) == "TLS: it does not speak TLS there"


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (HttpSpec(url="", ca="nowhere.crt"), "run.http.ca: nowhere.crt: No such file"),
        (HttpSpec(url="", ca="in/study.json"), "run.http.ca: study.json: "),
        (HttpSpec(url="", certificate="nowhere.crt", key="nowhere.key"), "run.http.key: nowhere.key: No such file"),
        (
            HttpSpec(url="", certificate="client.crt", key="open.key"),
            "open.key is open to other accounts; chmod 600 it",
        ),
        (
            HttpSpec(url="", certificate="client.crt", key="service.key"),
            "service.key is not the key of this certificate",
        ),
        (HttpSpec(url="", certificate="client.crt", key="locked.key"), "locked.key needs a passphrase"),
    ],
)
async def test_files_that_cannot_be_used(desk: Desk, papers: Papers, spec: HttpSpec, said: str) -> None:
    desk.folder.mkdir(parents=True)
    locked = desk.folder / "locked.key"
    openssl("rsa", "-aes256", "-in", papers.client.key, "-out", locked, "-passout", "pass:secret")
    kept = {
        "client.crt": papers.client.certificate.read_bytes(),
        "open.key": papers.client.key.read_bytes(),
        "service.key": papers.service.key.read_bytes(),
        "locked.key": locked.read_bytes(),
    }
    for name, content in kept.items():
        (desk.folder / name).write_bytes(content)
        (desk.folder / name).chmod(0o644 if name == "open.key" else 0o600)
    attempt = await desk.run("https://127.0.0.1:1", spec)
    assert attempt.outcome is AttemptOutcome.REFUSED
    assert said in attempt.detail


async def test_what_goes_to_the_cloud_stays_here(desk: Desk, papers: Papers) -> None:
    with secured(papers.service, asks=papers.ours) as service:
        shown = files(papers.ours, papers.client)
        cloud = HttpSpec(url="", is_cloud=True, ca=shown.ca, certificate=shown.certificate, key=shown.key)
        assert "the gate has not let through" in await refused(desk, service, cloud)


async def test_a_permit_is_for_one_folder_alone(desk: Desk, papers: Papers) -> None:
    with secured(papers.service, asks=papers.ours) as service:
        permit = Permit(folder="sent", job="x")
        cloud = replace(files(papers.ours, papers.client), is_cloud=True, permit=permit)
        assert "the gate has not let through" in await refused(desk, service, cloud)


async def test_a_reason_that_was_lost_behind_our_question_is_asked_for_again(desk: Desk, papers: Papers) -> None:
    """Breaks off the first connection without a word, as a system does that closes on unread bytes."""
    careless, strict = (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) for _ in range(2))
    for context in (careless, strict):
        context.load_cert_chain(papers.service.certificate, papers.service.key)
    strict.load_verify_locations(papers.strange.certificate)
    strict.verify_mode = ssl.CERT_REQUIRED

    def serve(listener: socket.socket) -> None:
        with careless.wrap_socket(listener.accept()[0], server_side=True) as first:
            first.recv(1)
            first.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with contextlib.suppress(ssl.SSLError):
            strict.wrap_socket(listener.accept()[0], server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listener, ThreadPoolExecutor(1) as pool:
        served = pool.submit(serve, listener)
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/"
        attempt = await desk.run(url, files(papers.ours, papers.client))
        served.result(10)
    assert attempt.outcome is AttemptOutcome.REFUSED
    assert attempt.detail == "TLS: it does not know the authority of our certificate (run.http.certificate)"
