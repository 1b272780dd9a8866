"""The web pages: the table ``[web]``."""

import ipaddress
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from collega.config.section import Section
from collega.formats.viewer_link import check_template


class Web(Section):
    """The address of the web pages and of ``/healthz``, and what they show besides.

    ``viewer_url`` opens a study in the hospital's viewer; ``{accession}`` and ``{study_uid}``
    stand for its numbers. ``notice`` stands on top of every page. ``address``: what people type, where that is
    another than host and port. ``sign_in``: ``loopback-open`` asks nobody who they are as long as there is no account
    and only this machine is served, for development and demonstrations. TLS begins with ``tls_certificate``.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    address: str = ""
    sign_in: Literal["required", "loopback-open"] = "loopback-open"
    tls_certificate: str = ""
    tls_key: str = ""
    viewer_url: str = ""
    notice: str = ""

    @field_validator("viewer_url")
    @classmethod
    def _opens(cls, value: str) -> str:
        check_template(value)
        return value

    @field_validator("address")
    @classmethod
    def _whole_address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            message = "an address that begins with https://"
            raise ValueError(message)
        return value.rstrip("/")

    @model_validator(mode="after")
    def _guarded(self) -> Self:
        if bool(self.tls_certificate) != bool(self.tls_key):
            message = "web.tls_certificate and web.tls_key, both or neither"
            raise ValueError(message)
        if not is_loopback(self.host) and not (self.tls_certificate and self.sign_in == "required"):
            message = (
                'web.sign_in = "required", web.tls_certificate and web.tls_key beside a web.host that other machines '
                "reach; or web.host = 127.0.0.1 behind a proxy with TLS"
            )
            raise ValueError(message)
        return self


def is_loopback(host: str) -> bool:
    """Tell whether an address is that of this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
