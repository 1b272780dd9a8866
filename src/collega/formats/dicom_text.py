"""Our own words in the character set of the study that they join.

A result keeps the character set of its source, so that names come through byte for byte;
what our words need beyond it is spelled with what it has.
"""

import unicodedata
from collections.abc import Iterable

from pydicom.charset import python_encoding
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

UNICODE_SETS = frozenset({"ISO_IR 192", "GB18030", "GBK"})
TEXT_VRS = frozenset({"LO", "LT", "SH", "ST", "UC", "UT"})
# What canonical decomposition leaves as it is.
SPELLED = str.maketrans({"≥": ">=", "≤": "<=", "–": "-", "’": "'", "µ": "u", "ß": "ss", "ø": "o", "Ø": "O", "æ": "ae"})  # noqa: RUF001


def spell(text: str, character_set: str) -> str:
    """Return ``text`` in characters that ``character_set`` (PS3.3 C.12.1.1.2) can hold."""
    encoding = python_encoding.get(character_set, "ascii") if character_set not in {"", "ISO_IR 6"} else "ascii"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        letters = unicodedata.normalize("NFKD", text.translate(SPELLED))
        plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
        return plain.encode("ascii", "replace").decode()
    return text


def first_character_set(dataset: Dataset) -> str:
    """Character set that a value of ``dataset`` starts in (the first of several)."""
    value = dataset.get("SpecificCharacterSet") or ""
    return str(value if isinstance(value, str) else value[0] or "")


def spell_dataset(dataset: Dataset, character_set: str) -> None:
    """Apply `spell` to every text of ``dataset``, in place and through its sequences."""
    if character_set not in UNICODE_SETS:
        _spell_elements(dataset, character_set)


def _spell_elements(elements: Iterable[DataElement], character_set: str) -> None:
    for element in elements:
        if element.VR == "SQ":
            for item in element.value:
                _spell_elements(item, character_set)
        elif element.VR in TEXT_VRS and isinstance(element.value, str) and not element.value.isascii():
            element.value = spell(element.value, character_set)
