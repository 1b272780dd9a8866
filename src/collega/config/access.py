"""People who sign in: the table ``[access]``."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from collega.config.section import Section
from collega.model.access import OF_PEOPLE


class Access(Section):
    """How long a session lasts, and the hospital's own sign-in (OpenID Connect) where it has one.

    ``idle_lock_minutes``: a page that nobody touches locks. ``session_hours``: the absolute end. ``glass_minutes``: how
    long rights hold that were taken in an emergency. ``totp``: whether a local account must have an authenticator.
    ``oidc_issuer``: the provider; ``oidc_roles``: ``group=role`` for each of its groups that may enter, as
    ``oidc_groups_claim`` names them; ``oidc_ca``: who has signed its certificate.
    """

    idle_lock_minutes: float = Field(default=15.0, gt=0, le=24 * 60)
    session_hours: float = Field(default=12.0, gt=0, le=24 * 7)
    glass_minutes: float = Field(default=60.0, gt=0, le=24 * 60)
    totp: Literal["required", "optional"] = "required"
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret_file: str = ""
    oidc_name: str = "hospital account"
    oidc_scope: str = "openid profile"
    oidc_groups_claim: str = "groups"
    oidc_roles: tuple[str, ...] = ()
    oidc_ca: str = ""

    @field_validator("oidc_issuer")
    @classmethod
    def _private(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and parts.scheme != "https" and parts.hostname not in {"127.0.0.1", "::1", "localhost"}:
            message = "an address that begins with https://"
            raise ValueError(message)
        return value

    @field_validator("oidc_roles")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for text in value:
            group, _, role = text.rpartition("=")
            if not group or role not in set(OF_PEOPLE):
                message = f"group=role with one of {', '.join(OF_PEOPLE)}, not {text!r}"
                raise ValueError(message)
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.oidc_issuer and not (self.oidc_client_id and self.oidc_roles):
            message = "oidc_client_id and oidc_roles beside oidc_issuer"
            raise ValueError(message)
        return self
