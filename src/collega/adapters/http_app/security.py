"""TLS towards a service, from the files that a manifest names (RFC 9325)."""

import ssl
import stat
from pathlib import Path
from typing import NoReturn

from collega.adapters.http_app.ending import refused
from collega.model.runtime import HttpSpec

TOO_OPEN = stat.S_IRWXO | stat.S_IWGRP


def tls_context(service: HttpSpec, folder: Path) -> ssl.SSLContext:
    """Make our side of TLS; the name of the service is always held against its certificate.

    Files are relative to the app's folder.

    Raises
    ------
    EndedError
        A file cannot be used; the text names the key of the manifest, and what is wrong.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if service.ca:
        _trust(context, folder / service.ca)
    else:
        context.load_default_certs()
    if service.certificate:
        _show(context, folder / service.certificate, folder / service.key)
    return context


def _trust(context: ssl.SSLContext, ca: Path) -> None:
    try:
        context.load_verify_locations(ca)
    except OSError as error:
        text = f"run.http.ca: {ca.name}: {error.strerror or error}"
        raise refused(text) from None
    # The certificate of one service, listed without the authority behind it, is trust enough.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN


def _show(context: ssl.SSLContext, certificate: Path, key: Path) -> None:
    def refuse_to_ask() -> NoReturn:
        text = f"run.http.key: {key.name} needs a passphrase, and nobody is there to type it"
        raise refused(text)

    try:
        if key.stat().st_mode & TOO_OPEN:
            text = f"run.http.key: {key.name} is open to other accounts; chmod 600 it"
            raise refused(text)
        context.load_cert_chain(certificate, key, refuse_to_ask)
    except ssl.SSLError as error:
        fits = error.reason not in {"KEY_VALUES_MISMATCH", "KEY_TYPE_MISMATCH"}
        what = f"cannot be used ({error.reason})" if fits else "is not the key of this certificate"
        text = f"run.http.certificate: {certificate.name}, run.http.key: {key.name} {what}"
        raise refused(text) from None
    except OSError as error:
        text = f"run.http.certificate: {certificate.name}, run.http.key: {key.name}: {error.strerror}"
        raise refused(text) from None
