"""TLS of the DICOM port, out of the settings."""

from datetime import UTC, datetime

from collega.adapters.dimse.tls import TlsFiles, TlsPort, tls_context
from collega.config import Settings


def dicom_tls(settings: Settings) -> TlsPort | None:
    """Read certificate, key and authorities; none where TLS is not asked for.

    Raises
    ------
    ConfigurationError
        A file cannot be used.
    """
    dicom = settings.dicom
    if not dicom.tls_certificate:
        return None
    files = TlsFiles(certificate=dicom.tls_certificate, key=dicom.tls_key, ca=dicom.tls_ca)
    return TlsPort(port=dicom.tls_port, context=tls_context(files, datetime.now(UTC)), only=dicom.tls_only)
