"""Where a service is, and how it is asked (RFC 9110 4.2)."""

from dataclasses import dataclass, replace
from urllib.parse import urljoin, urlsplit

PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """A URL in its parts; ``path`` is as it is asked for, with its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def is_secure(self) -> bool:
        """Whether TLS is spoken there."""
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """Host and port, as they stand in the header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    def below(self, name: str) -> "Address":
        """Return what is below this address."""
        return replace(self, path=f"{self.path.partition('?')[0].rstrip('/')}/{name}")

    def follow(self, reference: str) -> "Address | None":
        """Return what a header Location names, None where that is another service or no address."""
        try:
            found = parse(urljoin(f"{self.scheme}://{self.authority}{self.path}", reference))
        except ValueError:
            return None
        return found if (found.scheme, found.host, found.port) == (self.scheme, self.host, self.port) else None


def parse(url: str) -> Address:
    """Read a URL; ValueError where it cannot be asked."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname or not url.isascii() or " " in url:
        message = f"{url[:100]} is no address of a service"
        raise ValueError(message)
    query = f"?{parts.query}" if parts.query else ""
    port = parts.port if parts.port is not None else PORTS[parts.scheme]
    return Address(scheme=parts.scheme, host=parts.hostname, port=port, path=f"{parts.path or '/'}{query}")
