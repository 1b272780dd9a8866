"""The table ``[results]`` of a manifest: how a vendor's words are read."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from collega.errors import ManifestError
from collega.model.finding import Evaluation, RegionKind, Status
from collega.model.results import (
    Concept,
    FindingAt,
    Forwardable,
    JsonMapping,
    NumberAt,
    RegionAt,
    ResultsSpec,
    ScoreConcept,
    Silence,
    StatusAt,
    VendorCode,
)


def with_mapping(data: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """Take in the mapping where ``results.json`` names a file of the app's folder.

    Raises
    ------
    ManifestError
        The file is not there, or is no TOML.
    """
    results = data.get("results")
    name = results.get("json") if isinstance(results, dict) else None
    if not isinstance(name, str):
        return data
    file = folder / name
    if not file.resolve().is_relative_to(folder.resolve()):
        message = f"{folder / 'app.toml'}: results.json: expected a file in {folder}, got {name!r}"
        raise ManifestError(message)
    try:
        mapping = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{file}: not readable as TOML: {error}"
        raise ManifestError(message) from None
    return {**data, "results": {**data["results"], "json": mapping}}


def results_problems(data: Mapping[str, Any]) -> list[str]:
    """List what is wrong with ``[results]`` beyond its form."""
    results = data.get("results", {})
    known = {finding["id"] for finding in data["findings"]}
    problems = [
        f"{key}: expected one of {', '.join(sorted(known))}, got {name!r}"
        for key, name in _findings_named(results)
        if name not in known
    ]
    problems += [
        f"results.codes[{index}]: expected a code or a label"
        for index, item in enumerate(results.get("codes", ()))
        if not {"code", "label"} & item.keys()
    ]
    if results.get("forward") and not data["app"]["clinical_use"]:
        problems.append("results.forward: expected app.clinical_use true: nothing marks such an object a demonstration")
    for index, item in enumerate(results.get("json", {}).get("findings", ())):
        problems += [f"results.json.findings[{index}].{problem}" for problem in _mapping_problems(item)]
    return problems


def _findings_named(results: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for index, item in enumerate(results.get("codes", ())):
        yield f"results.codes[{index}].finding", item["finding"]
    for name in results.get("without_findings", ()):
        yield "results.without_findings", name
    for index, item in enumerate(results.get("json", {}).get("findings", ())):
        names = [item["finding"]] if "finding" in item else item.get("ids", {}).values()
        for name in names:
            yield f"results.json.findings[{index}]", name


def _mapping_problems(item: Mapping[str, Any]) -> Iterator[str]:
    if ("finding" in item) == ("finding_at" in item):
        yield "finding: expected either finding, or finding_at with ids"
    if ("finding_at" in item) != ("ids" in item):
        yield "ids: expected where finding_at is given, and nowhere else"
    if ("evaluation" in item) != ("values" in item):
        yield "values: expected where evaluation is given, and nowhere else"
    for place, region in enumerate(item.get("regions", ())):
        if (region.get("unit") == "mm") == ("image" in region):
            yield f"regions[{place}].image: expected for pixels; millimetres find their images themselves"


def read_results(data: Mapping[str, Any]) -> ResultsSpec:
    """Make the record of ``[results]``."""
    score = data.get("score")
    return ResultsSpec(
        restates=data["score_from_evaluation"],
        silence=Silence(data.get("silence", Silence.UNDETERMINED)),
        without_findings=tuple(data.get("without_findings", ())),
        codes=tuple(_code(item) for item in data.get("codes", ())),
        score=ScoreConcept(concept=_concept(score["code"]), scale=float(score.get("scale", 1))) if score else None,
        evaluations={_concept(item["code"]): Evaluation(item["means"]) for item in data.get("evaluations", ())},
        json=_mapping(data["json"]) if "json" in data else None,
        forward=tuple(Forwardable(kind) for kind in data.get("forward", ())),
    )


def _concept(data: Mapping[str, str]) -> Concept:
    return data["scheme"], data["value"]


def _code(data: Mapping[str, Any]) -> VendorCode:
    return VendorCode(
        finding=data["finding"],
        code=_concept(data["code"]) if "code" in data else None,
        site=_concept(data["site"]) if "site" in data else None,
        label=data.get("label", ""),
    )


def _mapping(data: Mapping[str, Any]) -> JsonMapping:
    status = data.get("status")
    return JsonMapping(
        study=data.get("study", ""),
        status=StatusAt(
            at=status["at"],
            values={key: Status(value) for key, value in status["values"].items()},
            reason=status.get("reason", ""),
        )
        if status
        else None,
        findings=tuple(_finding(item) for item in data["findings"]),
    )


def _finding(data: Mapping[str, Any]) -> FindingAt:
    return FindingAt(
        at=data.get("at", ""),
        finding=data.get("finding", ""),
        finding_at=data.get("finding_at", ""),
        ids=data.get("ids", {}),
        evaluation=data.get("evaluation", ""),
        values={key: Evaluation(value) for key, value in data.get("values", {}).items()},
        score=data.get("score", ""),
        scale=float(data.get("scale", 1)),
        images=data.get("images", ""),
        regions=tuple(RegionAt(**{**item, "kind": RegionKind(item["kind"])}) for item in data.get("regions", ())),
        measurements=tuple(
            NumberAt(at=item["at"], **item["name"], unit=item["unit"], scale=float(item.get("scale", 1)))
            for item in data.get("measurements", ())
        ),
    )
