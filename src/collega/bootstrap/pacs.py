"""The PACS of the settings, by DICOM or by DICOMweb: who sends to it, who asks it, who meets it first."""

import math
from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

from collega.adapters.dimse.available import AvailabilityAddress, AvailabilityTeller
from collega.adapters.dimse.probe import DimseProbe, ProbeAddress
from collega.adapters.dimse.query import PacsReader, QueryAddress
from collega.adapters.dimse.scu import send_files
from collega.adapters.dimse.sender import PacsAddress, PacsSender
from collega.adapters.rest.dicomweb import WebPriors
from collega.adapters.rest.line import WebServer
from collega.adapters.rest.probe import WebProbe
from collega.adapters.rest.query import WebReader
from collega.adapters.rest.sender import WebProof, WebSender
from collega.adapters.rest.server import Server
from collega.config import Settings
from collega.errors import InputError
from collega.ports.peers import AvailabilitySink, PacsProbe, PacsQuery, ResultSink


def result_sink(settings: Settings) -> ResultSink | None:
    """Make what sends results; None where the settings name no PACS."""
    pacs = settings.pacs
    if pacs.dicomweb_url:
        return WebSender(WebServer(web_server(settings)), WebProof(confirm=pacs.confirm, query_level=pacs.query_level))
    if not pacs.host:
        return None
    return PacsSender(
        PacsAddress(
            host=pacs.host,
            port=pacs.port,
            aet=pacs.aet,
            calling_aet=settings.dicom.aet,
            timeout_s=pacs.timeout_s,
            confirm=pacs.confirm,
            query_level=pacs.query_level,
            commit_wait_s=pacs.commit_wait_s,
        )
    )


def availability_sink(settings: Settings) -> AvailabilitySink | None:
    """Make what tells of availability; None where nobody is to be told."""
    ian = settings.ian
    if not ian.host:
        return None
    return AvailabilityTeller(
        AvailabilityAddress(
            host=ian.host, port=ian.port, aet=ian.aet, calling_aet=settings.dicom.aet, timeout_s=ian.timeout_s
        )
    )


def pacs_query(settings: Settings, most_patience_s: float = math.inf) -> PacsQuery:
    """Make what asks the PACS for its studies, with ``pacs.timeout_s`` of patience or less.

    Raises
    ------
    InputError
        The settings name no PACS.
    """
    pacs = settings.pacs
    if pacs.dicomweb_url:
        server = web_server(settings, most_patience_s)
        return WebReader(
            WebServer(server),
            ZoneInfo(settings.site.timezone),
            web_priors(settings, server),
            settings.data / "fetched",
            _HandOver(settings),
        )
    if not pacs.host:
        message = "there is no PACS to ask: set pacs.host, pacs.port and pacs.aet, or pacs.dicomweb_url"
        raise InputError(message)
    return PacsReader(query_address(settings, most_patience_s))


def pacs_probe(settings: Settings) -> PacsProbe:
    """Make what meets the PACS first."""
    if settings.pacs.dicomweb_url:
        return WebProbe(WebServer(web_server(settings)))
    return dicom_probe(settings, settings.pacs.host, settings.pacs.port, settings.pacs.aet)


def dicom_probe(settings: Settings, host: str, port: int, aet: str) -> DimseProbe:
    """Make what meets a peer over DICOM."""
    return DimseProbe(
        ProbeAddress(host=host, port=port, aet=aet, calling_aet=settings.dicom.aet, timeout_s=settings.pacs.timeout_s)
    )


def query_address(settings: Settings, most_patience_s: float = math.inf) -> QueryAddress:
    """Say where the PACS answers queries over DICOM."""
    pacs = settings.pacs
    return QueryAddress(
        host=pacs.host,
        port=pacs.port,
        aet=pacs.aet,
        calling_aet=settings.dicom.aet,
        timeout_s=min(pacs.timeout_s, most_patience_s),
        zone=ZoneInfo(settings.site.timezone),
    )


def web_server(settings: Settings, most_patience_s: float = math.inf) -> Server:
    """Say where the PACS answers over DICOMweb, and how it knows us."""
    pacs = settings.pacs
    return Server(
        url=pacs.dicomweb_url,
        token_file=pacs.dicomweb_token_file,
        basic_file=pacs.dicomweb_basic_file,
        ca=pacs.tls_ca,
        certificate=pacs.tls_certificate,
        key=pacs.tls_key,
        timeout_s=min(pacs.timeout_s, most_patience_s),
        setting="pacs.dicomweb_url",
        section="pacs",
    )


def web_priors(settings: Settings, server: Server) -> WebPriors:
    """Make what gets earlier studies from a DICOMweb server."""
    wanted, zone = settings.inputs, ZoneInfo(settings.site.timezone)
    return WebPriors(WebServer(server), zone, most_images=wanted.most_images, most_mb=wanted.most_mb)


def reachable(host: str) -> str:
    """Where a server that listens on every address is reached from the same machine."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - read, not bound


class _HandOver:
    """Hands files to our own receiver as the PACS would: one door for all that comes in."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def __call__(self, files: Sequence[Path]) -> Sequence[str]:
        dicom = self._settings.dicom
        if dicom.tls_only:
            return ["collega takes objects over TLS alone (dicom.tls_only), and hands none to itself"] * len(files)
        address = (reachable(dicom.host), dicom.port)
        return [why for _, why in send_files(files, address, dicom.aet, self._settings.pacs.aet)]
