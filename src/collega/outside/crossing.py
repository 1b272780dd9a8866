"""The way over the border and back: which pseudonym stands for what, and what a service outside cannot know."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from collega.formats.dicom_deid.dates import shifted
from collega.formats.dicom_deid.pseudonyms import Pseudonyms

STANDARD_ROOT = "1.2.840.10008."
# Numbers that are shorter stand in too many texts by chance.
LEAST_NUMBER, LEAST_DIGITS, LEAST_NAME = 4, 6, 3
UID = re.compile(r"(?<![\w.])\d+(?:\.\d+){2,}(?![\w.])")
# What a pseudonym of ours looks like: a UID from a hash, or the number of a patient or an order.
PSEUDONYM = re.compile(r"(?<![\w.])(?:2\.25\.\d{20,39}|P[A-Z2-7]{16}|A[A-Z2-7]{15})(?![\w.])")
NUMBERS = ("PatientID", "AccessionNumber")
DATED = frozenset({"DA", "DT"})
# What an object is given of the images that it is about (PS3.3 C.7.1.1, C.7.2.1).
IDENTITY = (
    *("PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex"),
    *("StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "StudyID", "StudyDescription"),
)


@dataclass(frozen=True, kw_only=True)
class Secrets:
    """What names a patient, and so must neither leave nor come back.

    Parameters
    ----------
    uids : frozenset of str
    words : Pattern or None
        Numbers and whole names.
    """

    uids: frozenset[str]
    words: re.Pattern[str] | None

    def are_in(self, text: str) -> bool:
        """Whether one of them stands in a text."""
        if self.words is not None and self.words.search(text):
            return True
        return any(found in self.uids for found in UID.findall(text))


@dataclass(frozen=True, kw_only=True)
class Crossing:
    """How one study went out.

    Parameters
    ----------
    patient : str
        Pseudonym of the patient.
    back : Mapping
        From pseudonym to what it stands for: UIDs, and numbers of patient and order.
    moments : Mapping
        From a date, or a moment, as it was sent to the true one.
    secrets : Secrets
    identity : Dataset
        Attributes of patient and study, as the images came.
    """

    patient: str
    back: Mapping[str, str]
    moments: Mapping[str, str]
    secrets: Secrets
    identity: Dataset

    def home(self, text: str) -> str:
        """Put in a text what its pseudonyms stand for."""
        return self.back.get(text) or PSEUDONYM.sub(lambda found: self.back.get(found[0], found[0]), text)

    def true_moment(self, text: str) -> str:
        """Give the date or moment that was sent as this one; another stays as it is."""
        return self.moments.get(text.strip(), text)

    def strangers(self, text: str) -> set[str]:
        """Give what looks like a pseudonym of ours, and was not sent."""
        return {found for found in PSEUDONYM.findall(text) if found not in self.back}


@dataclass(kw_only=True)
class Collected:
    """What is found while objects are made ready, whose dates move by ``days``; `crossing` sums it up."""

    pseudonyms: Pseudonyms
    days: int
    back: dict[str, str] = field(default_factory=dict)
    moments: dict[str, str] = field(default_factory=dict)
    uids: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    identity: Dataset | None = None

    def take(self, came: Dataset, left: Dataset) -> None:
        """Note what an object was, and what it has become."""
        gone = {value for element in elements(left) if element.VR in {"UI", *DATED} for value in values(element)}
        for element in elements(came):
            if element.VR == "UI":
                self._take_uids(element, gone)
            elif element.VR in DATED:
                self._take_moments(element, gone)
            elif element.VR == "PN":
                self.names |= set(values(element))
            elif element.keyword in NUMBERS:
                self.numbers |= set(values(element))
        for number in filter(None, (str(came.get("AccessionNumber") or ""),)):
            self.back[self.pseudonyms.accession(number)] = number
        if self.identity is None:
            self.identity = Dataset()
            for keyword in IDENTITY:
                if keyword in came:
                    self.identity[keyword] = came[keyword]

    def _take_uids(self, element: DataElement, gone: set[str]) -> None:
        for value in values(element):
            pseudonym = self.pseudonyms.uid(value)
            if pseudonym in gone:
                self.back[pseudonym] = value
                self.uids.add(value)

    def _take_moments(self, element: DataElement, gone: set[str]) -> None:
        for value in values(element):
            moved = shifted(element.VR, value, self.days)
            if moved in gone and moved is not None:
                self.moments[moved] = value

    def crossing(self, patient: str, number: str) -> Crossing:
        """Sum up; ``number`` is what the pseudonym ``patient`` stands for."""
        back = {**self.back, patient: number} if number else self.back
        secrets = Secrets(uids=frozenset(self.uids), words=_search(self.numbers, self.names))
        identity = self.identity or Dataset()
        return Crossing(patient=patient, back=back, moments=self.moments, secrets=secrets, identity=identity)


def elements(dataset: Dataset) -> Iterator[DataElement]:
    """Go through an object at every depth; an element that cannot be read is left out."""
    for tag in list(dataset.keys()):
        element = dataset[tag]
        if element.VR == "SQ":
            for item in element.value or ():
                yield from elements(item)
        else:
            yield element


def values(element: DataElement) -> Iterator[str]:
    """Give the values of an element as text, none of them empty."""
    held = element.value
    for value in held if isinstance(held, list | tuple) or element.VM > 1 else [held]:
        text = str(value if value is not None else "").strip(" \0")
        if text:
            yield text


def _tells(number: str) -> bool:
    return len(number) >= (LEAST_DIGITS if number.isdigit() else LEAST_NUMBER)


def _search(numbers: set[str], names: set[str]) -> re.Pattern[str] | None:
    patterns = [rf"(?<![\w.]){re.escape(one)}(?![\w.])" for one in sorted(numbers) if _tells(one)]
    for name in sorted(names):
        parts = [re.escape(part) for part in re.split(r"[\^=\s]+", name) if len(part) >= LEAST_NAME][:2]
        # One word of a name is a word of many texts: only two beside each other are a name.
        if len(parts) > 1:
            first, second = parts
            patterns += [rf"(?i:\b{first}\W{{1,3}}{second}\b)", rf"(?i:\b{second}\W{{1,3}}{first}\b)"]
    return re.compile("|".join(patterns)) if patterns else None
