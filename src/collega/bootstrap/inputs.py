"""Where this site lets apps ask for more than the images of a study."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from zoneinfo import ZoneInfo

from collega.adapters.dimse.priors import PacsPriors
from collega.adapters.rest.client import RestClient
from collega.adapters.rest.fhir import FhirRecords, Numbers
from collega.adapters.rest.server import Server
from collega.bootstrap.pacs import query_address, web_priors, web_server
from collega.config import Settings
from collega.ports.inputs import PriorSource
from collega.run.gather import Sources

MOST_THREADS = 16


def input_sources(settings: Settings) -> Sources:
    """Make what asks elsewhere."""
    return Sources(
        priors=_priors(settings),
        records=fhir_records(settings),
        threads=ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="inputs"),
    )


def _priors(settings: Settings) -> PriorSource | None:
    """Choose where priors come from: a server named for them, else the PACS by the way on which results go there."""
    wanted, pacs = settings.inputs, settings.pacs
    if wanted.dicomweb_url:
        return web_priors(settings, _server(settings, "dicomweb_url", wanted.dicomweb_token_file))
    if pacs.dicomweb_url:
        return web_priors(settings, replace(web_server(settings), timeout_s=wanted.timeout_s))
    if not pacs.host:
        return None
    return PacsPriors(query_address(settings, wanted.wait_s), settings.dicom.aet)


def fhir_records(settings: Settings) -> FhirRecords | None:
    """Name the server of records; None where the site has none."""
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
