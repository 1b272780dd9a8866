"""Private elements (PS3.5 7.8): they go, but for the few that are known to hold a number (PS3.15 E.3.10)."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from collega.formats.dicom_deid.identifiers import Identifiers
from collega.formats.dicom_deid.options import Option
from collega.formats.dicom_deid.profile import Profile, SafePrivate
from collega.formats.dicom_deid.values import NUMBERS, Element, is_of, tag_of, words_of

FIRST_BLOCK = 0x10
NOT_KNOWN = {"UN", None}
# Only what cannot hold a name.
ALLOWED = NUMBERS | {"CS", "DS", "IS"}


def safe_elements(source: Dataset, profile: Profile, identifiers: Identifiers) -> dict[BaseTag, Element]:
    """Give the private elements of a data set or item that may stay, with those that reserve their blocks."""
    if Option.RETAIN_SAFE_PRIVATE not in profile.options:
        return {}
    listed = _listed(profile)
    safe: dict[BaseTag, Element] = {}
    owners: dict[int, str] = {}
    for tag in source.keys():  # noqa: SIM118 - a dataset iterates over its elements, and reads them
        if not tag.is_private or tag.element >> 8 < FIRST_BLOCK:
            continue
        creator = tag_of(tag.group, tag.element >> 8)
        if creator not in owners:
            owners[creator] = _owner(source, creator)
        vr = listed.get((owners[creator], tag.group, tag.element & 0xFF))
        if vr is not None and _fits(source.get_item(tag), vr, source, identifiers):
            safe |= {creator: source.get_item(creator), tag: source.get_item(tag)}
    return safe


def _owner(source: Dataset, creator: BaseTag) -> str:
    """Give who reserved a block, empty where nobody did."""
    return "".join(words_of(source.get_item(creator), source.original_character_set)) if creator in source else ""


def _fits(element: Element, vr: str, source: Dataset, identifiers: Identifiers) -> bool:
    """Whether an element is of the VR that the list names, or was written without one and could be."""
    if element.VR not in {vr, *NOT_KNOWN}:
        return False
    if vr in NUMBERS:
        return True
    words = words_of(element, source.original_character_set)
    return is_of(vr, words) and not any(identifiers.are_in(word) for word in words)


@cache
def _listed(profile: Profile) -> Mapping[tuple[str, int, int], str]:
    own = {(item.creator, item.group, item.element): item.vr for item in (*shipped(), *profile.safe_private)}
    return {where: vr for where, vr in own.items() if vr in ALLOWED}


@cache
def shipped() -> tuple[SafePrivate, ...]:
    """Give the private elements of PS3.15 table E.3.10-1 that hold numbers or defined terms."""
    text = files("collega.formats.dicom_deid").joinpath("safe_private.csv").read_text(encoding="ascii")
    return tuple(
        SafePrivate(creator=row["creator"], group=int(row["group"], 16), element=int(row["element"], 16), vr=row["vr"])
        for row in csv.DictReader(text.splitlines())
    )
