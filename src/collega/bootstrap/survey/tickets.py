"""What is kept of links, phones and answers while a survey is open: nothing that the database alone can read.

Whoever has the list of links and reads the database would find the row of each link by an ordinary hash, and with it
who has answered; whoever looks again and again would see who answers what. Marks and seals need a key that lies beside
the database, readable by the server alone.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from collega.adapters.files.secret import site_secret
from collega.config import Settings
from collega.survey.sealing import seal, unseal

KEY_FILE = "survey.key"


@dataclass(frozen=True, kw_only=True, slots=True)
class Marker:
    """Makes marks and seals; ``key`` is the same for all processes of a site, and in no row."""

    key: bytes = field(repr=False)

    def of_link(self, link: str) -> str:
        """Mark a link, given whole or by its last part."""
        ticket = link.partition("?")[0].rstrip("/").rpartition("/")[2]
        return self._mark("ticket", ticket)

    def of_phone(self, phone: str) -> str:
        """Mark the key of a phone."""
        return self._mark("phone", phone)

    def seal(self, survey: str, mark: str, cells: Mapping[str, str]) -> bytes:
        """Seal what a phone has answered."""
        return seal(self._seal_key(survey), f"{survey} {mark}", cells)

    def unseal(self, survey: str, mark: str, sealed: bytes) -> dict[str, str]:
        """Open what a phone has answered; `InputError` where the key is another one."""
        return unseal(self._seal_key(survey), f"{survey} {mark}", sealed)

    def _seal_key(self, survey: str) -> bytes:
        return hmac.digest(self.key, f"answers {survey}".encode(), "sha256")

    def _mark(self, kind: str, word: str) -> str:
        return hmac.new(self.key, f"{kind} {word}".encode(), "sha256").hexdigest()


def signed(secret: bytes, phone: str) -> str:
    """Give a phone its key: its name, signed with the secret of the survey so that nobody makes one up."""
    return f"{phone}.{hmac.new(secret, phone.encode(), 'sha256').hexdigest()}"


def is_signed(secret: bytes, phone: str) -> bool:
    """Tell whether a survey has signed the key of a phone."""
    return hmac.compare_digest(phone.encode(), signed(secret, phone.partition(".")[0]).encode())


def marker_of(settings: Settings) -> Marker:
    """Give the marker of a site."""
    return Marker(key=site_secret(settings.data / "secrets", KEY_FILE))
