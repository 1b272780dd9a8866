"""The tables ``[run]`` and ``[use]`` of a manifest: what each runtime asks for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collega.model.runtime import ContainerSpec, DicomSpec, HttpSpec, Package, RunSpec, Runtime, Use, Way

# What belongs to one runtime alone.
OWN_KEYS: Mapping[str, str] = {
    "entry": "python",
    "preload": "python",
    "container": "container",
    "http": "http",
    "dicom": "dicom",
}
# What each runtime cannot do without.
NEEDED: Mapping[str, str] = {"python": "entry", "container": "container", "http": "http", "dicom": "dicom"}


def runtime_problems(data: Mapping[str, Any], folder: Path) -> list[str]:
    """List what is wrong with ``[run]`` and ``[use]`` beyond their form."""
    run, use = data["run"], data.get("use", {})
    runtime = run["runtime"]
    problems = [
        f"run.{key}: only the runtime {owner} knows it, this one is {runtime}"
        for key, owner in OWN_KEYS.items()
        if key in run and owner != runtime
    ]
    if NEEDED[runtime] not in run:
        problems.append(f"run.{NEEDED[runtime]}: missing key; the runtime {runtime} needs it")
    elif runtime == "python":
        module = run["entry"].split(":")[0].split(".")[0]
        if not (folder / f"{module}.py").exists() and not (folder / module / "__init__.py").exists():
            problems.append(f"run.entry: expected a module {module!r} in {folder}")
    http = run.get("http", {})
    if bool(http.get("certificate")) != bool(http.get("key")):
        problems.append("run.http: expected both certificate and key, or neither")
    if http.get("free_text") and not http.get("cloud"):
        problems.append("run.http.free_text: it is asked for a service in the cloud alone; others are given it anyway")
    if http.get("cloud") and use.get("way") == Way.OWN_SCREEN:
        problems.append("use.way: no own-screen where run.http.cloud is set: what it shows would be who it is")
    if (use.get("way") == Way.OWN_SCREEN) != ("screen" in use):
        problems.append("use.screen: expected the address of the screen where way is own-screen, and nowhere else")
    return problems


def read_run(run: Mapping[str, Any]) -> RunSpec:
    """Make the record of ``[run]``."""
    container, http, dicom = run.get("container"), run.get("http"), run.get("dicom")
    return RunSpec(
        runtime=Runtime(run["runtime"]),
        entry=run.get("entry", ""),
        preload=tuple(run.get("preload", ())),
        time_limit_s=float(run["time_limit_s"]),
        memory_mb=run["memory_mb"],
        output_mb=run["output_mb"],
        attempts=run["attempts"],
        at_once=run.get("at_once"),
        gpus=run.get("gpus", 0),
        container=_container(container) if container else None,
        http=_http(http) if http else None,
        dicom=_dicom(dicom) if dicom else None,
    )


def read_use(use: Mapping[str, Any]) -> Use:
    """Make the record of ``[use]``."""
    return Use(**{**use, "way": Way(use.get("way", Way.AUTOMATIC))})


def _container(data: Mapping[str, Any]) -> ContainerSpec:
    return ContainerSpec(
        image=data["image"],
        package=Package(data.get("package", Package.COLLEGA)),
        command=tuple(data.get("command", ())),
        processes=data.get("processes", 256),
    )


def _http(data: Mapping[str, Any]) -> HttpSpec:
    return HttpSpec(
        url=data["url"],
        is_cloud=data.get("cloud", False),
        certificate=data.get("certificate", ""),
        key=data.get("key", ""),
        ca=data.get("ca", ""),
        wants_free_text=data.get("free_text", False),
    )


def _dicom(data: Mapping[str, Any]) -> DicomSpec:
    return DicomSpec(
        host=data["host"],
        port=data["port"],
        aet=data["aet"],
        answers_from=tuple(data.get("answers_from", (data["aet"],))),
        settle_s=float(data.get("settle_s", 2.0)),
    )
