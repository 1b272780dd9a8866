"""Names, numbers, UIDs and dates of a project in place of the patient's: a keyed hash, the same each time.

Who has the key can find back whose object it is by trying each patient; nobody else can.
"""

import hmac
from base64 import b32encode
from dataclasses import dataclass, field

from collega.errors import ConfigurationError

LEAST_KEY = 16
PADDING = " \0"
LONGEST_SHIFT_DAYS = 3650
SHORTEST_SHIFT_DAYS = 30


@dataclass(frozen=True, kw_only=True)
class Pseudonyms:
    """What stands in place of a patient's values in one project.

    Parameters
    ----------
    key : bytes
        Secret of the project, at least 16 bytes.
    project : str
        Goes into each hash: one key for two projects gives them nothing in common.
    """

    key: bytes = field(repr=False)
    project: str

    def __post_init__(self) -> None:
        """Refuse a key that can be guessed."""
        if len(self.key) < LEAST_KEY:
            message = f"the key has {len(self.key)} bytes: at least {LEAST_KEY} are needed"
            raise ConfigurationError(message)

    def patient(self, patient_id: str, issuer: str = "") -> str:
        """Give the pseudonym of a patient: PatientID and PatientName of the new object."""
        return "P" + self._letters("patient", f"{issuer.strip()}\0{patient_id.strip()}")

    def accession(self, number: str) -> str:
        """Give the pseudonym of an order's accession number; at most 16 characters, as SH allows."""
        return "A" + self._letters("accession", number.strip())[:15]

    def identifier(self, kind: str, value: str) -> str:
        """Give the pseudonym of another identifier, apart from those of other kinds."""
        return self._letters(f"identifier\0{kind}", value.strip())

    def uid(self, original: str) -> str:
        """Give the UID that takes the place of another (PS3.5 B.2: 2.25 and 128 bits)."""
        return f"2.25.{int.from_bytes(self._hash('uid', original.strip(PADDING))[:16])}"

    def days(self, patient_id: str, issuer: str = "") -> int:
        """Give by how many days the dates of a patient move; into the past, so never after today."""
        drawn = int.from_bytes(self._hash("days", f"{issuer.strip()}\0{patient_id.strip()}")[:8])
        return -(SHORTEST_SHIFT_DAYS + drawn % (LONGEST_SHIFT_DAYS - SHORTEST_SHIFT_DAYS + 1))

    def fingerprint(self) -> str:
        """Tell one key from another without giving it away."""
        return self._letters("fingerprint", "")

    def _letters(self, kind: str, value: str) -> str:
        """Give 16 letters and digits, 80 bits: no two patients of a country meet by chance."""
        return b32encode(self._hash(kind, value)[:10]).decode("ascii")

    def _hash(self, kind: str, value: str) -> bytes:
        text = f"collega deidentify\0{self.project}\0{kind}\0{value}"
        return hmac.digest(self.key, text.encode("utf-8", "surrogateescape"), "sha256")
