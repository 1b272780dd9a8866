"""Where this site lets apps ask for more than the images of a study."""

from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

from collega.adapters.dimse.priors import PacsPriors
from collega.adapters.dimse.query import QueryAddress
from collega.adapters.rest.client import RestClient
from collega.adapters.rest.dicomweb import WebPriors
from collega.adapters.rest.fhir import FhirRecords, Numbers
from collega.adapters.rest.server import Server
from collega.config import Settings
from collega.ports.inputs import PriorSource, Records
from collega.run.gather import Sources

MOST_THREADS = 16


def input_sources(settings: Settings) -> Sources:
    """Make what asks elsewhere."""
    return Sources(
        priors=_priors(settings),
        records=_records(settings),
        threads=ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="inputs"),
    )


def _priors(settings: Settings) -> PriorSource | None:
    zone = ZoneInfo(settings.site.timezone)
    wanted, pacs = settings.inputs, settings.pacs
    if wanted.dicomweb_url:
        client = RestClient(_server(settings, "dicomweb_url", wanted.dicomweb_token_file))
        return WebPriors(client, zone, most_images=wanted.most_images, most_mb=wanted.most_mb)
    if not pacs.host:
        return None
    address = QueryAddress(
        host=pacs.host,
        port=pacs.port,
        aet=pacs.aet,
        calling_aet=settings.dicom.aet,
        timeout_s=min(pacs.timeout_s, wanted.wait_s),
        zone=zone,
    )
    return PacsPriors(address, settings.dicom.aet)


def _records(settings: Settings) -> Records | None:
    wanted = settings.inputs
    if not wanted.fhir_url:
        return None
    client = RestClient(_server(settings, "fhir_url", wanted.fhir_token_file))
    numbers = Numbers(system=wanted.patient_system, issuer=wanted.patient_issuer)
    return FhirRecords(client, numbers, ZoneInfo(settings.site.timezone))


def _server(settings: Settings, key: str, token_file: str) -> Server:
    wanted = settings.inputs
    return Server(
        url=getattr(wanted, key),
        setting=f"inputs.{key}",
        token_file=token_file,
        ca=wanted.tls_ca,
        certificate=wanted.tls_certificate,
        key=wanted.tls_key,
        timeout_s=wanted.timeout_s,
    )
