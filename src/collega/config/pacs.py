"""Settings of the PACS that gets results: by DICOM or by DICOMweb, and who is told that they are there."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from collega.config.section import Section


class Pacs(Section):
    """Where results go, by C-STORE or by STOW-RS, and what proof of arrival is asked for.

    ``confirm``: ``accepted`` trusts the answer to C-STORE or STOW-RS, ``committed`` asks for storage
    commitment, ``visible`` asks by query until the object is found. ``commit_wait_s``: so long a report of
    commitment is waited for on the association of its request. With ``dicomweb_url`` results go there by STOW-RS,
    and are asked for by QIDO-RS; ``tls_*`` are for that alone.
    """

    host: str = ""
    port: int = Field(default=104, ge=0, le=65535)
    aet: str = Field(default="PACS", min_length=1, max_length=16)
    dicomweb_url: str = ""
    dicomweb_token_file: str = ""
    dicomweb_basic_file: str = ""
    tls_ca: str = ""
    tls_certificate: str = ""
    tls_key: str = ""
    confirm: Literal["accepted", "committed", "visible"] = "visible"
    query_level: Literal["image", "series"] = "image"
    commit_wait_s: float = Field(default=0.0, ge=0, le=60)
    rejection_notes: bool = False
    timeout_s: float = Field(default=30.0, gt=0)
    retry_first_s: float = Field(default=5.0, gt=0)
    retry_most_s: float = Field(default=600.0, gt=0)
    resend_after_s: float = Field(default=900.0, gt=0)

    @property
    def is_named(self) -> bool:
        """Whether there is a PACS at all."""
        return bool(self.host or self.dicomweb_url)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        parts = urlsplit(self.dicomweb_url)
        if self.dicomweb_url and not (parts.scheme in {"http", "https"} and parts.hostname):
            message = "dicomweb_url with an address that begins with http:// or https://"
            raise ValueError(message)
        if parts.username or parts.query or parts.fragment:
            message = "dicomweb_url without name, password, query or fragment; a password stands in dicomweb_basic_file"
            raise ValueError(message)
        if self.dicomweb_token_file and self.dicomweb_basic_file:
            message = "dicomweb_token_file or dicomweb_basic_file, not both"
            raise ValueError(message)
        if bool(self.tls_certificate) != bool(self.tls_key):
            message = "tls_certificate and tls_key, both or neither"
            raise ValueError(message)
        if self.dicomweb_url and self.confirm == "committed":
            message = "confirm visible or accepted beside dicomweb_url: commitment is asked for over DICOM alone"
            raise ValueError(message)
        return self


class Ian(Section):
    """Who is told by Instance Availability Notification that results are in the PACS; empty ``host``: nobody."""

    host: str = ""
    port: int = Field(default=104, ge=0, le=65535)
    aet: str = Field(default="RIS", min_length=1, max_length=16)
    timeout_s: float = Field(default=20.0, gt=0)
    retry_first_s: float = Field(default=5.0, gt=0)
    retry_most_s: float = Field(default=600.0, gt=0)
