"""Whether a vendor's box could work here: it is greeted, no study is sent to it."""

import socket
from collections.abc import Iterator, Mapping

from collega.adapters.dimse.probe import DimseProbe, ProbeAddress
from collega.config import Settings
from collega.model.app import Manifest
from collega.model.caller import PeerService, peer_rule, services_of
from collega.model.runtime import DicomSpec
from collega.run.boxes import claimed_twice

GREET_SECONDS = 5.0


def box_problems(settings: Settings, manifest: Manifest, catalogue: Mapping[str, Manifest]) -> list[str]:
    """List what keeps an app's box from getting studies, or its answers from coming back; none for other apps."""
    spec = manifest.run.dicom
    if spec is None:
        return []
    where = f"{manifest.folder}: run.dicom"
    return [f"{where}: {problem}" for problem in _problems(settings, manifest, spec, catalogue)]


def _problems(
    settings: Settings, manifest: Manifest, spec: DicomSpec, catalogue: Mapping[str, Manifest]
) -> Iterator[str]:
    for taken in claimed_twice(catalogue, manifest):
        yield f"answers_from: another app has answers from {taken}; give each box an AE title of its own"
    for aet in spec.answers_from:
        if aet in {settings.pacs.aet, settings.dicom.aet}:
            yield f"answers_from: {aet} is the PACS or collega itself; a box needs an AE title of its own"
        elif not _may_answer(settings, spec, aet):
            yield f"answers_from: dicom.peers lets no {aet} at {spec.host} store; its answers would be turned away"
    yield from _greeted(settings, spec)


def _may_answer(settings: Settings, spec: DicomSpec, aet: str) -> bool:
    rules = [peer_rule(text) for text in settings.dicom.peers]
    if not rules:
        return True
    return any(PeerService.STORE in (services_of(rules, aet, address) or ()) for address in _addresses(spec.host))


def _addresses(host: str) -> list[str]:
    """Addresses of a host; none where its name cannot be looked up, which the greeting tells."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return []
    return sorted({str(item[4][0]) for item in found})


def _greeted(settings: Settings, spec: DicomSpec) -> Iterator[str]:
    address = ProbeAddress(
        host=spec.host, port=spec.port, aet=spec.aet, calling_aet=settings.dicom.aet, timeout_s=GREET_SECONDS
    )
    greeting = DimseProbe(address).greet(())
    place = f"{spec.aet} at {spec.host}:{spec.port}"
    if greeting.fault is not None:
        yield f"{place}: {greeting.fault.replace('_', ' ')} {greeting.detail}".rstrip()
    elif greeting.echo_status != 0:
        said = "nothing" if greeting.echo_status is None else f"status {greeting.echo_status:04X}"
        yield f"{place}: answers C-ECHO with {said}"
