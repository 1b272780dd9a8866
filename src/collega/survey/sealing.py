"""Answers that nobody may read yet, sealed until the survey is closed."""

import json
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from collega.errors import InputError

NONCE_BYTES = 12
# The length of what is sealed must not tell what was answered: only own words make it longer than one block.
BLOCK = 1024


def seal(key: bytes, bound_to: str, cells: Mapping[str, str]) -> bytes:
    """Seal answers (AES-256-GCM); what is sealed for one phone opens for no other.

    Parameters
    ----------
    key : bytes
        32 bytes.
    bound_to : str
        Of which survey and phone they are.
    """
    plain = json.dumps(dict(cells), sort_keys=True).encode()
    padded = plain.ljust(-(-len(plain) // BLOCK) * BLOCK)
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, padded, bound_to.encode())


def unseal(key: bytes, bound_to: str, sealed: bytes) -> dict[str, str]:
    """Open what was sealed.

    Raises
    ------
    InputError
        The key is another one, or what was sealed has been changed.
    """
    try:
        plain = AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound_to.encode())
    except (InvalidTag, ValueError) as error:  # the second where too little is left of it
        message = "answers cannot be opened: secrets/survey.key is not that of this survey, or they were changed"
        raise InputError(message) from error
    return dict(json.loads(plain))
