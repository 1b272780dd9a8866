"""Where the pages are."""

from collega.config import Settings


def address(settings: Settings, port: int = 0) -> str:
    """Write the address of the pages."""
    if settings.web.address:
        return settings.web.address
    host = f"[{settings.web.host}]" if ":" in settings.web.host else settings.web.host
    return f"http{'s' if settings.web.tls_certificate else ''}://{host}:{port or settings.web.port}"
