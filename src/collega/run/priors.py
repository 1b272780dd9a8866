"""Looking back: the earlier studies that an app asks for, found in an archive and brought here."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from collega.model.coverage import PacsSeries
from collega.model.ids import storage_key
from collega.model.inputs import PriorStudy, PriorsWanted, Why, is_same_person
from collega.model.job import Event, Job
from collega.model.policy import InputPolicy
from collega.model.study import InstanceHeader, Role, Study
from collega.ports.inputs import PriorSource
from collega.ports.machine import Archive, Clock
from collega.ports.store import Store
from collega.run.choose import months_before, priors_of
from collega.run.inputs import IMAGE_FIELDS
from collega.run.patience import Patience

# So many studies are asked for their series: those who were here a hundred times are not asked for all.
MOST_LOOKED_AT = 30
# A study of the last day that is not here is for coverage to find: fetched as a prior it would reach no app of its own.
YOUNG = timedelta(days=1)
LOOK_SECONDS = 0.1


@dataclass(frozen=True, kw_only=True, slots=True)
class Looking:
    """For which job, of which study, and where what comes is to be found."""

    store: Store
    archive: Archive
    clock: Clock
    rules: InputPolicy
    job: Job
    study: Study


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """A prior, and the series of it that are wanted (none named: all); ``images`` is None where nobody says."""

    prior: PriorStudy
    modalities: tuple[str, ...]
    series: tuple[str, ...]
    images: int | None


async def look_back(
    looking: Looking, source: PriorSource, patience: Patience, wanted: PriorsWanted
) -> tuple[tuple[Mapping[str, Any], ...], Why | None, str]:
    """Find and bring; what could not be brought is told beside what could.

    Raises
    ------
    PeerError
        The archive gives no answer.
    """
    found = await patience.ask(source.studies_of, looking.study.patient)
    told = priors_of(found, looking.study, wanted, looking.clock.now())
    if told.why is not None:
        return (), told.why, ""
    nearest = told.items[:MOST_LOOKED_AT]
    series = await patience.ask(source.series, [one.study_instance_uid for one in nearest])
    parts = await _body_parts(looking) if wanted.same_body_part else frozenset()
    came: list[Mapping[str, Any]] = []
    problems: list[Why] = []
    for prior in nearest:
        if len(came) == wanted.most:
            break
        choice = _choice(prior, series.get(prior.study_instance_uid), wanted, parts)
        if choice is None:
            continue
        images = choice if isinstance(choice, Why) else await _bring(looking, source, patience, choice)
        if isinstance(images, Why):
            problems.append(images)
        else:
            came.append(_described(looking, prior, images, number=len(came) + 1))
    why = problems[0] if problems else None if came else Why.NONE
    return tuple(came), why, ", ".join(problems)


async def _body_parts(looking: Looking) -> frozenset[str]:
    async with looking.store.transaction() as transaction:
        images = await transaction.instances(looking.study.key)
    own = [item for item in images if item.header.sop_instance_uid in looking.job.inputs]
    return frozenset(str(part).upper() for item in own if (part := item.header.attributes.get("body_part")))


def _choice(
    prior: PriorStudy, series: Sequence[PacsSeries] | None, wanted: PriorsWanted, parts: frozenset[str]
) -> Choice | Why | None:
    """Choose the series of a prior; None where it holds nothing that is wanted."""
    if not series:  # an archive that does not tell its series
        if wanted.same_body_part:
            return Why.BODY_PART
        return Choice(prior=prior, modalities=wanted.modalities, series=(), images=None) if prior.modalities else None
    fitting = [one for one in series if str(one.attributes.get("modality") or "").upper() in wanted.modalities]
    if not fitting:
        return None
    if wanted.same_body_part:
        told = [one for one in fitting if one.attributes.get("body_part")]
        if not told or not parts:
            return Why.BODY_PART
        fitting = [one for one in told if str(one.attributes["body_part"]).upper() in parts]
    if not fitting:
        return None
    counts = [one.instances for one in fitting]
    images = None if None in counts else sum(count or 0 for count in counts)
    return Choice(
        prior=prior,
        modalities=wanted.modalities,
        series=tuple(one.series_instance_uid for one in fitting),
        images=images,
    )


async def _bring(
    looking: Looking, source: PriorSource, patience: Patience, choice: Choice
) -> list[tuple[str, InstanceHeader]] | Why:
    """Give the images of a prior, from here where they are here."""
    here = await _here(looking, choice)
    if here and (choice.images is None or len(here) >= choice.images):
        return _images(looking, choice, here)
    uid, now = choice.prior.study_instance_uid, looking.clock.now()
    if choice.images is not None and choice.images > looking.rules.most_images:
        return Why.TOO_LARGE
    if source.by_receiver and choice.prior.study_at is not None and now - choice.prior.study_at < YOUNG:
        return Why.ON_ITS_WAY
    async with looking.store.transaction() as transaction:
        if source.by_receiver:
            await transaction.mark_prior(uid, looking.job.key, now)
        await transaction.note_asked(looking.job, now, {"prior": storage_key(uid), "series": len(choice.series)})
        payload: dict[str, object] = {"app": looking.job.app_id, "prior": storage_key(uid)}
        await transaction.add_event(
            Event(kind="prior_asked", at=now, study_key=looking.study.key, job_key=looking.job.key, payload=payload)
        )
    place = f"runs/{looking.job.key}/priors/{storage_key(uid)}"
    brought = await patience.ask(source.bring, uid, choice.series, looking.archive.path(place))
    if brought.problem:
        return Why.TOO_LARGE if brought.problem == Why.TOO_LARGE else Why.NOT_SENT
    if source.by_receiver:
        return await _arrived(looking, patience, choice, brought.expected)
    return _images(looking, choice, [(f"{place}/{name}", header) for name, header in brought.files])


async def _arrived(
    looking: Looking, patience: Patience, choice: Choice, expected: int
) -> list[tuple[str, InstanceHeader]] | Why:
    """Wait for what an archive says it has sent."""
    if not expected:
        return Why.NOT_SENT
    left = min(looking.rules.arrival.total_seconds(), patience.seconds)
    while True:
        here = await _here(looking, choice)
        if len(here) >= expected:
            return _images(looking, choice, here)
        if left <= 0:
            return Why.NOT_ARRIVED
        await asyncio.sleep(LOOK_SECONDS)
        left -= LOOK_SECONDS


async def _here(looking: Looking, choice: Choice) -> list[tuple[str, InstanceHeader]]:
    """Everything that is here of the series that are wanted."""
    async with looking.store.transaction() as transaction:
        study = await transaction.study_by_uid(choice.prior.study_instance_uid)
        found = await transaction.instances(study.key) if study else ()
    return [
        (item.path, item.header)
        for item in found
        if not item.removed_at and (not choice.series or item.header.series_instance_uid in choice.series)
    ]


def _images(
    looking: Looking, choice: Choice, found: Sequence[tuple[str, InstanceHeader]]
) -> list[tuple[str, InstanceHeader]] | Why:
    """Leave the images; one object of somebody else, and nothing of it is used."""
    uid = choice.prior.study_instance_uid
    if any(
        header.study_instance_uid != uid or not is_same_person(looking.study.patient, header.patient)
        for _, header in found
    ):
        return Why.OTHER_PATIENT
    images = [
        (path, header)
        for path, header in found
        if header.role is Role.IMAGE and str(header.attributes.get("modality") or "").upper() in choice.modalities
    ]
    if len(images) > looking.rules.most_images:
        return Why.TOO_LARGE
    return sorted(images, key=lambda item: _place(item[1])) or Why.NOT_SENT


def _place(header: InstanceHeader) -> tuple[float, str, float, str]:
    series, number = (header.attributes.get(name) for name in ("series_number", "instance_number"))
    return (
        float(series) if isinstance(series, int | float) else 0.0,
        header.series_instance_uid,
        float(number) if isinstance(number, int | float) else 0.0,
        header.sop_instance_uid,
    )


def _described(
    looking: Looking, prior: PriorStudy, images: Sequence[tuple[str, InstanceHeader]], *, number: int
) -> Mapping[str, Any]:
    then = prior.study_at or looking.clock.now()
    return {
        "folder": f"priors/{number}",
        "study_instance_uid": prior.study_instance_uid,
        "study_date": prior.study_date,
        "study_description": prior.description,
        "months_before": months_before(looking.study, looking.clock.now(), then),
        "images": [_image(path, header) for path, header in images],
    }


def _image(path: str, header: InstanceHeader) -> Mapping[str, Any]:
    return {
        "path": path,
        "sop_instance_uid": header.sop_instance_uid,
        "sop_class_uid": header.sop_class_uid,
        "series_instance_uid": header.series_instance_uid,
        "transfer_syntax_uid": header.transfer_syntax_uid,
        **{name: header.attributes.get(name) for name in IMAGE_FIELDS},
    }
