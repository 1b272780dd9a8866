"""Whether a service is there, which TLS it speaks, and until when certificates hold."""

import asyncio
import ssl
from collections.abc import Collection
from datetime import datetime, timedelta
from pathlib import Path

from collega.adapters.http_app.address import Address, parse
from collega.adapters.http_app.ending import EndedError
from collega.adapters.http_app.exchange import Exchange
from collega.adapters.http_app.security import tls_context
from collega.errors import InputError, PeerError
from collega.formats.certificate import validities
from collega.model.app import Manifest
from collega.model.runtime import HttpSpec
from collega.run.departure import why_kept

SOON = timedelta(days=30)
ANSWER_SECONDS = 10.0
DAY = "%Y-%m-%d"


async def look(manifest: Manifest, plain_hosts: Collection[str], now: datetime) -> list[str]:
    """Ask a service for its health, without a study; returns what was found, a line each."""
    service = manifest.run.http
    may_be_asked = service is not None and (service.is_cloud or why_kept(service, plain_hosts) is None)
    if service is None or not may_be_asked:
        return []  # nothing is asked; the trial of the app says why
    try:
        address = parse(service.url)
        tls = tls_context(service, manifest.folder) if address.is_secure else None
        async with asyncio.timeout(ANSWER_SECONDS):
            found = await _ask(address, tls, now)
    except TimeoutError:
        found = [f"{service.url} does not answer within {ANSWER_SECONDS:g} s"]
    except (EndedError, PeerError, ValueError) as error:
        found = [f"{service.url}: {error}"]
    return [*found, *_own(service, manifest.folder, now)]


async def _ask(address: Address, tls: ssl.SSLContext | None, now: datetime) -> list[str]:
    health = address.below("health")
    async with Exchange(health, tls) as exchange:
        head = await exchange.ask("GET", {"Accept": "application/json"})
        spoken, certificate = exchange.tls_version, exchange.peer_certificate
    how = f"over {spoken}" if spoken else "without TLS"
    found = [f"{address.authority} answers {head.status} to GET {health.path}, {how}"]
    if certificate:
        found += _dates("its certificate", ssl.DER_cert_to_PEM_cert(certificate), now)
    return found


def _own(service: HttpSpec, folder: Path, now: datetime) -> list[str]:
    found = []
    for key, name in (("run.http.certificate", service.certificate), ("run.http.ca", service.ca)):
        if name:
            try:
                found += _dates(key, (folder / name).read_text(encoding="ascii", errors="replace"), now)
            except (OSError, InputError):
                continue  # the trial of the app says what is wrong with it
    return found


def _dates(what: str, pem: str, now: datetime) -> list[str]:
    end = min(one.end for one in validities(pem))
    left = (end - now).days
    hurry = f", {left} days left: renew it" if timedelta() <= end - now < SOON else ""
    word = "has expired on" if end < now else "holds until"
    return [f"{what} {word} {end:{DAY}}{hurry}"]
