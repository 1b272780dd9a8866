"""Destinations of messages, out of the settings: what each is told, and where it listens."""

import ssl
from datetime import timedelta

from collega.adapters.mllp.client import MllpAddress, MllpSender
from collega.config import Settings
from collega.config.destinations import Hl7Destination
from collega.errors import ConfigurationError
from collega.model.outgoing import Destination, PriorityForm, Service


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
    return MllpSender(
        {
            item.name: MllpAddress(host=item.host, port=item.port, timeout_s=item.timeout_s, tls=_tls(item))
            for item in settings.hl7.destinations
        }
    )


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
