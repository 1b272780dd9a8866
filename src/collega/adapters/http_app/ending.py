"""How an attempt at a service ends where it gives no answer."""

import ssl

from collega.errors import CollegaError
from collega.model.job import AttemptOutcome


class EndedError(CollegaError):
    """The attempt is over, for this reason."""

    def __init__(self, outcome: AttemptOutcome, text: str) -> None:
        super().__init__(text)
        self.outcome = outcome


def broken(text: str) -> EndedError:
    """Tell of an answer that is none; another attempt may bring one."""
    return EndedError(AttemptOutcome.CRASHED, text)


def refused(text: str) -> EndedError:
    """Tell of a refusal; asking again changes nothing."""
    return EndedError(AttemptOutcome.REFUSED, text)


# What OpenSSL says -> what an operator can do something about.
REASONS = {
    "WRONG_VERSION_NUMBER": "it does not speak TLS there",
    "UNSUPPORTED_PROTOCOL": "it offers nothing newer than TLS 1.1; TLS 1.2 is the least",
    "TLSV1_ALERT_PROTOCOL_VERSION": "it offers nothing newer than TLS 1.1; TLS 1.2 is the least",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "it asks for a certificate of ours (run.http.certificate)",
    "SSLV3_ALERT_HANDSHAKE_FAILURE": "it agrees to no suite, or asks for a certificate of ours (run.http.certificate)",
    "TLSV1_ALERT_UNKNOWN_CA": "it does not know the authority of our certificate (run.http.certificate)",
    "TLSV1_ALERT_DECRYPT_ERROR": "it does not know the authority of our certificate (run.http.certificate)",
    "SSLV3_ALERT_BAD_CERTIFICATE": "it does not take our certificate (run.http.certificate)",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": "it says that our certificate has expired (run.http.certificate)",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": "it does not take our certificate (run.http.certificate)",
    "TLSV1_ALERT_ACCESS_DENIED": "it does not let our certificate in (run.http.certificate)",
}


def why_no_tls(error: ssl.SSLError) -> str:
    """Say in words why there is no agreement."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: its certificate is not trusted: {error.verify_message}"
    return f"TLS: {REASONS.get(error.reason or '', error.reason or 'it hung up')}"
