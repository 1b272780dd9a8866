"""MONAI Application Packages (MAP), of the releases 0.1 (``/etc/monai``) and 1.0 (``/etc/holoscan``).

Source: "MONAI Application Package", guidelines of Project-MONAI/monai-deploy: *Hosting Environment*, *Application
Manifest*, *Package Manifest*.
"""

import json
import re
import shlex
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from collega.adapters.container.plan import Image, Mount, Places, Plan
from collega.errors import ManifestError
from collega.model.app import Manifest
from collega.model.runtime import RunSpec

# Where an image keeps its two manifests, the newer release first.
FOLDERS = ("/etc/holoscan", "/etc/monai")
# The same field in the spelling of 1.0, and of 0.1.
SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "workdir": ("workingDirectory", "working-directory"),
    "models": ("modelRoot", "model-root"),
    "application": ("applicationRoot", "application-root"),
    "resources": ("resources", "resource"),
}
UNITS: Mapping[str, float] = {"": 1 / (1024 * 1024), "Mi": 1, "MiB": 1, "Gi": 1024, "GiB": 1024}
AMOUNT = re.compile(r"(\d+(?:\.\d+)?)\s*(|Mi|MiB|Gi|GiB)")
# What only a shell understands.
SHELL_SIGNS = frozenset("|&;<>()$`*?~#=%\n")


def plan(manifest: Manifest, command: tuple[str, ...], image: Image, places: Places) -> Plan:
    """Start a package as it declares itself, within what the site allows it.

    Raises
    ------
    ManifestError
        The image declares nothing, or asks for more than ``[run]`` gives it.
    """
    folder = next((name for name in FOLDERS if f"{name}/app.json" in image.files), None)
    if folder is None:
        message = f"the image holds no app.json in {' or '.join(FOLDERS)}: it is no MONAI Application Package"
        raise ManifestError(message)
    app = _read(image, f"{folder}/app.json")
    package = _read(image, f"{folder}/pkg.json") if f"{folder}/pkg.json" in image.files else {}
    resources = _field(package, "resources", {})
    _hold_against(manifest.run, resources)
    root = f"/var/{PurePosixPath(folder).name}"
    workdir = PurePosixPath(str(_field(app, "workdir", root)))
    inputs, outputs = (workdir / str(_object(app, kind).get("path", kind)) for kind in ("input", "output"))
    models = _field(package, "models", f"/opt/{PurePosixPath(folder).name}/models")
    if not isinstance(models, str):  # 0.1 lists its models under that name
        models = f"/opt/{PurePosixPath(folder).name}/models"
    asked = float(app.get("timeout") or 0)
    return Plan(
        mounts=(
            Mount(source=places.inputs / "dicom", target=str(inputs)),
            Mount(source=places.taken, target=str(outputs), writable=True),
        ),
        environment={
            **{str(name): str(value) for name, value in _object(app, "environment").items()},
            **_environment(inputs, outputs, workdir, models),
        },
        command=command or _command(app.get("command")),
        workdir=str(workdir),
        time_limit_s=min(asked or manifest.run.time_limit_s, manifest.run.time_limit_s),
        shared_memory_mb=int(_megabytes(resources.get("sharedMemory", "64Mi"))),
    )


def _environment(inputs: PurePosixPath, outputs: PurePosixPath, workdir: PurePosixPath, models: str) -> dict[str, str]:
    """Name the places in both releases' words: SDKs in between read the one or the other."""
    return {
        "MONAI_INPUTPATH": str(inputs),
        "MONAI_OUTPUTPATH": str(outputs),
        "MONAI_WORKDIR": str(workdir),
        "MONAI_MODELPATH": models,
        "HOLOSCAN_INPUT_PATH": str(inputs),
        "HOLOSCAN_OUTPUT_PATH": str(outputs),
        "HOLOSCAN_WORKDIR": str(workdir),
        "HOLOSCAN_MODEL_PATH": models,
        "HOLOSCAN_LOGS": "/tmp",  # noqa: S108 - in the container, where nothing else can be written
    }


def _command(declared: object) -> tuple[str, ...]:
    """Make words of a declared command: a list, a list as text, plain words, or a line for a shell."""
    if isinstance(declared, str) and declared.lstrip().startswith("["):
        declared = json.loads(declared)
    if isinstance(declared, list) and declared:
        return tuple(map(str, declared))
    if not isinstance(declared, str) or not declared.strip():
        message = "the image's app.json has no command"
        raise ManifestError(message)
    if SHELL_SIGNS & set(declared):
        return ("/bin/sh", "-c", declared)
    return tuple(shlex.split(declared))


def _hold_against(run: RunSpec, resources: Mapping[str, Any]) -> None:
    """Refuse a package that the site gives less than it says it needs: it would fail half way."""
    memory, gpus = _megabytes(resources.get("memory", "0")), float(resources.get("gpu", 0))
    if memory > run.memory_mb:
        message = f"the package asks for {memory:g} MB of memory, run.memory_mb is {run.memory_mb}"
        raise ManifestError(message)
    if gpus > run.gpus:
        message = f"the package asks for {gpus:g} graphics processors, run.gpus is {run.gpus}"
        raise ManifestError(message)


def _megabytes(text: object) -> float:
    match = AMOUNT.fullmatch(str(text).strip())
    if match is None:
        message = f"the image's pkg.json: {text!r} is no amount of memory"
        raise ManifestError(message)
    return float(match[1]) * UNITS[match[2]]


def _field(data: Mapping[str, Any], name: str, missing: Any) -> Any:  # noqa: ANN401 - JSON of another
    return next((data[key] for key in SPELLINGS[name] if data.get(key)), missing)


def _object(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name) or {}
    if not isinstance(value, dict):
        message = f"the image's app.json: expected an object under {name}"
        raise ManifestError(message)
    return value


def _read(image: Image, name: str) -> dict[str, Any]:
    try:
        data = json.loads(image.files[name])
    except ValueError as error:
        message = f"the image's {name} is no JSON: {error}"
        raise ManifestError(message) from None
    if not isinstance(data, dict):
        message = f"the image's {name}: expected a JSON object"
        raise ManifestError(message)
    return data
