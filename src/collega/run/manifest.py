"""Reading ``app.toml``: an app is a folder that keeps the contract."""

import json
import math
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from collega.errors import ManifestError
from collega.model.app import FindingSpec, Manifest, Needs
from collega.model.code import Code, Text
from collega.model.finding import Direction
from collega.model.study import Priority
from collega.run.composite import read_rules, rule_problems
from collega.run.other_inputs import input_problems, read_inputs
from collega.run.results import read_results, results_problems, with_mapping
from collega.run.runtime import read_run, read_use, runtime_problems

FILE = "app.toml"
MOST_SHOWN = 60


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of the app in ``folder``.

    Raises
    ------
    ManifestError
        Names the file, the key, and what was expected; one line per problem.
    """
    file = folder / FILE
    try:
        data: Mapping[str, Any] = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        message = f"{file}: no such file; the folder of an app holds an {FILE}"
        raise ManifestError(message) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{file}: not readable as TOML: {error}"
        raise ManifestError(message) from None
    data = with_mapping(data, folder)
    problems = [f"{file}: {problem}" for problem in problems_of(data, folder)]
    if problems:
        raise ManifestError("\n".join(problems))
    return _manifest(data, folder)


def problems_of(data: Mapping[str, Any], folder: Path) -> list[str]:
    """List what is wrong with a manifest, each with its key and what was expected."""
    problems = form_problems(data, app_schema())
    problems += [f"{key}: expected a finite number, got {value}" for key, value in _endless(data, ())]
    return problems or _disagreements(data, folder)


def app_schema() -> dict[str, Any]:
    """Read the schema of a manifest."""
    schema: dict[str, Any] = json.loads((resources.files("collega.run") / "app.schema.json").read_text("utf-8"))
    return schema


def form_problems(data: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """List where data depart from a schema, each with its key and what was expected."""
    found = sorted(Draft202012Validator(schema).iter_errors(data), key=lambda error: list(map(str, error.path)))
    return [f"{_key(error.absolute_path)}: {_expected(error)}" for error in found]


def _disagreements(data: Mapping[str, Any], folder: Path) -> list[str]:
    problems = []
    if data["app"]["id"] != folder.resolve().name:
        problems.append(f"app.id: expected the name of its folder, {folder.resolve().name!r}")
    ids = [finding["id"] for finding in data["findings"]]
    if len(set(ids)) != len(ids):
        problems.append("findings: expected a different id for each finding")
    for index, finding in enumerate(data["findings"]):
        low, high = finding["scale"]
        if not low < high:
            problems.append(f"findings[{index}].scale: expected [low, high] with low below high, got {[low, high]}")
            continue
        allowed = finding.get("threshold_range", [low, high])
        if not low <= allowed[0] <= allowed[1] <= high:
            problems.append(f"findings[{index}].threshold_range: expected a range inside the scale, got {allowed}")
        elif "threshold" in finding and not allowed[0] <= finding["threshold"] <= allowed[1]:
            problems.append(f"findings[{index}].threshold: expected a value in {allowed}, got {finding['threshold']}")
    problems += rule_problems(data.get("rules", ()), data["findings"])
    return problems + runtime_problems(data, folder) + results_problems(data) + input_problems(data)


def _endless(value: object, path: tuple[object, ...]) -> Iterator[tuple[str, float]]:
    """Find numbers that TOML knows and no limit, scale or threshold can be: inf and nan."""
    if isinstance(value, float) and not math.isfinite(value):
        yield _key(path), value
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _endless(item, (*path, key))


def _key(path: Iterable[object]) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".") or "the file"


def _expected(error: Any) -> str:  # noqa: ANN401 - jsonschema's error
    """Say in words what a schema error means."""
    got = json.dumps(error.instance, default=str)
    got = got if len(got) <= MOST_SHOWN else got[: MOST_SHOWN - 3] + "..."
    wanted = error.validator_value
    if error.validator == "additionalProperties":
        known = set(error.schema.get("properties", {}))
        unknown = ", ".join(sorted(set(error.instance) - known))
        return f"unknown key {unknown}; expected only {', '.join(sorted(known))}"
    if error.validator == "required":
        return f"missing key {', '.join(key for key in wanted if key not in error.instance)}"
    words = {
        "type": f"expected {wanted}",
        "enum": f"expected one of {wanted}",
        "const": f"expected {wanted!r}",
        "pattern": f"expected text of the form {wanted}",
    }
    return f"{words.get(error.validator, f'expected {error.validator} {wanted}')}, got {got}"


def _manifest(data: Mapping[str, Any], folder: Path) -> Manifest:
    app, guards = data["app"], data.get("guards", {})
    return Manifest(
        id=app["id"],
        version=app["version"],
        name=Text(**app["name"]),
        vendor=app["vendor"],
        clinical_use=app["clinical_use"],
        purpose=Text(**app["purpose"]),
        run=read_run(data["run"]),
        use=read_use(data.get("use", {})),
        results=read_results(data["results"]) if "results" in data else None,
        inputs=read_inputs(data.get("inputs", {})),
        accepts=data["accepts"],
        findings=tuple(_finding(finding) for finding in data["findings"]),
        daily_cap=guards.get("daily_cap"),
        max_study_age_days=guards.get("max_study_age_days"),
        folder=folder.resolve(),
        needs=Needs(**data["needs"]) if "needs" in data else None,
        rules=read_rules(data.get("rules", ()), data["findings"]),
    )


def _finding(data: Mapping[str, Any]) -> FindingSpec:
    allowed = data.get("threshold_range")
    return FindingSpec(
        id=data["id"],
        code=Code(**data["code"]),
        name=Text(**data["name"]),
        low=float(data["scale"][0]),
        high=float(data["scale"][1]),
        direction=Direction(data["direction"]),
        calibrated=data["calibrated"],
        threshold=data.get("threshold"),
        threshold_range=(float(allowed[0]), float(allowed[1])) if allowed else None,
        urgency=Priority(data.get("urgency", Priority.HIGH)),
        site=Code(**data["site"]) if "site" in data else None,
    )


def find_apps(folders: Iterable[Path]) -> dict[str, Manifest]:
    """Read every app below the folders; a folder may be an app itself or hold several.

    Raises
    ------
    ManifestError
        A folder is missing, a manifest is wrong, or two apps have the same id.
    """
    found: dict[str, Manifest] = {}
    for candidate in app_folders(folders):
        manifest = read_manifest(candidate)
        if manifest.id in found:
            message = f"{candidate / FILE}: app.id {manifest.id!r} is taken by {found[manifest.id].folder}"
            raise ManifestError(message)
        found[manifest.id] = manifest
    return found


def app_folders(folders: Iterable[Path]) -> list[Path]:
    """List the folders of apps; each that is given may be one itself or hold several.

    Raises
    ------
    ManifestError
        One that is given is no folder.
    """
    found: list[Path] = []
    for folder in folders:
        if not folder.is_dir():
            message = f"apps: {folder} is no folder"
            raise ManifestError(message)
        found += [folder] if (folder / FILE).exists() else sorted(path.parent for path in folder.glob(f"*/{FILE}"))
    return found
