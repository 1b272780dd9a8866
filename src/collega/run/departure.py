"""Whether images may leave for a service, and if not, why."""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from collega.model.runtime import HttpSpec

CLOUD = "run.http.cloud: it goes to the cloud; de-identification is not there yet, and nothing is sent without it"


def why_kept(service: HttpSpec, plain_hosts: Collection[str]) -> str | None:
    """Say why nothing is sent to a service, None where it may be.

    A service outside the hospital gets what is de-identified, and its answer is identified again:
    this is where that will be decided. Until it can be done nothing goes out.

    Parameters
    ----------
    service : HttpSpec
    plain_hosts : Collection
        Hosts to which images may go without encryption, besides this machine itself.
    """
    if service.is_cloud:
        return CLOUD
    parts = urlsplit(service.url)
    host = parts.hostname or ""
    if parts.scheme == "http" and not _is_here(host) and host not in plain_hosts:
        return f"run.http.url: {host} would get patient data in clear; use https, or name it in run.allow_plain_http"
    return None


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
