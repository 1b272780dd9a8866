"""Who may call the DICOM port, from where, and for what."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
MOST_OF_AET = 16


class PeerService(StrEnum):
    """What a peer may be limited to; C-ECHO is open to every peer."""

    STORE = "store"
    MPPS = "mpps"
    AVAILABILITY = "availability"
    COMMITMENT = "commitment"


@dataclass(frozen=True, kw_only=True, slots=True)
class PeerRule:
    """One line of ``dicom.peers``; a ``network`` of None is everywhere."""

    aet: str
    network: Network | None = None
    services: frozenset[PeerService] = frozenset(PeerService)

    def fits(self, aet: str, address: str) -> bool:
        """Tell whether a caller is the one that is meant."""
        return self.aet == aet and (self.network is None or _ip(address) in self.network)


def services_of(rules: Iterable[PeerRule], aet: str, address: str) -> frozenset[PeerService] | None:
    """Tell what a caller may use, by all the rules that fit it; None where none does."""
    fitting = [rule.services for rule in rules if rule.fits(aet, address)]
    return frozenset().union(*fitting) if fitting else None


def peer_rule(text: str) -> PeerRule:
    """Read ``AET``, ``AET@address``, ``AET@network/bits``, each optionally with ``=service+service``.

    Raises
    ------
    ValueError
        Says what was expected.
    """
    who, limited, services = text.partition("=")
    aet, placed, place = (part.strip() for part in who.partition("@"))
    if not aet or len(aet) > MOST_OF_AET:
        message = f"peers as AET, AET@10.1.2.9 or AET@10.1.2.0/24, with an AE title of 1 to 16 characters, not {text!r}"
        raise ValueError(message)
    return PeerRule(
        aet=aet,
        network=network(place) if placed else None,
        services=_services(services) if limited else frozenset(PeerService),
    )


def network(text: str) -> Network:
    """Read an address or a network.

    Raises
    ------
    ValueError
        Says what was expected.
    """
    try:
        return ipaddress.ip_network(text.strip())
    except ValueError as error:
        message = f"an address such as 10.1.2.9 or a network such as 10.1.2.0/24 in peers ({error})"
        raise ValueError(message) from None


def is_among(networks: Iterable[Network], address: str) -> bool:
    """Tell whether an address belongs to one of these networks."""
    return any(_ip(address) in one for one in networks)


def _services(text: str) -> frozenset[PeerService]:
    words = {word.strip() for word in text.split("+")}
    known = {str(service) for service in PeerService}
    if not words <= known:
        message = f"one or more of {', '.join(sorted(known))} after = in peers, joined by +, not {text!r}"
        raise ValueError(message)
    return frozenset(map(PeerService, words))


def _ip(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    found = ipaddress.ip_address(address.partition("%")[0])
    # A socket that listens on both families shows callers of the older one in this form.
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found
