"""Whether images may leave for a service, and if not, why."""

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit

from collega.model.runtime import HttpSpec

CLOUD = "run.http.cloud: it goes to the cloud; nothing is sent that the gate has not let through"
CLEAR = "run.http.url: to the cloud by https alone"


def why_kept(service: HttpSpec, plain_hosts: Collection[str]) -> str | None:
    """Say why nothing is sent to a service, None where it may be.

    A service outside the hospital gets what is de-identified (`collega.run.outside`): without the permit that
    `collega.outside.gate` gives for one attempt nothing goes out.

    Parameters
    ----------
    service : HttpSpec
    plain_hosts : Collection
        Hosts to which images may go without encryption, besides this machine itself.
    """
    parts = urlsplit(service.url)
    host = parts.hostname or ""
    if service.is_cloud:
        return CLOUD if service.permit is None else None if parts.scheme == "https" else CLEAR
    if parts.scheme == "http" and not _is_here(host) and host not in plain_hosts:
        return f"run.http.url: {host} would get patient data in clear; use https, or name it in run.allow_plain_http"
    return None


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
