"""The table ``[inputs]`` of a manifest: what an app asks for besides the images of a study."""

from collections.abc import Mapping
from typing import Any

from collega.model.code import Code, Text
from collega.model.inputs import GeneticsWanted, InputSpec, PriorsWanted, ReportsWanted, ValueWanted
from collega.model.runtime import Runtime

# Schemes whose codes a server of records can be asked for.
SCHEMES = ("LN", "SCT")
MONTHS = 60.0


def input_problems(data: Mapping[str, Any]) -> list[str]:
    """List what is wrong with ``[inputs]`` beyond its form."""
    inputs = data.get("inputs", {})
    problems = []
    if data["run"]["runtime"] == Runtime.DICOM:
        problems += [
            f"inputs.{kind}: a vendor's box takes images alone, it can be given priors and nothing else"
            for kind in inputs
            if kind != "priors"
        ]
    for kind in ("laboratory", "genetics"):
        wanted = inputs.get(kind, [])
        if len({item["id"] for item in wanted}) != len(wanted):
            problems.append(f"inputs.{kind}: expected a different id for each")
        for index, item in enumerate(wanted):
            odd = [code["scheme"] for code in (item["code"], *item.get("also", ())) if code["scheme"] not in SCHEMES]
            if odd:
                place = f"inputs.{kind}[{index}].code"
                problems.append(f"{place}: expected a scheme of {', '.join(SCHEMES)}, got {odd[0]!r}")
    return problems


def read_inputs(inputs: Mapping[str, Any]) -> InputSpec | None:
    """Make the record of ``[inputs]``; None where an app asks for nothing more."""
    if not inputs:
        return None
    priors, reports = inputs.get("priors"), inputs.get("reports")
    return InputSpec(
        priors=_priors(priors) if priors else None,
        reports=ReportsWanted(**{"within_months": MONTHS, **reports}) if reports else None,
        laboratory=tuple(_value(item) for item in inputs.get("laboratory", ())),
        genetics=tuple(_genetics(item) for item in inputs.get("genetics", ())),
    )


def _priors(data: Mapping[str, Any]) -> PriorsWanted:
    return PriorsWanted(
        most=data["most"],
        within_months=float(data.get("within_months", MONTHS)),
        modalities=tuple(word.upper() for word in data["modality"]),
        same_body_part=data.get("same_body_part", False),
        required=data.get("required", False),
    )


def _value(data: Mapping[str, Any]) -> ValueWanted:
    return ValueWanted(
        id=data["id"],
        name=_name(data),
        codes=_codes(data),
        within_days=float(data["within_days"]),
        unit=data["unit"],
        required=data.get("required", False),
    )


def _genetics(data: Mapping[str, Any]) -> GeneticsWanted:
    return GeneticsWanted(
        id=data["id"],
        name=_name(data),
        codes=_codes(data),
        gene=data.get("gene", ""),
        required=data.get("required", False),
    )


def _codes(data: Mapping[str, Any]) -> tuple[Code, ...]:
    return tuple(Code(**code) for code in (data["code"], *data.get("also", ())))


def _name(data: Mapping[str, Any]) -> Text:
    """Name it as a clinician reads it: in the app's own words, else in those of the code."""
    meaning = data["code"]["meaning"]
    return Text(**data["name"]) if "name" in data else Text(en=meaning, nl=meaning)
