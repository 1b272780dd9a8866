"""DICOM over TLS, from the acceptor's side (PS3.15 B.12, the profile of BCP 195: RFC 8996, RFC 9325)."""

import contextlib
import socket
import ssl
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NoReturn

import structlog

from collega.errors import ConfigurationError, InputError, PeerError
from collega.formats.certificate import validities

# RFC 9325 4.2; the suites of TLS 1.3 are all good, and OpenSSL's own.
SUITES = (
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
)
TOO_OPEN = stat.S_IRWXO | stat.S_IWGRP  # a group such as Debian's ssl-cert may read a key
HANDSHAKE_SECONDS = 10.0
DAY = "%Y-%m-%d"
# What OpenSSL says -> what an operator can do something about.
REASONS = {
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": "it shows no certificate; give it one that {section}.tls_ca trusts",
    "WRONG_VERSION_NUMBER": "it does not speak TLS; this is the TLS port",
    "UNKNOWN_PROTOCOL": "it does not speak TLS; this is the TLS port",
    "HTTP_REQUEST": "it speaks HTTP; this is the TLS port of another protocol",
    "UNSUPPORTED_PROTOCOL": "it offers nothing newer than TLS 1.1; TLS 1.2 is the least",
    "NO_SHARED_CIPHER": "it offers no suite of BCP 195, or none that fits our certificate",
    "TLSV1_ALERT_UNKNOWN_CA": "it does not trust our certificate; give it our certificate or its authority",
    "SSLV3_ALERT_BAD_CERTIFICATE": "it does not take our certificate",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "it says that our certificate has expired",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "it does not trust our certificate; give it our certificate or its authority",
    "UNEXPECTED_EOF_WHILE_READING": "it hung up; perhaps it does not trust our certificate, or does not speak TLS",
}
_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True, slots=True)
class TlsFiles:
    """Files in PEM form, and the section that names them; an empty ``ca`` asks no certificate of the peers."""

    certificate: str
    key: str
    ca: str = ""
    section: str = "dicom"


@dataclass(frozen=True, kw_only=True, slots=True)
class TlsPort:
    """A second port, for DICOM over TLS; ``only``: instead of the plain one."""

    port: int
    context: ssl.SSLContext
    only: bool = False


def tls_context(files: TlsFiles, now: datetime) -> ssl.SSLContext:
    """Make the acceptor's side of TLS; a certificate that does not hold now is a warning.

    An expired certificate is no reason to stop receiving: whether it is still good, the peers decide.

    Raises
    ------
    ConfigurationError
        A file cannot be used; the text names the setting, the file, and what to do.
    """
    _check_key(f"{files.section}.tls_key", files.key)
    for setting, name in (("tls_certificate", files.certificate), ("tls_ca", files.ca)):
        if name:
            _check_dates(f"{files.section}.{setting}", name, now)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(":".join(SUITES))
    # No session is taken up again: the key of the tickets would live as long as this process (RFC 9325 3.4).
    context.options |= ssl.OP_NO_TICKET | ssl.OP_NO_RENEGOTIATION | ssl.OP_CIPHER_SERVER_PREFERENCE
    context.num_tickets = 0
    _load_own(context, files)
    if files.ca:
        _load_trusted(context, f"{files.section}.tls_ca", files.ca)
    else:
        _log.warning(f"TLS asks the senders for no certificate: {files.section}.tls_ca is empty")
    return context


def secure(context: ssl.SSLContext, connection: socket.socket, seconds: float) -> ssl.SSLSocket:
    """Shake hands with who has connected, in so many seconds at most, and keep them as the time-out.

    Call it in the thread of the connection: a peer may stall. The connection is closed where it fails.

    Raises
    ------
    PeerError
        No agreement; the text says why, in words for the operator.
    """
    try:
        connection.settimeout(min(seconds, HANDSHAKE_SECONDS))
        secured = context.wrap_socket(connection, server_side=True)
    except OSError as error:
        with contextlib.suppress(OSError):
            connection.close()
        raise PeerError(why_no_tls(error)) from None
    secured.settimeout(seconds)
    return secured


def why_no_tls(error: OSError, section: str = "dicom") -> str:
    """Say in words why a handshake failed; ``section`` is where its settings stand."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted by {section}.tls_ca: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return REASONS.get(error.reason, error.reason).format(section=section) if error.reason else "it hung up"
    if isinstance(error, TimeoutError):
        return "it connected and then kept silent"
    return error.strerror or type(error).__name__


def _check_key(setting: str, name: str) -> None:
    try:
        mode = Path(name).stat().st_mode
    except OSError as error:
        message = f"{setting}: {name}: {error.strerror}"
        raise ConfigurationError(message) from None
    if mode & TOO_OPEN:
        message = f"{setting}: {name} is open to other accounts ({stat.S_IMODE(mode):04o}); chmod 600 it"
        raise ConfigurationError(message)


def _check_dates(setting: str, name: str, now: datetime) -> None:
    try:
        found = validities(Path(name).read_text(encoding="ascii", errors="replace"))
    except OSError as error:
        message = f"{setting}: {name}: {error.strerror}"
        raise ConfigurationError(message) from None
    except InputError as error:
        message = f"{setting}: {name}: {error}"
        raise ConfigurationError(message) from None
    for one in found:
        if one.end < now:
            _log.warning("a certificate has expired", setting=setting, file=name, ended=f"{one.end:{DAY}}")
        elif one.begin > now:
            _log.warning("a certificate is not valid yet", setting=setting, file=name, begins=f"{one.begin:{DAY}}")


def _load_own(context: ssl.SSLContext, files: TlsFiles) -> None:
    section = files.section

    def refuse_to_ask() -> NoReturn:
        message = (
            f"{section}.tls_key: {files.key} needs a passphrase, and nobody is there to type it; keep it without one"
        )
        raise ConfigurationError(message)

    try:
        context.load_cert_chain(files.certificate, files.key, refuse_to_ask)
    except ssl.SSLError as error:
        fits = error.reason not in {"KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"}
        what = f"cannot be used ({error.reason})" if fits else "is not the key of this certificate"
        message = f"{files.section}.tls_certificate: {files.certificate}, {files.section}.tls_key: {files.key} {what}"
        raise ConfigurationError(message) from None
    except OSError as error:
        message = f"{section}.tls_certificate: {files.certificate}, {section}.tls_key: {files.key}: {error.strerror}"
        raise ConfigurationError(message) from None


def _load_trusted(context: ssl.SSLContext, setting: str, name: str) -> None:
    try:
        context.load_verify_locations(name)
    except OSError as error:
        message = f"{setting}: {name}: {error.strerror or error}"
        raise ConfigurationError(message) from None
    context.verify_mode = ssl.CERT_REQUIRED
    # The certificate of one device, listed without the authority behind it, is trust enough.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
