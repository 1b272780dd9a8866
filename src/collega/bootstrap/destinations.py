"""Destinations of messages, out of the settings: what each is told, and where it listens."""

import asyncio
import ssl
from datetime import timedelta

from collega.adapters.mllp.client import MllpAddress, MllpSender
from collega.bootstrap.pacs import reachable
from collega.config import Settings
from collega.config.destinations import Hl7Destination
from collega.errors import ConfigurationError, PeerError
from collega.model.outgoing import Destination, PriorityForm, Service

OWN_TIMEOUT_S = 5.0


def destinations(settings: Settings) -> tuple[Destination, ...]:
    """Tell what each destination is told, and how."""
    return tuple(
        Destination(
            name=item.name,
            kind=item.kind,
            results=item.results,
            priority=PriorityForm(
                message=item.priority_message,
                field=item.priority_field,
                stat=item.priority_stat,
                high=item.priority_high,
            ),
            service=Service(code=item.service_code, text=item.service_text, section=item.section),
            language=item.language or settings.site.language,
            charset=item.charset,
            application=item.application,
            facility=item.facility,
            sender=settings.site.name,
            retry_first=timedelta(seconds=item.retry_first_s),
            retry_most=timedelta(seconds=item.retry_most_s),
        )
        for item in settings.hl7.destinations
    )


def message_sink(settings: Settings) -> MllpSender:
    """Make what sends messages; `ConfigurationError` where a file for TLS cannot be used."""
    return MllpSender({item.name: _address(item) for item in settings.hl7.destinations})


def problem_with(settings: Settings, name: str) -> str:
    """Open a connection to a destination, or without a name to our own port, and close it; say what went wrong."""
    item = next((item for item in settings.hl7.destinations if item.name == name), None)

    async def connect(sender: MllpSender) -> None:
        async with sender.connected(name):
            pass

    try:
        own = MllpAddress(host=reachable(settings.hl7.host), port=settings.hl7.port, timeout_s=OWN_TIMEOUT_S)
        asyncio.run(connect(MllpSender({name: _address(item) if item else own})))
    except (PeerError, ConfigurationError) as error:
        return str(error)
    return ""


def _address(item: Hl7Destination) -> MllpAddress:
    return MllpAddress(host=item.host, port=item.port, timeout_s=item.timeout_s, tls=_tls(item))


def _tls(item: Hl7Destination) -> ssl.SSLContext | None:
    """Trust the authority that is named, else those of the system; show our certificate where there is one."""
    if not item.tls:
        return None
    try:
        context = ssl.create_default_context(cafile=item.tls_ca or None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if item.tls_certificate:
            context.load_cert_chain(item.tls_certificate, item.tls_key)
    except (OSError, ValueError) as error:
        message = f"hl7.destinations {item.name}: a file for TLS cannot be used: {error}"
        raise ConfigurationError(message) from None
    return context
