"""What was gathered for an app, as ``study.json`` says it and as its input folder holds it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeAlias

from collega.model.app import Manifest
from collega.model.inputs import GeneticsWanted, InputSpec, JobInput, PriorsWanted, ReportsWanted, ValueWanted, Why
from collega.model.job import Attempt
from collega.model.study import Instance, Study
from collega.run.input_words import sentence
from collega.run.inputs import study_json

Wanted: TypeAlias = PriorsWanted | ReportsWanted | ValueWanted | GeneticsWanted

PRIORS, REPORTS, LABORATORY, GENETICS = "priors", "reports", "laboratory", "genetics"


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """All that an app is told of a study; ``files`` are its priors: place below the data folder, and name."""

    told: Mapping[str, Any]
    files: tuple[tuple[str, str], ...] = ()


def given(
    study: Study,
    images: Sequence[Instance],
    manifest: Manifest,
    gathered: Sequence[JobInput],
    is_here: Callable[[str], bool],
) -> Given:
    """Tell of a study, its images and what was gathered for it, the same whoever the app is and wherever it works."""
    told = study_json(study, images, manifest, study.age_years(images))
    if manifest.inputs is None:
        return Given(told=told)
    here = still_here(manifest.inputs, gathered, is_here)
    return Given(told=told | other_inputs(manifest.inputs, here), files=tuple(prior_files(here)))


def wanted_of(spec: InputSpec) -> list[tuple[str, Wanted]]:
    """Name everything that is asked for, in the order of the manifest."""
    found: list[tuple[str, Wanted]] = []
    if spec.priors is not None:
        found.append((PRIORS, spec.priors))
    if spec.reports is not None:
        found.append((REPORTS, spec.reports))
    found += [(f"{LABORATORY}:{item.id}", item) for item in spec.laboratory]
    found += [(f"{GENETICS}:{item.id}", item) for item in spec.genetics]
    return found


def still_here(spec: InputSpec, gathered: Sequence[JobInput], is_here: Callable[[str], bool]) -> list[JobInput]:
    """Leave out the priors whose files retention has removed since they were gathered, and say so."""
    left = []
    for item in gathered:
        kept = tuple(one for one in item.answer if all(is_here(image["path"]) for image in one.get("images", ())))
        if spec.priors is not None and len(kept) < len(item.answer):
            text = sentence(Why.REMOVED, spec.priors)
            left.append(replace(item, answer=kept, why=Why.REMOVED, text=text))
        else:
            left.append(item)
    return left


def without(
    manifest: Manifest, gathered: Sequence[JobInput], is_here: Callable[[str], bool], attempt: Attempt
) -> JobInput | None:
    """Leave out the priors that an app did not take, and say so; None where it took them all."""
    wanted = manifest.inputs.priors if manifest.inputs else None
    if manifest.inputs is None or wanted is None or not attempt.not_taken:
        return None
    item = next(one for one in still_here(manifest.inputs, gathered, is_here) if one.name == PRIORS)
    kept = tuple(one for number, one in enumerate(item.answer, 1) if number not in attempt.not_taken)
    text = sentence(Why.NOT_TAKEN, wanted)
    return replace(item, answer=kept, why=Why.NOT_TAKEN, text=text, detail=attempt.detail)


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
    by_name = {item.name: item for item in gathered}
    # Where nothing was gathered, as in a trial, everything is missing.
    why = {name: (item.why if (item := by_name.get(name)) else Why.NOT_CONNECTED) for name, _ in wanted_of(spec)}
    told["missing"] = [
        {"input": name, "why": found, "text": asdict(sentence(found, wanted))}
        for name, wanted in wanted_of(spec)
        if (found := why[name]) is not None
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
