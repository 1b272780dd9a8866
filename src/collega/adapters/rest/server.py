"""Where a server is that is asked over HTTP, and how it knows us."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Server:
    """Where a server is, and how it knows us.

    ``token_file`` holds a bearer token, read at each question since it may be renewed; ``ca`` the authority
    that has signed its certificate, ``certificate`` and ``key`` what we show it; each empty where there is none.
    ``timeout_s``: seconds for one answer, whole; ``most_mb``: mebibytes of one answer; ``setting``: what names
    ``url`` in the settings, for those who look after the site.
    """

    url: str
    token_file: str = ""
    ca: str = ""
    certificate: str = ""
    key: str = ""
    timeout_s: float = 10.0
    most_mb: int = 64
    setting: str = "the address in the settings"
