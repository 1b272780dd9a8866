"""Where a server is that is asked over HTTP, and how it knows us."""

import base64
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from collega.errors import PeerError

MEGABYTE = 1 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """Where a server is, and how it knows us.

    ``token_file`` holds a bearer token, ``basic_file`` a name and a password with a colon between them; both are read
    at each question since they may be renewed. ``ca`` is the authority that has signed its certificate,
    ``certificate`` and ``key`` what we show it; each empty where there is none. ``timeout_s``: seconds for one answer,
    whole; ``most_mb``: mebibytes of one answer; ``setting``: what names ``url`` in the settings, and ``section``
    where its other settings stand, for those who look after the site.
    """

    url: str
    token_file: str = ""
    basic_file: str = ""
    ca: str = ""
    certificate: str = ""
    key: str = ""
    timeout_s: float = 10.0
    most_mb: int = 64
    setting: str = "the address in the settings"
    section: str = "inputs"

    @property
    def name(self) -> str:
        """Host and port, as messages name it."""
        return f"server {urlsplit(self.url).netloc.rpartition('@')[2]}"

    def authorization(self) -> dict[str, str]:
        """Write the header by which it knows us; nothing where it is to know nothing.

        Raises
        ------
        PeerError
            The file cannot be read now.
        """
        if not (self.token_file or self.basic_file):
            return {}
        try:
            said = Path(self.token_file or self.basic_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            what = "token" if self.token_file else "password"
            message = f"{self.name}: its {what} cannot be read ({type(error).__name__})"
            raise PeerError(message) from None
        return {"Authorization": f"Bearer {said}" if self.token_file else f"Basic {_encoded(said)}"}


def _encoded(said: str) -> str:
    """RFC 7617, section 2."""
    return base64.b64encode(said.encode()).decode("ascii")
