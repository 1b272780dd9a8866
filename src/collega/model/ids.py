"""Identifiers: keys for folders, and UIDs that are the same each time they are asked for."""

import hashlib
import uuid
from functools import lru_cache

# Namespace of every UID that collega derives; changing it would give known results new UIDs.
NAMESPACE = uuid.UUID("6b1f6d7e-52f1-5a58-9b39-0c1ce7a0a9c4")
OWN_UID_ROOT = "2.25."
IMPLEMENTATION_CLASS_UID = OWN_UID_ROOT + str(uuid.uuid5(NAMESPACE, "collega").int)
KEY_LENGTH = 32


def stable_uid(*parts: str) -> str:
    """UID that is a function of ``parts`` alone (PS3.5 B.2, root 2.25 from a UUID).

    The parts are joined with a separator that no DICOM value can contain, so that
    ("ab", "c") and ("a", "bc") differ.
    """
    return OWN_UID_ROOT + str(uuid.uuid5(NAMESPACE, "\x1f".join(parts)).int)


@lru_cache(maxsize=1024)  # each image asks for its study and series again
def storage_key(uid: str) -> str:
    """Name of the file or folder for ``uid``: 32 hexadecimal digits, whatever the UID holds."""
    return hashlib.blake2b(uid.encode("utf-8", "surrogateescape"), digest_size=KEY_LENGTH // 2).hexdigest()


# Every UID of the test patient of `collega site check` begins with this, so that it is known wherever it turns up.
ACCEPTANCE_UID_ROOT = f"{stable_uid('acceptance')}."


def acceptance_uid(*parts: str) -> str:
    """UID for an object of the test patient: the root, then a number that is a function of ``parts``."""
    number = uuid.uuid5(NAMESPACE, "\x1f".join(("acceptance", *parts))).int % 10 ** (64 - len(ACCEPTANCE_UID_ROOT))
    return f"{ACCEPTANCE_UID_ROOT}{number}"


def is_acceptance_uid(uid: str) -> bool:
    """Tell whether a UID belongs to the test patient of an acceptance."""
    return uid.startswith(ACCEPTANCE_UID_ROOT)
