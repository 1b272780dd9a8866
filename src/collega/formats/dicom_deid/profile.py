"""What a project takes out, and what it leaves: a record, made by name or from a TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydicom.datadict import tag_for_keyword

from collega.errors import ConfigurationError
from collega.formats.dicom_deid.options import Option

# Left, top, width, height in pixels.
Box = tuple[int, int, int, int]


@dataclass(frozen=True, kw_only=True)
class Area:
    """Pixels of one kind of image that are painted over.

    Parameters
    ----------
    modality, manufacturer, model : str
        What Modality, Manufacturer and ManufacturerModelName must hold; an empty one asks for nothing.
    rows, columns : int
        Size that the image must have, in pixels; 0 asks for nothing.
    boxes : tuple of tuple of int
        What is painted over.
    """

    modality: str = ""
    manufacturer: str = ""
    model: str = ""
    rows: int = 0
    columns: int = 0
    boxes: tuple[Box, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SafePrivate:
    """A private element that holds nothing of a patient, and may stay as a number."""

    creator: str
    group: int
    element: int
    vr: str


@dataclass(frozen=True, kw_only=True)
class Profile:
    """How objects of one project are de-identified.

    Parameters
    ----------
    project : str
        The project; objects of two projects have nothing in common.
    name : str
        Name under which the profile goes in DeidentificationMethod.
    options : frozenset of Option
        Options of PS3.15 Annex E that are on.
    keep : frozenset of str
        Keywords of elements that stay although a rule would take them out. The conformance to the basic
        profile is then no longer claimed.
    remove : frozenset of str
        Keywords of elements that go although a rule would leave them.
    safe_private : tuple of SafePrivate
        Private elements that stay with `Option.RETAIN_SAFE_PRIVATE`, besides those of PS3.15 table E.3.10-1.
    areas : tuple of Area
        Pixels to paint over with `Option.CLEAN_PIXELS`.
    holds_back_burned_in : bool
        Whether an object that says that it has text burned in, and has no rule for it, is held back.
    looks_for_text : bool
        Whether pixels that may hold text are looked at, for a warning.
    pseudonymous_accession : bool
        Whether an accession number gets a pseudonym instead of going: objects of one order stay together.
    """

    project: str = "default"
    name: str = "basic"
    options: frozenset[Option] = frozenset()
    keep: frozenset[str] = frozenset()
    remove: frozenset[str] = frozenset()
    safe_private: tuple[SafePrivate, ...] = ()
    areas: tuple[Area, ...] = ()
    holds_back_burned_in: bool = True
    looks_for_text: bool = True
    pseudonymous_accession: bool = False

    def __post_init__(self) -> None:
        """Refuse options that contradict each other, and keywords that do not exist."""
        unknown = sorted(word for word in self.keep | self.remove if tag_for_keyword(word) is None)
        if unknown:
            message = f"profile {self.name}: no such attribute: {', '.join(unknown)}"
            raise ConfigurationError(message)
        if {Option.FULL_DATES, Option.MODIFIED_DATES} <= self.options:
            message = f"profile {self.name}: {Option.FULL_DATES} and {Option.MODIFIED_DATES} exclude each other"
            raise ConfigurationError(message)


PRESETS: Mapping[str, frozenset[Option]] = {
    "basic": frozenset(),
    "research": frozenset(
        {
            Option.RETAIN_PATIENT,
            Option.MODIFIED_DATES,
            Option.RETAIN_SAFE_PRIVATE,
            Option.CLEAN_DESCRIPTORS,
            Option.CLEAN_CONTENT,
            Option.CLEAN_GRAPHICS,
            Option.CLEAN_PIXELS,
        }
    ),
}


def preset(name: str, project: str) -> Profile:
    """Give a shipped profile.

    Raises
    ------
    ConfigurationError
        There is none of that name.
    """
    if name not in PRESETS:
        message = f"no profile {name!r}: one of {', '.join(PRESETS)}, or a file that ends in .toml"
        raise ConfigurationError(message)
    return Profile(project=project, name=name, options=PRESETS[name])


def read_profile(text: str, name: str, project: str) -> Profile:
    """Read a profile as TOML.

    Raises
    ------
    ConfigurationError
        It is no TOML, or holds a key or an option that does not exist.
    """
    try:
        values = tomllib.loads(text)
        base = preset(str(values.pop("base", "basic")), project)
        fields = {key: READERS[key](value) for key, value in values.items()}
    except ConfigurationError:
        raise
    except KeyError as error:
        message = f"profile {name}: unknown key {error}; there are base, {', '.join(READERS)}"
        raise ConfigurationError(message) from None
    except (ValueError, TypeError) as error:
        message = f"profile {name}: {error}"
        raise ConfigurationError(message) from None
    fields["options"] = fields.get("options", frozenset()) | base.options
    return replace(base, name=name, **fields)


def _flag(value: Any) -> bool:  # noqa: ANN401 - a value of TOML
    if not isinstance(value, bool):
        message = f"{value!r} is neither true nor false"
        raise TypeError(message)
    return value


def _words(value: Any) -> frozenset[str]:  # noqa: ANN401 - a value of TOML
    if not isinstance(value, list):
        message = f"{value!r} is no list"
        raise TypeError(message)
    return frozenset(str(word) for word in value)


def _options(value: Any) -> frozenset[Option]:  # noqa: ANN401 - a value of TOML
    return frozenset(Option(word) for word in _words(value))


def _boxes(value: Any) -> tuple[Box, ...]:  # noqa: ANN401 - a value of TOML
    return tuple((int(left), int(top), int(width), int(height)) for left, top, width, height in value)


def _areas(value: Any) -> tuple[Area, ...]:  # noqa: ANN401 - a value of TOML
    return tuple(Area(**{**item, "boxes": _boxes(item["boxes"])}) for item in value)


READERS: Mapping[str, Any] = {
    "options": _options,
    "keep": _words,
    "remove": _words,
    "safe_private": lambda value: tuple(SafePrivate(**item) for item in value),
    "areas": _areas,
    "holds_back_burned_in": _flag,
    "looks_for_text": _flag,
    "pseudonymous_accession": _flag,
}
