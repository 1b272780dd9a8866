"""TLS towards a server that we ask: who is not trusted is asked nothing, and the reason says what to do."""

import ssl
from collections.abc import Mapping

from collega.adapters.rest.server import Server
from collega.errors import ConfigurationError

# OpenSSL's verification codes (X509_STORE_CTX_get_error(3)) -> what is wrong with its certificate, and what to do.
UNTRUSTED: Mapping[int, str] = {
    9: "holds from a later date on; look at the clocks of both machines",
    10: "has expired; those who run the server renew it",
    18: "is signed by itself; if it is theirs, give it as {section}.tls_ca (now: {ca})",
    19: "comes from an authority that is not trusted here; give that authority as {section}.tls_ca (now: {ca})",
    20: "comes from an authority that is not known here; give that authority as {section}.tls_ca (now: {ca})",
    21: "comes without those between it and its authority; the server must send the whole chain",
    23: "was revoked; ask those who run the server, and send it nothing until then",
    62: "is for another name; {setting} must name the server as its certificate does",
    64: "is not for this address; {setting} must name the server as its certificate does",
}
NOT_OURS = "; see {section}.tls_certificate"
# What OpenSSL says -> what an operator can do something about.
REASONS: Mapping[str, str] = {
    "WRONG_VERSION_NUMBER": "it does not speak TLS there; is it http:// in {setting}, or another port",
    "UNSUPPORTED_PROTOCOL": "it offers nothing newer than TLS 1.1; TLS 1.2 is the least",
    "TLSV1_ALERT_PROTOCOL_VERSION": "it offers nothing newer than TLS 1.1; TLS 1.2 is the least",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": f"it asks for a certificate of ours{NOT_OURS}",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": f"it agrees to no suite, or asks for a certificate of ours{NOT_OURS}",
    "TLSV1_ALERT_UNKNOWN_CA": f"it does not know the authority of our certificate{NOT_OURS}",
    "TLSV1_ALERT_DECRYPT_ERROR": f"it does not know the authority of our certificate{NOT_OURS}",
    "SSLV3_ALERT_BAD_CERTIFICATE": f"it does not take our certificate{NOT_OURS}",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": f"it says that our certificate has expired{NOT_OURS}",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": f"it does not take our certificate{NOT_OURS}",
    "TLSV1_ALERT_ACCESS_DENIED": f"it does not let our certificate in{NOT_OURS}",
}


def tls_context(server: Server) -> ssl.SSLContext:
    """Make our side of TLS.

    Raises
    ------
    ConfigurationError
        A file cannot be used.
    """
    try:
        context = ssl.create_default_context(cafile=server.ca or None)
        if server.certificate:
            context.load_cert_chain(server.certificate, server.key)
    except OSError as error:
        files = ", ".join(filter(None, (server.ca, server.certificate, server.key)))
        message = f"{server.section}: {files}: not usable for TLS ({error.strerror or type(error).__name__})"
        raise ConfigurationError(message) from None
    return context


def why_no_tls(error: ssl.SSLError, server: Server) -> str:
    """Say in words why there is no agreement, and what to do; nothing of the server's own words."""
    words = {"ca": server.ca or "the authorities of this machine", "setting": server.setting}
    words["section"] = server.section
    if isinstance(error, ssl.SSLCertVerificationError):
        wrong = UNTRUSTED.get(error.verify_code, f"is not trusted (OpenSSL verification {error.verify_code})")
        return f"TLS: its certificate {wrong}".format(**words)
    return f"TLS: {REASONS.get(error.reason or '', error.reason or 'it hung up')}".format(**words)
