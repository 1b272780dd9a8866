"""A study held against an app: which images it gets, and why or why not."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from collega.model.app import RUNNING_STAGES, Manifest, Stage
from collega.model.study import Attribute, Instance, Role, Study
from collega.route.needs import fitting_series
from collega.route.rules import IMAGE_RULES, SERIES_RULES, STUDY_RULES, Rule, fulfils


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """The decision for one app: the images it gets (empty: none), and the reasons in words."""

    app_id: str
    app_version: str
    stage: Stage
    inputs: tuple[str, ...]
    reasons: tuple[str, ...]

    @property
    def accepted(self) -> bool:
        """Whether the app runs."""
        return bool(self.inputs)


@dataclass(frozen=True, kw_only=True, slots=True)
class Guards:
    """What stops an app whatever its rules say.

    ``max_study_age`` keeps migrations, imported discs and fetched priors from raising alarms and
    bills; ``jobs_today`` is held against the app's daily cap; ``is_prior``: it came only to be looked back on.
    """

    now: datetime
    max_study_age: timedelta | None
    jobs_today: int
    is_prior: bool = False


def match(study: Study, instances: Sequence[Instance], manifest: Manifest, stage: Stage, guards: Guards) -> Match:
    """Decide whether an app gets a study.

    Returns
    -------
    Match
        ``inputs`` in the order of arrival; ``reasons`` name every key that decided.
    """
    stops = [*_stage_stops(stage), *_guard_stops(study, manifest, guards)]
    images = [item for item in instances if item.header.role is Role.IMAGE]
    chosen, why = _choose(study, images, manifest.accepts)
    chosen, said = _narrow(chosen, manifest)
    why = [*why, *said]
    reasons = (*stops, *why)
    inputs = () if stops else tuple(item.header.sop_instance_uid for item in chosen)
    return Match(app_id=manifest.id, app_version=manifest.version, stage=stage, inputs=inputs, reasons=reasons)


def input_digest(match_result: Match, instances: Sequence[Instance], manifest: Manifest) -> str:
    """Digest of what an app would see: it runs again only where this has changed."""
    content = {item.header.sop_instance_uid: item.header for item in instances}
    digest = hashlib.blake2b(f"{manifest.id}\n{manifest.version}\n".encode(), digest_size=16)
    for uid in sorted(match_result.inputs):
        digest.update(uid.encode())
        digest.update(content[uid].pixel_digest + content[uid].header_digest)
    return digest.hexdigest()


def _stage_stops(stage: Stage) -> list[str]:
    return [] if stage in RUNNING_STAGES else [f"no: its stage here is {stage}"]


def _guard_stops(study: Study, manifest: Manifest, guards: Guards) -> list[str]:
    stops = ["no: it was fetched as a prior of another study"] if guards.is_prior else []
    limits = [limit for limit in (guards.max_study_age, _own_limit(manifest)) if limit is not None]
    if limits and study.study_at is not None and guards.now - study.study_at > min(limits):
        age = (guards.now - study.study_at).days
        stops.append(f"no: the study is {age} days old, the limit is {min(limits).days} (max_study_age)")
    if manifest.daily_cap is not None and guards.jobs_today >= manifest.daily_cap:
        stops.append(f"no: its daily cap of {manifest.daily_cap} studies is reached")
    return stops


def _own_limit(manifest: Manifest) -> timedelta | None:
    days = manifest.max_study_age_days
    return timedelta(days=days) if days is not None else None


def _choose(
    study: Study, images: Sequence[Instance], accepts: Mapping[str, object]
) -> tuple[list[Instance], list[str]]:
    if not images:
        return [], ["no: the study holds no images"]
    chosen, reasons = list(images), []
    for key, rule in IMAGE_RULES.items():
        if key in accepts and chosen:
            chosen, reason = _filter(chosen, key, rule, accepts[key])
            reasons.append(reason)
    for key, rule in SERIES_RULES.items():
        if key in accepts and chosen:
            sizes = Counter(item.header.series_instance_uid for item in chosen)
            kept = [item for item in chosen if fulfils(rule, accepts[key], sizes[item.header.series_instance_uid])]
            reasons.append(_say(key, rule, accepts[key], f"{max(sizes.values())}", holds=bool(kept)))
            chosen = kept
    facts = _study_facts(study, chosen or images)
    for key, rule in STUDY_RULES.items():
        if key in accepts and chosen:
            holds = fulfils(rule, accepts[key], facts[rule.attribute])
            reasons.append(_say(key, rule, accepts[key], str(facts[rule.attribute]), holds=holds))
            chosen = chosen if holds else []
    return chosen, reasons or ["yes: it accepts every image"]


def _narrow(images: list[Instance], manifest: Manifest) -> tuple[list[Instance], list[str]]:
    """Leave the series that are as the app needs them; where none is, the app gets all and says so itself."""
    series = fitting_series(images, manifest.needs) if manifest.needs and images else []
    if not series:
        return images, []
    kept = [item for item in images if item.header.series_instance_uid in series]
    return kept, [f"yes: {len(series)} series as it needs them; {len(kept)} of {len(images)} images"]


def _filter(images: Sequence[Instance], key: str, rule: Rule, wanted: object) -> tuple[list[Instance], str]:
    values = {item.header.sop_instance_uid: item.header.value(rule.attribute) for item in images}
    kept = [item for item in images if fulfils(rule, wanted, values[item.header.sop_instance_uid])]
    seen = sorted({_show(value) for value in values.values()})
    reason = _say(key, rule, wanted, ", ".join(seen[:5]), holds=bool(kept))
    return kept, f"{reason}; {len(kept)} of {len(images)} images" if kept else reason


def _show(value: Attribute) -> str:
    if value is None:
        return "(missing)"
    return "\\".join(value) if isinstance(value, tuple) else str(value)


def _say(key: str, rule: Rule, wanted: object, got: str, *, holds: bool) -> str:
    return f"{'yes' if holds else 'no'}: {key} {rule.shape} {wanted}, here: {got}"


def _study_facts(study: Study, images: Sequence[Instance]) -> dict[str, Attribute]:
    return {
        "age_years": study.age_years(images),
        "sex": study.patient.sex or None,
        "study_description": study.description or None,
        "images accepted": float(len(images)),
    }
