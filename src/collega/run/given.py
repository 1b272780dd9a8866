"""What was gathered for an app, as ``study.json`` says it and as its input folder holds it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from collega.model.inputs import InputSpec, JobInput

PRIORS, REPORTS, LABORATORY, GENETICS = "priors", "reports", "laboratory", "genetics"


def name_of(kind: str, wanted_id: str) -> str:
    """Name of one input of several of a kind."""
    return f"{kind}:{wanted_id}"


def other_inputs(spec: InputSpec, gathered: Sequence[JobInput]) -> dict[str, Any]:
    """Describe what was gathered; what was asked for and is not there stands under ``missing``, with the reason."""
    asked = {
        PRIORS: spec.priors is not None,
        REPORTS: spec.reports is not None,
        LABORATORY: bool(spec.laboratory),
        GENETICS: bool(spec.genetics),
    }
    told: dict[str, Any] = {kind: list(_answers(kind, gathered)) for kind, is_asked in asked.items() if is_asked}
    if spec.priors is not None:
        told[PRIORS] = [_prior(number, prior) for number, prior in enumerate(told[PRIORS], 1)]
    told["missing"] = [
        {"input": item.name, "why": item.why, "text": {"en": item.text.en, "nl": item.text.nl}}
        for item in gathered
        if item.why is not None and item.text is not None
    ]
    return told


def prior_files(gathered: Sequence[JobInput]) -> Iterator[tuple[str, str]]:
    """Give the place of each image of the priors below the data folder, and in the input folder."""
    for number, prior in enumerate(_answers(PRIORS, gathered), 1):
        for place, image in enumerate(prior["images"], 1):
            yield image["path"], _file(number, place)


def _answers(kind: str, gathered: Sequence[JobInput]) -> Iterator[Mapping[str, Any]]:
    for item in gathered:
        if item.name.partition(":")[0] == kind:
            yield from item.answer


def _prior(number: int, prior: Mapping[str, Any]) -> dict[str, Any]:
    images = [
        {"file": _file(number, place), **{key: value for key, value in image.items() if key != "path"}}
        for place, image in enumerate(prior["images"], 1)
    ]
    return {**prior, "images": images}


def _file(prior: int, image: int) -> str:
    return f"priors/{prior}/{image:05d}.dcm"
