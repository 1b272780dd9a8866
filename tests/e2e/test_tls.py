"""DICOM over TLS with real senders: who can show a certificate gets in, whoever cannot is told in the log."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from pydicom import dcmread
from pynetdicom import AE

from collega.testing.pacs_sockets import socket_handlers
from collega.testing.ports import reserved_ports
from tests.e2e.certificates import Authority, Identity
from tests.e2e.peers import dcmsend, orthanc, storescu
from tests.e2e.raw_sender import RawSender, sent
from tests.e2e.reception import Reception, reception
from tests.e2e.site import wait_for

pytestmark = pytest.mark.shows("R31")


@dataclass(frozen=True, kw_only=True)
class Secured:
    """A receiver with both ports, and the authority that it trusts."""

    house: Reception
    port: int
    authority: Authority
    scanner: Identity

    def options(self, identity: Identity | None) -> list[str]:
        """Options of storescu for a certificate, or without one."""
        shown = ["+tls", str(identity.key), str(identity.certificate)] if identity else ["+tla"]
        return ["-R", "-xy", *shown, "+cf", str(self.authority.certificate)]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("tls")
    authority = Authority(folder / "authority")
    own = authority.sign("collega")
    with reserved_ports() as (port,):
        settings = {
            "COLLEGA_DICOM__TLS_PORT": str(port),
            "COLLEGA_DICOM__TLS_CERTIFICATE": str(own.certificate),
            "COLLEGA_DICOM__TLS_KEY": str(own.key),
            "COLLEGA_DICOM__TLS_CA": str(authority.certificate),
            "COLLEGA_DICOM__IDLE_TIMEOUT_S": "3",
        }
        with reception(folder, settings, tls_port=port) as house:
            yield Secured(house=house, port=port, authority=authority, scanner=authority.sign("scanner"))


@pytest.fixture
def secured(running: Secured) -> Iterator[Secured]:
    """Give the receiver, which must be unharmed after the test."""
    yield running
    running.house.check_unharmed()


def client(secured: Secured, identity: Identity | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(secured.authority.certificate))
    if identity:
        context.load_cert_chain(identity.certificate, identity.key)
    return context


# --------------------------------------------------------------------------- who can


def test_storescu(secured: Secured) -> None:
    (film,) = secured.house.films("storescu")
    done = storescu(secured.port, film.path, options=secured.options(secured.scanner))
    assert done.code == 0, done.text
    secured.house.check_kept_once([sent(film.path)])


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def test_pynetdicom(secured: Secured, version: ssl.TLSVersion) -> None:
    (film,) = secured.house.films(f"pynetdicom {version.name}")
    dataset = dcmread(film.path)
    context = client(secured, secured.authority.sign(f"ec-{version.name}", rsa=False))
    context.minimum_version = context.maximum_version = version
    entity = AE(ae_title="PYNETDICOM")
    entity.add_requested_context(dataset.SOPClassUID, dataset.file_meta.TransferSyntaxUID)
    held = entity.associate(
        "127.0.0.1", secured.port, ae_title="COLLEGA", evt_handlers=socket_handlers(), tls_args=(context, "127.0.0.1")
    )
    assert held.is_established
    assert held.send_c_store(dataset).Status == 0
    held.release()
    secured.house.check_kept_once([sent(film.path)])


def test_orthanc(secured: Secured, tmp_path: Path) -> None:
    (film,) = secured.house.films("orthanc")
    identity = secured.authority.sign("orthanc")
    settings = {
        "DicomTlsCertificate": str(identity.certificate),
        "DicomTlsPrivateKey": str(identity.key),
        "DicomTlsTrustedCertificates": str(secured.authority.certificate),
        "DicomModalities": {
            "collega": {"AET": "COLLEGA", "Host": "127.0.0.1", "Port": secured.port, "UseDicomTls": True}
        },
    }
    with orthanc(tmp_path / "pacs", settings=settings) as pacs:
        assert dcmsend(pacs.dicom_port, film.path, called="TESTPACS").code == 0
        told = pacs.rest("/modalities/collega/store", {"Resources": pacs.instances(), "Synchronous": True})
    assert told["FailedInstancesCount"] == 0
    secured.house.check_kept_once([sent(film.path)])


# --------------------------------------------------------------------------- who cannot


def refused(secured: Secured, name: str, identity: Identity | None, why: str, *options: str) -> None:
    """Send with TLS that is not good enough, and look for the reason in the log."""
    (film,) = secured.house.films(name)
    done = storescu(secured.port, film.path, options=[*secured.options(identity), *options])
    assert done.code != 0
    assert "Success" not in done.text
    wait_for(lambda: why in secured.house.site.log(), f"the log says {why!r}")
    assert "TLS refused" in secured.house.site.log()
    assert film.uid not in secured.house.kept()


def test_a_certificate_of_another_authority(secured: Secured, tmp_path: Path) -> None:
    other = Authority(tmp_path / "other", "other").sign("stranger")
    refused(secured, "stranger", other, "its certificate is not trusted by dicom.tls_ca: unable to get local issuer")


def test_a_certificate_that_has_expired(secured: Secured) -> None:
    old = secured.authority.sign("old", timedelta(days=-9), timedelta(days=-1))
    refused(secured, "old", old, "its certificate is not trusted by dicom.tls_ca: certificate has expired")


def test_no_certificate(secured: Secured) -> None:
    (film,) = secured.house.films("none shown")
    one = sent(film.path)
    with suppress(ssl.SSLError), RawSender(secured.port, client(secured, None)) as sender:
        sender.associate(one)  # in TLS 1.3 the handshake of the client is over before it is refused
        assert sender.store(one) is None
    wait_for(lambda: "it shows no certificate" in secured.house.site.log(), "the log says so")
    assert film.uid not in secured.house.kept()


def test_no_certificate_in_the_older_version(secured: Secured) -> None:
    refused(secured, "anonymous", None, "it shows no certificate")


def test_suites_of_a_retired_profile(secured: Secured) -> None:
    refused(secured, "retired", secured.scanner, "it offers no suite of BCP 195", "+pa")


def test_a_version_that_is_too_old(secured: Secured) -> None:
    context = client(secured, secured.scanner)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1"):
        context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        RawSender(secured.port, context)
    wait_for(lambda: "TLS 1.2 is the least" in secured.house.site.log(), "the log says so")


def test_a_client_that_does_not_trust_us(secured: Secured, tmp_path: Path) -> None:
    context = ssl.create_default_context(cafile=str(Authority(tmp_path / "other", "other").certificate))
    context.load_cert_chain(secured.scanner.certificate, secured.scanner.key)
    with pytest.raises(ssl.SSLCertVerificationError):
        RawSender(secured.port, context)
    wait_for(lambda: "it does not trust our certificate" in secured.house.site.log(), "the log says so")


def test_plain_dicom_on_the_tls_port(secured: Secured) -> None:
    (film,) = secured.house.films("plain")
    assert storescu(secured.port, film.path).code != 0
    wait_for(lambda: "it does not speak TLS" in secured.house.site.log(), "the log says so")
    assert film.uid not in secured.house.kept()


def test_tls_on_the_plain_port(secured: Secured) -> None:
    (film,) = secured.house.films("tls on plain")
    assert storescu(secured.house.port, film.path, options=secured.options(secured.scanner)).code != 0
    wait_for(lambda: "it speaks TLS; this is the plain port" in secured.house.site.log(), "the log says so")
    assert film.uid not in secured.house.kept()


def test_a_handshake_that_stalls_holds_up_nobody(secured: Secured) -> None:
    silent = [socket.create_connection(("127.0.0.1", secured.port)) for _ in range(20)]
    half = socket.create_connection(("127.0.0.1", secured.port))
    half.sendall(b"\x16\x03\x01\x02\x00\x01")
    (film,) = secured.house.films("beside")
    began = time.monotonic()
    done = storescu(secured.port, film.path, options=secured.options(secured.scanner))
    assert done.code == 0, done.text
    secured.house.check_good()
    assert time.monotonic() - began < 20, "twenty that stall, one after the other, would take a minute"
    wait_for(lambda: "it connected and then kept silent" in secured.house.site.log(), "the log says so")
    for line in (*silent, half):
        line.close()


def test_a_sender_that_stalls_after_the_handshake(secured: Secured) -> None:
    (film,) = secured.house.films("stalls")
    one = sent(film.path)
    with RawSender(secured.port, client(secured, secured.scanner)) as sender:
        assert sender.associate(one)
        sender.say(b"\x04\x00\x00\x00\x10\x00" + bytes(50))
        began = time.monotonic()
        secured.house.check_good()
        assert sender.is_over()
    assert 2 < time.monotonic() - began < 30
