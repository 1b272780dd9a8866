"""The keys of a site: one makes pseudonyms and never changes, the others seal whom they stand for and are renewed."""

import json
import re
import secrets
from dataclasses import dataclass, field, replace

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from collega.errors import ConfigurationError
from collega.model.leaving import Sealed

KEY_BYTES, NONCE_BYTES = 32, 12
HEX = re.compile(rf"[0-9a-f]{{{2 * KEY_BYTES}}}")


@dataclass(frozen=True, kw_only=True)
class Keyring:
    """Keys of a site.

    Parameters
    ----------
    pseudonyms : bytes
        Of the keyed hash: while it stays, so do the pseudonyms of everybody.
    seals : tuple of tuple
        Id and key (AES-256-GCM), the one in use first; the others open what is not sealed anew yet.
    """

    pseudonyms: bytes = field(repr=False)
    seals: tuple[tuple[str, bytes], ...] = field(repr=False)

    def seal(self, plain: Sealed, value: str) -> Sealed:
        """Encrypt a value for the pseudonym ``plain``; what is sealed for one opens for no other."""
        key_id, key = self.seals[0]
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, value.encode(), _bound_to(plain))
        return replace(plain, key_id=key_id, sealed=nonce + sealed)

    def unseal(self, sealed: Sealed) -> str:
        """Decrypt.

        Raises
        ------
        ConfigurationError
            The key is not there, or what is sealed was changed.
        """
        key = dict(self.seals).get(sealed.key_id)
        if key is None:
            message = f"cloud.key_file: it lacks the key {sealed.key_id}, under which {sealed.pseudonym} is sealed"
            raise ConfigurationError(message)
        nonce, content = sealed.sealed[:NONCE_BYTES], sealed.sealed[NONCE_BYTES:]
        try:
            return AESGCM(key).decrypt(nonce, content, _bound_to(sealed)).decode()
        except InvalidTag:
            message = (
                f"cloud.key_file: its key {sealed.key_id} does not open {sealed.pseudonym}: one of them was changed"
            )
            raise ConfigurationError(message) from None

    def renewed(self) -> "Keyring":
        """Put a new key for seals in front."""
        return replace(self, seals=(_new_seal(), *self.seals))

    def newest_alone(self) -> "Keyring":
        """Forget the keys of old seals."""
        return replace(self, seals=self.seals[:1])

    def text(self) -> str:
        """Write it as its file holds it."""
        seals = [{"id": name, "key": key.hex()} for name, key in self.seals]
        return json.dumps({"pseudonyms": self.pseudonyms.hex(), "seals": seals}, indent=1) + "\n"


def new_keyring() -> Keyring:
    """Make keys by chance."""
    return Keyring(pseudonyms=secrets.token_bytes(KEY_BYTES), seals=(_new_seal(),))


def read_keyring(text: str, name: str) -> Keyring:
    """Read what `Keyring.text` wrote.

    Raises
    ------
    ConfigurationError
        It is something else; nothing of what stands there is repeated.
    """
    try:
        told = json.loads(text)
        pseudonyms, seals = told["pseudonyms"], [(item["id"], item["key"]) for item in told["seals"]]
        if seals and all(HEX.fullmatch(key) for key in (pseudonyms, *(key for _, key in seals))):
            made = tuple((str(one), bytes.fromhex(key)) for one, key in seals)
            return Keyring(pseudonyms=bytes.fromhex(pseudonyms), seals=made)
    except (ValueError, KeyError, TypeError):
        pass  # as wrong as keys of another length
    message = f"cloud.key_file: {name} is no file of keys of collega; put back the copy that you keep of it"
    raise ConfigurationError(message)


def _new_seal() -> tuple[str, bytes]:
    return secrets.token_hex(4), secrets.token_bytes(KEY_BYTES)


def _bound_to(item: Sealed) -> bytes:
    return f"{item.project}\0{item.kind}\0{item.pseudonym}".encode()
