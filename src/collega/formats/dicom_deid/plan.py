"""What a profile means for each tag, worked out once (PS3.15 E.3), and what it means for tags that no rule names.

The table lists what is known to identify. What it does not list stays only if it cannot name anybody: numbers,
defined terms, and text that equipment writes (``safe_text.txt``).
"""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from collega.formats.dicom_deid import table
from collega.formats.dicom_deid.options import Option
from collega.formats.dicom_deid.profile import Profile
from collega.formats.dicom_deid.table import Action, Rule
from collega.formats.dicom_deid.values import BULK, DATES, TEXTS, known, name_of

CURVES, OVERLAYS = 0x5000, 0x6000
REPEATING = 0xFF00
# Codes with more than one letter: what each letter is in order of how much it takes out.
LETTERS: Mapping[str, Action] = {"X": Action.REMOVE, "Z": Action.EMPTY, "D": Action.DUMMY, "U": Action.UID}
# What no option changes; attributes that say what was done are made anew.
OURS: Mapping[str, Action] = {
    "SpecificCharacterSet": Action.KEEP,
    # Whatever the options say: numbers of an order, and who else had the object in hands.
    "RequestAttributesSequence": Action.REMOVE,
    "ContributingEquipmentSequence": Action.REMOVE,
    "PatientIdentityRemoved": Action.REMOVE,
    "DeidentificationMethod": Action.REMOVE,
    "DeidentificationMethodCodeSequence": Action.REMOVE,
    "LongitudinalTemporalInformationModified": Action.REMOVE,
}


class Plan:
    """Actions of a profile by tag; a code of several letters is solved by the type of the attribute.

    Parameters
    ----------
    profile : Profile
        What stays and what goes.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._safe_text = safe_text()
        self._actions: dict[tuple[int, str], Action | str] = {}

    def action(self, tag: int, vr: str, inside: str, sop_class_uid: str) -> Action:
        """Give what is done to an element.

        Parameters
        ----------
        tag, vr : int, str
            The element.
        inside : str
            Keyword of the sequence that it is in, empty at the top.
        sop_class_uid : str
            Class of the object: its IOD says of which type the attribute is.
        """
        found = self._actions.get((tag, vr))
        if found is None:
            found = self._actions[tag, vr] = self._work_out(tag, vr)
        if isinstance(found, Action):
            return found
        return solved(found, table.type_of(name_of(tag), inside, sop_class_uid))

    def _work_out(self, tag: int, vr: str) -> Action | str:
        keyword = name_of(tag)
        if keyword in self.profile.remove or tag >> 16 & REPEATING in {CURVES, OVERLAYS}:
            return Action.REMOVE  # a plane without its data would make no sense
        if keyword in OURS or keyword in self.profile.keep:
            return OURS.get(keyword, Action.KEEP)
        rule = rule_of(tag)
        if rule is None:
            return self._unlisted(tag, vr, keyword)
        said = table.action_of(rule, self.profile.options)
        if said is Action.KEEP and vr in TEXTS and Option.RETAIN_PATIENT in rule.options:
            return Action.WORDS  # what people write of a patient's background
        return said or (LETTERS[rule.basic] if len(rule.basic) == 1 else rule.basic)

    def _unlisted(self, tag: int, vr: str, keyword: str) -> Action | str:
        """Work out what is done to an element that the table does not list."""
        options = self.profile.options
        if not known(tag) or vr == "PN":
            return "X/D" if known(tag) else Action.REMOVE
        if vr == "UI":
            return Action.KEEP if Option.RETAIN_UIDS in options else Action.UID
        if vr in DATES:
            if Option.MODIFIED_DATES in options:
                return Action.SHIFT
            return Action.KEEP if Option.FULL_DATES in options else "X/Z/D"
        if (vr not in TEXTS and vr not in BULK) or keyword in self._safe_text:
            return Action.KEEP
        return Action.WORDS if Option.CLEAN_DESCRIPTORS in options and vr in TEXTS else "X/Z/D"


@cache
def plan_of(profile: Profile) -> Plan:
    """Give the plan of a profile; one of each is enough for a process."""
    return Plan(profile)


@cache
def safe_text() -> frozenset[str]:
    """Give the keywords of text and bulk data that equipment writes, and that hold nothing of a patient."""
    text = files("collega.formats.dicom_deid").joinpath("safe_text.txt").read_text(encoding="ascii")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())


def rule_of(tag: int) -> Rule | None:
    """Give the rule for a tag; curves and overlays have one for all their groups."""
    rules = table.rules()
    group, element = tag >> 16, tag & 0xFFFF
    if group & REPEATING == CURVES:
        return rules["50xxxxxx"]
    if group & REPEATING == OVERLAYS:
        return rules.get(f"60xx{element:04X}")
    return rules.get(f"{tag:08X}")


def solved(code: str, attribute_type: int) -> Action:
    """Solve a code such as X/Z/D by the type of an attribute (PS3.15 table E.1-1a)."""
    letters = code.split("/")
    if "U" in letters:
        return Action.CONTENT  # the sequence stays, the UIDs in it are mapped
    if attribute_type == 3 and "X" in letters:  # noqa: PLR2004 - PS3.5 7.4
        return Action.REMOVE
    if attribute_type != 1 and "Z" in letters:
        return Action.EMPTY
    return LETTERS[letters[-1]]
