"""MONAI Application Packages (MAP), of the releases 0.1 (``/etc/monai``) and 1.0 (``/etc/holoscan``).

Source: "MONAI Application Package", guidelines of Project-MONAI/monai-deploy: *Hosting Environment*, *Application
Manifest*, *Package Manifest*. Where two names of a field are given, they are those of 1.0 and of 0.1.
"""

import json
import shlex
from pathlib import Path, PurePosixPath

from collega.adapters.container.declared import Declared, read_declared
from collega.adapters.container.plan import Image, Mount, Places, Plan, make_open
from collega.errors import ManifestError
from collega.model.app import Manifest
from collega.model.runtime import RunSpec

# Where an image keeps its two manifests, the newer release first.
FOLDERS = ("/etc/holoscan", "/etc/monai")
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
    app = read_declared(f"{folder}/app.json", image.files[f"{folder}/app.json"])
    package = read_declared(f"{folder}/pkg.json", image.files.get(f"{folder}/pkg.json", b"{}"))
    resources = package.inner("resources", "resource")
    _hold_against(manifest.run, resources)
    name = PurePosixPath(folder).name
    workdir = PurePosixPath(app.text(f"/var/{name}", "workingDirectory", "working-directory"))
    inputs, outputs = (workdir / app.inner(kind).text(kind, "path") for kind in ("input", "output"))
    asked, allowed = app.number("timeout"), manifest.run.time_limit_s
    return Plan(
        mounts=(
            Mount(source=_given(manifest, places), target=str(inputs)),
            Mount(source=places.taken, target=str(outputs), writable=True),
        ),
        environment={
            **{str(key): str(value) for key, value in app.inner("environment").fields.items()},
            **_environment(inputs, outputs, workdir, package.text(f"/opt/{name}/models", "modelRoot", "model-root")),
        },
        command=command or _command(app),
        workdir=str(workdir),
        time_limit_s=min(asked or allowed, allowed),
        shared_memory_mb=int(resources.megabytes("64Mi", "sharedMemory")),
    )


def _given(manifest: Manifest, places: Places) -> Path:
    """Find the folder of the images; where more was asked for, make one that holds ``priors`` and ``study.json`` too.

    By its contract a package finds files at its input path, and says nothing of what else may stand there: one that
    asks for nothing more gets images alone.
    """
    if manifest.inputs is None:
        return places.inputs / "dicom"
    for file in (path for path in places.inputs.rglob("*") if path.is_file()):
        name = file.relative_to(places.inputs)
        target = places.given / (name.name if name.parts[0] == "dicom" else name)
        if not target.parent.exists():
            make_open(target.parent, places.given)
        target.hardlink_to(file)
    return places.given


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


def _command(app: Declared) -> tuple[str, ...]:
    """Make words of the command: a list, a list as text, plain words, or a line for a shell."""
    value = app.found("command")
    try:
        if isinstance(value, str) and value.lstrip().startswith("["):
            value = json.loads(value)
        if isinstance(value, str) and not SHELL_SIGNS & set(value):
            value = shlex.split(value)
    except (ValueError, RecursionError):
        raise app.odd("command", "a command", value) from None
    if isinstance(value, list) and value and all(isinstance(word, str) and word for word in value):
        return tuple(value)
    if isinstance(value, str):
        return ("/bin/sh", "-c", value)
    raise app.odd("command", "a command", value)


def _hold_against(run: RunSpec, resources: Declared) -> None:
    """Refuse a package that the site gives less than it says it needs: it would fail half way."""
    memory, gpus = resources.megabytes("0", "memory"), resources.number("gpu")
    if memory > run.memory_mb:
        message = f"the package asks for {memory:g} MB of memory, run.memory_mb is {run.memory_mb}"
        raise ManifestError(message)
    if gpus > run.gpus:
        message = f"the package asks for {gpus:g} graphics processors, run.gpus is {run.gpus}"
        raise ManifestError(message)
