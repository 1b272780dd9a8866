"""The grammar of ``[accepts]`` in an app's manifest: data, never code.

Every key names an attribute of an image or of the study and holds a list or a range. All keys must
hold. An empty string in a list accepts a missing value.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from collega.model.study import Attribute


class Shape(StrEnum):
    """How the value of a key is written and compared."""

    ONE_OF = "one of"
    HAS_ALL = "has all of"
    HAS_NONE = "has none of"
    CONTAINS = "contains one of"
    CONTAINS_NOT = "contains none of"
    RANGE = "lies in"
    COUNT = "at least"


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One key of the grammar: its shape, and the attribute that it reads."""

    shape: Shape
    attribute: str


# Keys that each image must fulfil.
IMAGE_RULES: Mapping[str, Rule] = {
    "modality": Rule(shape=Shape.ONE_OF, attribute="modality"),
    "body_part": Rule(shape=Shape.ONE_OF, attribute="body_part"),
    "view": Rule(shape=Shape.ONE_OF, attribute="view_position"),
    "laterality": Rule(shape=Shape.ONE_OF, attribute="laterality"),
    "image_type": Rule(shape=Shape.HAS_ALL, attribute="image_type"),
    "image_type_not": Rule(shape=Shape.HAS_NONE, attribute="image_type"),
    "presentation_intent": Rule(shape=Shape.ONE_OF, attribute="presentation_intent"),
    "sop_class": Rule(shape=Shape.ONE_OF, attribute="sop_class_uid"),
    "transfer_syntax": Rule(shape=Shape.ONE_OF, attribute="transfer_syntax_uid"),
    "manufacturer": Rule(shape=Shape.CONTAINS, attribute="manufacturer"),
    "series_description": Rule(shape=Shape.CONTAINS, attribute="series_description"),
    "series_description_not": Rule(shape=Shape.CONTAINS_NOT, attribute="series_description"),
    "protocol": Rule(shape=Shape.CONTAINS, attribute="protocol_name"),
    "kernel": Rule(shape=Shape.CONTAINS, attribute="kernel"),
    "contrast": Rule(shape=Shape.CONTAINS, attribute="contrast"),
    "slice_thickness_mm": Rule(shape=Shape.RANGE, attribute="slice_thickness_mm"),
    "rows": Rule(shape=Shape.RANGE, attribute="rows"),
    "columns": Rule(shape=Shape.RANGE, attribute="columns"),
    "frames": Rule(shape=Shape.RANGE, attribute="frames"),
}
# Keys that a series must fulfil with the images that are left.
SERIES_RULES: Mapping[str, Rule] = {
    "minimum_slices": Rule(shape=Shape.COUNT, attribute="images in the series"),
}
# Keys that the study must fulfil.
STUDY_RULES: Mapping[str, Rule] = {
    "age_years": Rule(shape=Shape.RANGE, attribute="age_years"),
    "sex": Rule(shape=Shape.ONE_OF, attribute="sex"),
    "study_description": Rule(shape=Shape.CONTAINS, attribute="study_description"),
    "minimum_images": Rule(shape=Shape.COUNT, attribute="images accepted"),
}
RULES: Mapping[str, Rule] = {**IMAGE_RULES, **SERIES_RULES, **STUDY_RULES}


def fulfils(rule: Rule, wanted: Any, got: Attribute) -> bool:  # noqa: ANN401 - checked by the manifest's schema
    """Hold one value against one key.

    Parameters
    ----------
    rule : Rule
    wanted : list of str, table with ``at_least`` and ``at_most``, or number
        As the manifest writes it.
    got : Attribute
        None where the image or study does not say.
    """
    return _COMPARE[rule.shape](wanted, got)


def _one_of(wanted: list[str], got: Attribute) -> bool:
    return str(got or "").strip().upper() in {item.upper() for item in wanted}


def _has_all(wanted: list[str], got: Attribute) -> bool:
    return {item.upper() for item in wanted} <= _parts(got)


def _has_none(wanted: list[str], got: Attribute) -> bool:
    return not {item.upper() for item in wanted} & _parts(got)


def _parts(got: Attribute) -> set[str]:
    items = got if isinstance(got, tuple) else (str(got),) if got is not None else ()
    return {item.strip().upper() for item in items}


def _contains(wanted: list[str], got: Attribute) -> bool:
    text = " ".join(got) if isinstance(got, tuple) else str(got or "")
    return any((item.upper() in text.upper()) if item else not text for item in wanted)


def _contains_not(wanted: list[str], got: Attribute) -> bool:
    return not _contains(wanted, got)


def _range(wanted: Mapping[str, Any], got: Attribute) -> bool:
    if not isinstance(got, int | float):
        return bool(wanted.get("missing_ok", False))
    return bool(wanted.get("at_least", got) <= got <= wanted.get("at_most", got))


def _count(wanted: float, got: Attribute) -> bool:
    return isinstance(got, int | float) and got >= wanted


_COMPARE: Mapping[Shape, Callable[[Any, Attribute], bool]] = {
    Shape.ONE_OF: _one_of,
    Shape.HAS_ALL: _has_all,
    Shape.HAS_NONE: _has_none,
    Shape.CONTAINS: _contains,
    Shape.CONTAINS_NOT: _contains_not,
    Shape.RANGE: _range,
    Shape.COUNT: _count,
}
