"""What TLS is made of: files that fit, or an error that says which does not and why."""

import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from collega.adapters.dimse.tls import SUITES, TlsFiles, secure, tls_context, why_no_tls
from collega.errors import ConfigurationError, PeerError
from tests.e2e.certificates import Authority, Identity, openssl

pytestmark = pytest.mark.shows("R31")
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls") / "authority")


@pytest.fixture(scope="module")
def own(authority: Authority) -> Identity:
    return authority.sign("collega")


def files(identity: Identity, ca: Path | str = "", *, key: Path | None = None) -> TlsFiles:
    return TlsFiles(certificate=str(identity.certificate), key=str(key or identity.key), ca=str(ca))


def said(asked: TlsFiles) -> str:
    with pytest.raises(ConfigurationError) as caught:
        tls_context(asked, NOW)
    return str(caught.value)


def test_the_profile(own: Identity, authority: Authority) -> None:
    context = tls_context(files(own, authority.certificate), NOW)
    names = {str(suite["name"]) for suite in context.get_ciphers()}
    assert {name for name in names if not name.startswith("TLS_")} == set(SUITES)
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.verify_mode is ssl.CERT_REQUIRED


def test_senders_are_not_asked_where_no_authority_is_named(own: Identity) -> None:
    with capture_logs() as logs:
        assert tls_context(files(own), NOW).verify_mode is ssl.CERT_NONE
    assert [line["event"] for line in logs] == ["TLS asks the senders for no certificate: dicom.tls_ca is empty"]


def test_files_that_are_missing(own: Identity, tmp_path: Path) -> None:
    none = tmp_path / "none"
    assert said(files(own, key=none)) == f"dicom.tls_key: {none}: No such file or directory"
    assert said(files(own, none)) == f"dicom.tls_ca: {none}: No such file or directory"
    lost = Identity(certificate=none, key=own.key)
    assert said(files(lost)) == f"dicom.tls_certificate: {none}: No such file or directory"


def test_a_key_that_does_not_fit(own: Identity, authority: Authority) -> None:
    other = authority.sign("other").key
    assert said(files(own, key=other)).endswith(f"dicom.tls_key: {other} is not the key of this certificate")


@pytest.mark.parametrize(("mode", "is_good"), [(0o600, True), (0o640, True), (0o644, False), (0o660, False)])
def test_a_key_that_others_can_read(own: Identity, tmp_path: Path, mode: int, *, is_good: bool) -> None:
    key = tmp_path / "key"
    key.write_bytes(own.key.read_bytes())
    key.chmod(mode)
    if is_good:
        tls_context(files(own, key=key), NOW)
    else:
        assert said(files(own, key=key)) == (
            f"dicom.tls_key: {key} is open to other accounts ({mode:04o}); chmod 600 it"
        )


def test_a_key_with_a_passphrase_asks_nobody(own: Identity, tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    openssl("rsa", "-aes256", "-passout", "pass:secret", "-in", own.key, "-out", locked)
    locked.chmod(0o600)
    assert "needs a passphrase" in said(files(own, key=locked))


@pytest.mark.parametrize("setting", ["certificate", "key", "ca"])
def test_a_file_that_is_something_else(own: Identity, tmp_path: Path, setting: str) -> None:
    odd = tmp_path / "odd"
    odd.write_bytes(b"\x00 no PEM")
    odd.chmod(0o600)
    names = {"certificate": str(own.certificate), "key": str(own.key), "ca": ""} | {setting: str(odd)}
    text = said(TlsFiles(**names))
    assert f"dicom.tls_{setting}: {odd}" in text


@pytest.mark.parametrize(
    ("begin", "end", "event"),
    [(-9, -2, "a certificate has expired"), (2, 9, "a certificate is not valid yet")],
)
def test_a_certificate_that_does_not_hold_now(authority: Authority, begin: int, end: int, event: str) -> None:
    one = authority.sign(f"{begin}", timedelta(days=begin), timedelta(days=end))
    with capture_logs() as logs:
        tls_context(files(one, authority.certificate), NOW)
    (line,) = logs
    day = f"{NOW + timedelta(days=end if end < 0 else begin):%Y-%m-%d}"
    assert (line["event"], line["setting"]) == (event, "dicom.tls_certificate")
    assert day in line.values()


def test_words_for_every_way_to_fail() -> None:
    assert why_no_tls(TimeoutError()) == "it connected and then kept silent"
    assert why_no_tls(ConnectionResetError(104, "Connection reset by peer")) == "Connection reset by peer"


def shake(context: ssl.SSLContext, play: Callable[[socket.socket], None], seconds: float = 5) -> ssl.SSLSocket:
    """Shake hands with a peer that plays its part in a thread."""
    ours, theirs = socket.socketpair()
    peer = threading.Thread(target=play, args=(theirs,))
    peer.start()
    try:
        return secure(context, ours, seconds)
    finally:
        peer.join()


def test_the_certificate_of_one_device_is_trust_enough(own: Identity, authority: Authority) -> None:
    listed, other = authority.sign("listed"), authority.sign("not listed")
    context = tls_context(files(own, listed.certificate), NOW)

    def call(identity: Identity, line: socket.socket) -> None:
        mine = ssl.create_default_context(cafile=str(authority.certificate))
        mine.load_cert_chain(identity.certificate, identity.key)
        with suppress(ssl.SSLError), mine.wrap_socket(line, server_hostname="127.0.0.1") as secured:
            secured.sendall(b"x")

    with shake(context, lambda line: call(listed, line)) as secured:
        assert secured.recv(1) == b"x"
        assert secured.gettimeout() == 5
        assert not secured.session_reused
    with pytest.raises(PeerError, match=r"not trusted by dicom\.tls_ca"):
        shake(context, lambda line: call(other, line))


@pytest.mark.parametrize(
    ("begin", "why"),
    [
        (b"\x01\x00\x00\x00\x00\xcd\x00\x01", "it does not speak TLS"),
        (b"GET / HTTP/1.1\r\n\r\n", "it speaks HTTP"),
        (b"", "it hung up"),
    ],
)
def test_a_peer_that_says_something_else(own: Identity, begin: bytes, why: str) -> None:
    def play(line: socket.socket) -> None:
        line.sendall(begin)
        line.shutdown(socket.SHUT_WR)
        with line, suppress(ConnectionResetError):
            while line.recv(100):
                pass

    with pytest.raises(PeerError, match=why):
        shake(tls_context(files(own), NOW), play)


def test_a_peer_that_stalls_is_given_up(own: Identity) -> None:
    ours, theirs = socket.socketpair()
    with theirs, pytest.raises(PeerError, match="kept silent"):
        secure(tls_context(files(own), NOW), ours, 0.1)
    assert ours.fileno() == -1
