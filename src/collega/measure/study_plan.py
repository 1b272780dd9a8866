"""Plans of analysis, frozen before the data are seen: whoever has the hash can tell that nothing was changed (R68)."""

import hashlib
import json
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields

from collega.errors import InputError


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

    def canonical(self) -> str:
        """Write as JSON in one way only: keys in order, no spaces, numbers as Python writes floats, text in NFC."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return unicodedata.normalize("NFC", text)

    def frozen(self) -> str:
        """Give the SHA-256 of the canonical form, as hexadecimal digits."""
        return hashlib.sha256(self.canonical().encode()).hexdigest()


KINDS: Mapping[str, tuple[type, ...]] = {"str": (str,), "float": (int, float), "int": (int,), "tuple": (list,)}


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
    known = {field.name: KINDS[getattr(field.type, "__name__", "str")] for field in fields(StudyPlan)}
    optional = {"margin", "confidence", "subgroups"}
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
    return plan


def _fits(value: object, kinds: tuple[type, ...] | None) -> bool:
    if kinds is None:
        return True
    if isinstance(value, list):
        return kinds == (list,) and all(isinstance(item, str) for item in value)
    return isinstance(value, kinds) and not isinstance(value, bool) and value == value  # noqa: PLR0124 - not NaN
