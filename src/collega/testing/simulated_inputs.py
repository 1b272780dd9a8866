"""What a simulator makes of what it asked for: it says what it used, and which values lie beyond a bound."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

MAGIC = b"DICM"
PREAMBLE = 128
LONGEST_NUMBER = 3


def used(given: Mapping[str, Any], inputs: Path, bounds: Mapping[str, Mapping[str, float]]) -> list[dict[str, str]]:
    """Give the note for the reader, nothing where the app asked for nothing; what is missing is told by collega.

    Parameters
    ----------
    given : Mapping
        ``study.json``.
    inputs : Path
        The folder that holds the images of the priors.
    bounds : Mapping
        By id of a laboratory value: ``above`` or ``below`` which it is remarkable, in the unit of the manifest.
    """
    if "missing" not in given:
        return []
    told = [*_priors(given, inputs), *_values(given, bounds)]
    en, nl = (", ".join(words) for words in zip(*told, strict=True)) if told else ("images alone", "alleen beelden")
    return [{"en": f"used: {en}", "nl": f"gebruikt: {nl}"}]


def _priors(given: Mapping[str, Any], inputs: Path) -> Iterator[tuple[str, str]]:
    for prior in given.get("priors", ()):
        kind = prior["images"][0]["modality"]
        count = sum(_is_dicom(inputs / image["file"]) for image in prior["images"])
        date = prior["study_date"]
        yield (
            f"earlier {kind} of {date[:4]}-{date[4:6]}-{date[6:]} ({count} images)",
            f"eerdere {kind} van {date[6:]}-{date[4:6]}-{date[:4]} ({count} beelden)",
        )


def _values(given: Mapping[str, Any], bounds: Mapping[str, Mapping[str, float]]) -> Iterator[tuple[str, str]]:
    for item in given.get("laboratory", ()):
        bound, value = bounds.get(item["id"], {}), item["value"]
        number = f"{item['comparator'] or ''}{value:.{LONGEST_NUMBER}g}"
        en = nl = f"{item['id']} {number} {item['unit']}"
        if value > bound.get("above", value):
            en, nl = f"{en} (above {bound['above']:g})", f"{nl} (boven {bound['above']:g})"
        if value < bound.get("below", value):
            en, nl = f"{en} (below {bound['below']:g})", f"{nl} (onder {bound['below']:g})"
        yield en, nl


def _is_dicom(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(PREAMBLE + len(MAGIC))[PREAMBLE:] == MAGIC
