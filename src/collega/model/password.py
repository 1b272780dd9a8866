"""The rule for passwords, after NIST SP 800-63B-4 3.1.1: length, and nothing that everybody tries first.

No classes of characters are asked for, and no change after some time: both make people choose worse ones.
"""

import re
import unicodedata
from enum import StrEnum

from collega.model.first_guesses import COMMON

LEAST, MOST = 12, 128
LEAST_PIN, MOST_PIN = 6, 12
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "qwertyuiop", "asdfghjkl", "zxcvbnm", "azertyuiop")
_TRAILING = re.compile(r"[\W\d_]+$")
_REPEATED = re.compile(r"(.{1,4}?)\1+.{0,3}")


class WeakPassword(StrEnum):
    """What is wrong with a password that somebody chose."""

    SHORT = "short"
    LONG = "long"
    COMMON = "common"
    NAMED = "named"
    PIN = "pin"


def normal(password: str) -> str:
    """Give the one form of a password that keyboards and systems write differently (NFKC)."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, *names: str) -> WeakPassword | None:
    """Tell what is wrong with a password; ``names`` are those of the person and the account."""
    text = normal(password)
    if len(text) < LEAST:
        return WeakPassword.SHORT
    if len(text) > MOST:
        return WeakPassword.LONG
    folded = text.casefold()
    if _is_common(folded):
        return WeakPassword.COMMON
    return WeakPassword.NAMED if _names(folded, names) else None


def weak_pin(pin: str) -> WeakPassword | None:
    """Tell whether something is no PIN to unlock with: too short, no digits, one digit, or a run."""
    if not re.fullmatch(rf"[0-9]{{{LEAST_PIN},{MOST_PIN}}}", pin) or len(set(pin)) == 1:
        return WeakPassword.PIN
    return WeakPassword.PIN if pin in _RUNS[1] or pin[::-1] in _RUNS[1] else None


def _is_common(folded: str) -> bool:
    core = _TRAILING.sub("", folded)
    return (
        folded in COMMON
        or core in COMMON
        or not core
        or _REPEATED.fullmatch(folded) is not None
        or any(core in run or core in run[::-1] for run in _RUNS)
        or _pieces(core)
    )


def _pieces(core: str) -> bool:
    """Whether it is one of the commonest words twice, or two of them in a row."""
    return any(core[:cut] in COMMON and core[cut:] in COMMON for cut in range(3, len(core) - 2))


def _names(folded: str, names: tuple[str, ...]) -> bool:
    """Whether little is left once the names of the person and the house are taken out."""
    left = folded
    words = {word for name in (*names, "collega") for word in re.split(r"[\W_]+", name.casefold())}
    for word in sorted(words, key=len, reverse=True):
        left = left.replace(word, "") if len(word) > 2 else left  # noqa: PLR2004 - initials say nothing
    return left != folded and len(_TRAILING.sub("", left)) < LEAST // 2
