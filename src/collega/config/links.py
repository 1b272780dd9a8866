"""Links with RIS, EHR and other programs: the tables ``[fhir]``, ``[hl7]``, ``[audit]`` and ``[timeline]``."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from collega.config.destinations import Hl7Destination
from collega.config.section import Section
from collega.formats.sole import read_codes
from collega.model.caller import network


class Fhir(Section):
    """What things of this site are called over ``/fhir``; numbers of patients as ``inputs.patient_system`` says."""

    accession_system: str = ""


class Hl7(Section):
    """Where RIS and EHR send their HL7 messages (port 0: nowhere), and the ``destinations`` of ours.

    ``peers``: addresses or networks that may, empty allows all. ``dialect``: a file that says how their messages
    differ from what is usual. ``idle_timeout_s``: an open connection may be silent for so long. TLS begins with
    ``tls_certificate``, on the same port; ``tls_ca`` asks every sender for a certificate.
    """

    host: str = Field(default="127.0.0.1", min_length=1)
    port: int = Field(default=2575, ge=0, le=65535)
    destinations: tuple[Hl7Destination, ...] = ()
    peers: tuple[str, ...] = ()
    dialect: str = ""
    max_connections: int = Field(default=50, ge=1, le=1000)
    max_message_mb: int = Field(default=16, ge=1, le=256)
    message_timeout_s: float = Field(default=60.0, gt=0)
    idle_timeout_s: float = Field(default=3600.0, gt=0)
    tls_certificate: str = ""
    tls_key: str = ""
    tls_ca: str = ""

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        if bool(self.tls_certificate) != bool(self.tls_key) or (self.tls_ca and not self.tls_certificate):
            message = "hl7.tls_certificate and hl7.tls_key, both or neither, and both beside hl7.tls_ca"
            raise ValueError(message)
        return self

    @field_validator("destinations")
    @classmethod
    def _named_once(cls, value: tuple[Hl7Destination, ...]) -> tuple[Hl7Destination, ...]:
        names = [item.name for item in value]
        if len(set(names)) < len(names):
            message = "a name of its own for each of hl7.destinations"
            raise ValueError(message)
        return value

    @field_validator("peers")
    @classmethod
    def _readable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            network(text)
        return value


class Audit(Section):
    """Where the audit record is told besides the database.

    ``host``: a repository that takes syslog over TLS; none where it is empty. ``ca``: whom to trust, the system's
    authorities where it is empty; ``certificate`` and ``key``: who we are. ``head_every_s``: how often the head
    of the chain is written beside the database.
    """

    host: str = ""
    port: int = Field(default=6514, ge=1, le=65535)
    ca: str = ""
    certificate: str = ""
    key: str = ""
    timeout_s: float = Field(default=20.0, gt=0, le=600)
    head_every_s: float = Field(default=60.0, gt=0, le=86400)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if bool(self.certificate) != bool(self.key):
            message = "audit.certificate and audit.key, both or neither"
            raise ValueError(message)
        return self


class TimelineSettings(Section):
    """How events are coded for IHE SOLE: ``moment=code|system|meaning`` for each that is not to be a local code."""

    sole_codes: tuple[str, ...] = ()

    @field_validator("sole_codes")
    @classmethod
    def _coded(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        read_codes(value)
        return value
