"""Modules of mercure, as its documentation ("Module Development") and its release 0.4 start them."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from collega.adapters.container.plan import STUDY, Image, Mount, Places, Plan, make_open
from collega.errors import ManifestError
from collega.model.app import Manifest

# Where mercure itself mounts them; modules that do not look at the variables find them too.
INPUTS, OUTPUTS = "/tmp/data", "/tmp/output"  # noqa: S108 - places in the container
SETTINGS = "settings.json"
# Names that mercure gives a module's own files; the task is ours and no answer.
NAMED: Mapping[str, str] = {"result.json": "answer.json", "task.json": ""}
# Entries of a .tags file (mercure's getdcmtags) that study.json knows, by their names there.
TAGS: Mapping[str, str] = {
    "SOPInstanceUID": "sop_instance_uid",
    "SeriesInstanceUID": "series_instance_uid",
    "Modality": "modality",
    "BodyPartExamined": "body_part",
    "SeriesNumber": "series_number",
    "InstanceNumber": "instance_number",
}


def plan(manifest: Manifest, command: tuple[str, ...], _image: Image, places: Places) -> Plan:
    """Give the images under the names that mercure gives them, with their tags and a task.

    Raises
    ------
    ManifestError
        The app's file of settings is no JSON object.
    """
    described = json.loads((places.inputs / STUDY).read_text(encoding="utf-8"))
    task = _task(manifest, described, _settings(manifest))
    _give(places, places.given, described["study"], described["images"], described["patient"]["sex"])
    for prior in described.get("priors", ()):
        folder = places.given / prior["folder"]
        make_open(folder, places.given)
        _give(places, folder, prior, prior["images"], described["patient"]["sex"])
    if manifest.inputs is not None:
        (places.given / STUDY).hardlink_to(places.inputs / STUDY)
    _write(places.given / "task.json", task)
    return Plan(
        mounts=(Mount(source=places.given, target=INPUTS), Mount(source=places.taken, target=OUTPUTS, writable=True)),
        environment={
            "MERCURE_IN_DIR": INPUTS,
            "MERCURE_OUT_DIR": OUTPUTS,
            # mercure gives every module these too.
            "MONAI_INPUTPATH": INPUTS,
            "MONAI_OUTPUTPATH": OUTPUTS,
            "HOLOSCAN_INPUT_PATH": INPUTS,
            "HOLOSCAN_OUTPUT_PATH": OUTPUTS,
        },
        command=command,
        time_limit_s=manifest.run.time_limit_s,
    )


def _settings(manifest: Manifest) -> dict[str, Any]:
    file = manifest.folder / SETTINGS
    if not file.exists():
        return {}
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{file}: not readable as JSON: {error}"
        raise ManifestError(message) from None
    if not isinstance(settings, dict):
        message = f"{file}: expected a JSON object"
        raise ManifestError(message)
    return settings


def _task(manifest: Manifest, described: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Make a task of one step on a study (mercure, class Task); who the patient is stays out of it."""
    uid = described["study"]["study_instance_uid"]
    return {
        "id": uid,
        "info": {
            "action": "process",
            "uid": uid,
            "uid_type": "study",
            "triggered_rules": manifest.id,
            "applied_rule": manifest.id,
            "patient_name": "",
            "mrn": "",
            "acc": "",
            "mercure_version": "",
            "mercure_appliance": "collega",
            "mercure_server": "collega",
        },
        "dispatch": {},
        "process": {
            "module_name": manifest.id,
            "module_config": None,
            "settings": settings,
            "retain_input_images": False,
            "output": None,
        },
        "study": {},
        "nomad_info": None,
    }


def _give(
    places: Places, folder: Path, study: Mapping[str, Any], images: Sequence[Mapping[str, Any]], sex: str | None
) -> None:
    """Lay the images of a study into a folder."""
    for image in images:
        name = f"{image['series_instance_uid']}#{image['sop_instance_uid']}"
        (folder / f"{name}.dcm").hardlink_to(places.inputs / image["file"])
        _write(folder / f"{name}.tags", _tags(study, image, sex))


def _tags(study: Mapping[str, Any], image: Mapping[str, Any], sex: str | None) -> dict[str, str]:
    tags = {name: image[key] for name, key in TAGS.items()}
    tags["StudyInstanceUID"] = study["study_instance_uid"]
    tags["StudyDescription"] = study["study_description"]
    tags["PatientSex"] = sex
    return {name: _text(value) for name, value in tags.items()}


def _text(value: object) -> str:
    """Write a value as mercure's reader does: all are text, what is missing is empty."""
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    return "" if whole is None else str(whole)


def _write(file: Path, content: object) -> None:
    file.write_text(json.dumps(content, indent=1), encoding="utf-8")
