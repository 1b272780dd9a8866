"""Where HL7 messages go: the tables ``[[hl7.destinations]]``."""

from typing import Literal, Self

from pydantic import Field, model_validator

from collega.config.section import Section
from collega.model.outgoing import DestinationKind, PriorityMessage

FLAG_PLACES = r"^(OBR-5|OBR-27\.6|ORC-7\.6|TQ1-9|Z[A-Z0-9]{2}-[1-9])$"
PLAIN = r"^[^|^~\\&\r\n]*$"


class Hl7Destination(Section):
    """A system that messages go to.

    ``results``: it gets what apps say, as preliminary observations. ``priority_message``: by which message it is told
    that a study is urgent, ``priority_field`` where the flag stands there, ``stat`` and ``high`` its values.
    ``accept_that_patients_may_see_unchecked_ai_results``: an EHR gets results only where this is true.
    """

    name: str = Field(min_length=1, max_length=32, pattern=r"^[a-z0-9-]+$")
    kind: DestinationKind
    host: str = Field(min_length=1)
    port: int = Field(ge=1, le=65535)
    results: bool = True
    accept_that_patients_may_see_unchecked_ai_results: bool = False
    priority_message: PriorityMessage = PriorityMessage.NONE
    priority_field: str = Field(default="OBR-27.6", pattern=FLAG_PLACES)
    priority_stat: str = Field(default="S", min_length=1, max_length=20)
    priority_high: str = Field(default="A", min_length=1, max_length=20)
    service_code: str = Field(default="AI", min_length=1, max_length=20)
    service_text: str = Field(default="AI, preliminary", min_length=1, max_length=199)
    section: str = Field(default="OTH", min_length=1, max_length=10)
    language: Literal["", "en", "nl"] = ""
    charset: Literal["UNICODE UTF-8", "8859/1", "8859/15"] = "UNICODE UTF-8"
    application: str = Field(default="", max_length=180, pattern=PLAIN)
    facility: str = Field(default="", max_length=180, pattern=PLAIN)
    timeout_s: float = Field(default=20.0, gt=0, le=300)
    retry_first_s: float = Field(default=5.0, gt=0)
    retry_most_s: float = Field(default=600.0, gt=0)
    tls: bool = False
    tls_ca: str = ""
    tls_certificate: str = ""
    tls_key: str = ""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        accepted = self.accept_that_patients_may_see_unchecked_ai_results
        if self.kind is DestinationKind.EHR and self.results and not accepted:
            message = (
                "results = false for an EHR, or accept_that_patients_may_see_unchecked_ai_results = true: what an EHR "
                "has, its portal may show to the patient before anybody has checked it"
            )
            raise ValueError(message)
        if self.priority_field == "TQ1-9" and self.priority_message in {PriorityMessage.ORM_SC, PriorityMessage.ORM_XO}:
            message = "priority_message omi-sc or omi-xo beside priority_field TQ1-9: an ORM has no TQ1"
            raise ValueError(message)
        if not self.tls and (self.tls_ca or self.tls_certificate or self.tls_key):
            message = "tls = true beside tls_ca, tls_certificate or tls_key"
            raise ValueError(message)
        if bool(self.tls_certificate) != bool(self.tls_key):
            message = "tls_certificate and tls_key, both or neither"
            raise ValueError(message)
        return self
