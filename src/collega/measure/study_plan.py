"""Plans of analysis, frozen before the data are seen: whoever has the hash can tell that nothing was changed (R68)."""

import hashlib
import json
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from math import isfinite

from collega.errors import InputError
from collega.formats.reporting_items import NUMBERS

LATER = frozenset({"intended_use", "labels", "items", "prevalence"})
STRENGTHS = frozenset({"", "weak", "strong"})


@dataclass(frozen=True, kw_only=True, slots=True)
class StudyPlan:
    """What will be asked, of which cases, and what counts as an answer.

    Attributes
    ----------
    title, question, app, version, reference, primary : str
        ``reference`` says how the truth is made, ``primary`` which figure decides.
    threshold : float
        Scores from it on are positive.
    margin : float
        By how much a new version may be worse and still count as not worse; 0 where that is not asked.
    cases : int
        How many are planned.
    confidence : float
        Of every interval.
    subgroups : tuple of str
        Columns, all that will be looked at.
    intended_use : str
        For which patients, users and moment.
    labels : str
        ``weak`` where nobody who judged the images made the truth (a program read reports), ``strong``, or empty.
    prevalence : float
        Share of disease where the app is to be used: predictive values are given at it too; 0 where none is named.
    items : mapping of str
        What the study says to items of a reporting guideline, by their number (`collega.formats.reporting_items`).
    """

    title: str
    question: str
    app: str
    version: str
    reference: str
    primary: str
    threshold: float
    cases: int
    margin: float = 0.0
    confidence: float = 0.95
    subgroups: tuple[str, ...] = ()
    intended_use: str = ""
    labels: str = ""
    prevalence: float = 0.0
    items: Mapping[str, str] = field(default_factory=dict)

    def canonical(self) -> str:
        """Write as JSON in one way only: keys in order, no spaces, numbers as Python writes floats, text in NFC.

        Keys that came later are left out where they are empty: plans that were frozen before keep their hash.
        """
        said = {key: value for key, value in asdict(self).items() if value or key not in LATER}
        text = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return unicodedata.normalize("NFC", text)

    def frozen(self) -> str:
        """Give the SHA-256 of the canonical form, as hexadecimal digits."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()


KINDS: Mapping[str, tuple[type, ...]] = {
    "str": (str,),
    "float": (int, float),
    "int": (int,),
    "tuple": (list,),
    "Mapping": (dict,),
}


def read_plan(text: str, name: str) -> StudyPlan:
    """Read a plan from TOML.

    Raises
    ------
    InputError
        It is no TOML, a key is missing or unknown, or a value is of the wrong kind.
    """
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = f"{name}: {error}"
        raise InputError(message) from error
    known = {one.name: KINDS[getattr(one.type, "__name__", "str")] for one in fields(StudyPlan)}
    optional = {"margin", "confidence", "subgroups"} | LATER
    wrong = [
        *(f"unknown key {key}" for key in said if key not in known),
        *(f"no key {key}" for key in known if key not in said and key not in optional),
        *(f"{key} is no {known[key][-1].__name__}" for key, value in said.items() if not _fits(value, known.get(key))),
    ]
    if wrong:
        message = f"{name}: {'; '.join(wrong)}"
        raise InputError(message)
    values = {key: float(value) if float in known[key] else value for key, value in said.items()}
    plan = StudyPlan(**values | {"subgroups": tuple(said.get("subgroups", ()))})
    if not (0.5 <= plan.confidence < 1 and 0 <= plan.margin < 1 and plan.cases > 0):  # noqa: PLR2004 - bounds of a level
        message = f"{name}: confidence lies from .5 to 1, margin from 0 to 1, and cases are positive"
        raise InputError(message)
    if not 0 <= plan.prevalence < 1:
        message = f"{name}: prevalence lies between 0 and 1, or is left out"
        raise InputError(message)
    if unknown := plan.items.keys() - NUMBERS:
        message = f"{name}: items names {', '.join(sorted(unknown))}, and no guideline does"
        raise InputError(message)
    if plan.labels not in STRENGTHS:
        message = f"{name}: labels is weak or strong, or left out"
        raise InputError(message)
    return plan


def _fits(value: object, kinds: tuple[type, ...] | None) -> bool:
    if kinds is None:
        return True
    if isinstance(value, list):
        return kinds == (list,) and all(isinstance(item, str) for item in value)
    if isinstance(value, dict):
        return kinds == (dict,) and all(isinstance(item, str) for item in value.values())
    return (
        isinstance(value, kinds)
        and not isinstance(value, bool)
        and not (isinstance(value, float) and not isfinite(value))
    )
