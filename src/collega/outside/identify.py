"""An answer from outside: held against what was sent, and given back its names."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

from collega.errors import QuarantineError
from collega.formats.dicom_study import UNREADABLE
from collega.formats.dicom_write import encode
from collega.outside.crossing import DATED, IDENTITY, STANDARD_ROOT, Crossing, elements, values

# Read by the step ``normalise`` in the place of an answer that is set apart.
APART = "set-apart.json"
# Keyword -> code, where it names what was not sent.
REFERENCES = {
    "StudyInstanceUID": "wrong-study",
    "ReferencedSOPInstanceUID": "unknown-image",
    "SourceInstanceUID": "unknown-image",
}
MADE_OUTSIDE = (
    *("PatientIdentityRemoved", "DeidentificationMethod", "DeidentificationMethodCodeSequence"),
    "LongitudinalTemporalInformationModified",
)
# When the answer itself was made, by the clock of the service: never a date that was sent.
ABOUT_ITSELF = frozenset({"ContentDate", "InstanceCreationDate", "PresentationCreationDate", "ContributionDateTime"})
BULK = frozenset({"OB", "OW", "OD", "OF", "OL", "OV"})
LONGEST_SEARCHED = 1 << 20
KNOWS = "the answer holds a number, name or UID of the patient, which the service was never told"


def identify(answered: Path, outputs: Path, crossing: Crossing) -> set[str]:
    """Lay an answer into ``outputs`` under its real names.

    Returns
    -------
    set of str
        What looks like pseudonyms of ours that were not sent with this study: those of another patient, perhaps.

    Raises
    ------
    QuarantineError
        ``knows-identity``, ``changed-identity``, ``wrong-study``, ``unknown-image`` or ``not-json``.
    """
    strangers: set[str] = set()
    objects = {path: _read(path) for path in sorted((answered / "dicom").glob("*"))}
    own = {str(one.get("SOPInstanceUID") or "") for one in objects.values()}
    for path in sorted(item for item in answered.rglob("*") if item.is_file()):
        target = outputs / path.relative_to(answered)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path in objects:
            strangers |= _bring_object(objects[path], target, crossing, own)
        elif path.suffix == ".json":
            strangers |= _bring_json(path, target, crossing)
        else:
            _refuse_knowledge(crossing, path.read_bytes()[:LONGEST_SEARCHED].decode("latin-1"))
            shutil.copyfile(path, target)
    return strangers


def set_apart(outputs: Path, error: QuarantineError) -> None:
    """Leave word in the place of an answer that is not used."""
    shutil.rmtree(outputs)
    outputs.mkdir()
    (outputs / APART).write_text(json.dumps({"code": error.code, "text": str(error)}), encoding="utf-8")


def refuse_what_is_apart(outputs: Path) -> None:
    """Raise `QuarantineError` where an answer was set apart when it came in."""
    if (outputs / APART).is_file():
        said = json.loads((outputs / APART).read_text(encoding="utf-8"))
        raise QuarantineError(said["code"], said["text"])


def _read(path: Path) -> Dataset:
    try:
        return dcmread(path)
    except UNREADABLE as error:
        text = f"an object of the answer cannot be read ({type(error).__name__})"
        raise QuarantineError("not-dicom", text) from error


def _refuse_knowledge(crossing: Crossing, text: str) -> None:
    if crossing.secrets.are_in(text):
        raise QuarantineError("knows-identity", KNOWS)


def _bring_json(path: Path, target: Path, crossing: Crossing) -> set[str]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        text = f"{path.name} is no JSON"
        raise QuarantineError("not-json", text) from None
    texts = list(_texts(told))
    _refuse_knowledge(crossing, "\n".join(texts))
    target.write_text(json.dumps(_home(told, crossing)), encoding="utf-8")
    return {found for text in texts for found in crossing.strangers(text)}


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        for name, held in value.items():
            yield name
            yield from _texts(held)
    elif isinstance(value, list):
        for held in value:
            yield from _texts(held)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield str(value)


def _home(value: Any, crossing: Crossing) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {crossing.home(name): _home(held, crossing) for name, held in value.items()}
    if isinstance(value, list):
        return [_home(held, crossing) for held in value]
    return crossing.home(value) if isinstance(value, str) else value


def _bring_object(dataset: Dataset, target: Path, crossing: Crossing, own: set[str]) -> set[str]:
    try:
        number = str(dataset.get("PatientID") or "")
        found = list(elements(dataset))
        strangers = {one for element in found for one in _checked(element, crossing, own)}
        if number and number != crossing.patient:
            text = "the answer bears another Patient ID than the images that were sent"
            raise QuarantineError("changed-identity", text)
        for element in found:
            _bring_element(element, crossing)
        _give_identity(dataset, crossing)
        target.write_bytes(encode(dataset))
    except UNREADABLE as error:
        text = f"an object of the answer cannot be read ({type(error).__name__})"
        raise QuarantineError("not-dicom", text) from error
    return strangers


def _checked(element: DataElement, crossing: Crossing, own: set[str]) -> set[str]:
    if element.VR in BULK:
        return set()
    if isinstance(element.value, bytes):
        _refuse_knowledge(crossing, element.value[:LONGEST_SEARCHED].decode("latin-1"))
        return set()
    strangers: set[str] = set()
    for value in values(element):
        _refuse_knowledge(crossing, value)
        is_known = value in crossing.back or value in own or value.startswith(STANDARD_ROOT)
        if element.keyword in REFERENCES and not is_known:
            text = f"the answer refers to {value} ({element.keyword}), which was not sent"
            raise QuarantineError(REFERENCES[element.keyword], text)
        if value not in own:
            strangers |= crossing.strangers(value)
    return strangers


def _bring_element(element: DataElement, crossing: Crossing) -> None:
    if element.VR in BULK or isinstance(element.value, bytes) or element.VR in {"PN", "AT"}:
        return
    if element.keyword in ABOUT_ITSELF:
        return
    home = crossing.true_moment if element.VR in DATED else crossing.home
    held = element.value
    if element.VM > 1:
        element.value = [home(one) if isinstance(one, str) else one for one in held]
    elif isinstance(held, str):
        element.value = home(held)


def _give_identity(dataset: Dataset, crossing: Crossing) -> None:
    """Put in what the images said of patient and study, and take out that it was taken out."""
    for keyword in MADE_OUTSIDE:
        if keyword in dataset:
            delattr(dataset, keyword)
    for keyword in IDENTITY:
        if keyword in crossing.identity:
            dataset[keyword] = crossing.identity[keyword]
        elif keyword in dataset:
            delattr(dataset, keyword)
    dataset.SpecificCharacterSet = "ISO_IR 192"  # the names of the one, the texts of the other
