"""What a query tells of a study, held against an app that would get it.

Only what C-FIND can tell is looked at (PS3.4 C.6.2.1 and what PACSs add): a key of ``[accepts]`` that
no query answers, such as the view, is left to routing. A PACS that leaves an attribute empty in
every answer does not tell it, and the answer is "maybe": never a silent no.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from collega.model.app import RUNNING_STAGES, Manifest
from collega.model.coverage import Certainty, PacsSeries, PacsStudy
from collega.model.policy import Policy
from collega.model.study import Attribute
from collega.ports import Transaction
from collega.route.rules import IMAGE_RULES, SERIES_RULES, STUDY_RULES, Rule, fulfils

# Attributes that a series query can be asked for, in the names of the rules.
SERIES_TELLS = frozenset({"modality", "body_part", "series_description", "protocol_name", "manufacturer"})
STUDY_TELLS = frozenset({"age_years", "sex", "study_description"})

# Says which apps accept a study, each with its certainty.
Judge: TypeAlias = Callable[[PacsStudy, Sequence[PacsSeries] | None], Mapping[str, Certainty]]


def foresee(  # noqa: PLR0913 - a study, an app, and the moment
    study: PacsStudy,
    series: Sequence[PacsSeries] | None,
    manifest: Manifest,
    told: Collection[str],
    *,
    now: datetime,
    max_study_age: timedelta | None,
) -> Certainty:
    """Say whether an app would accept a study of the PACS.

    Parameters
    ----------
    series : sequence of PacsSeries, optional
        None where the PACS was not asked for them, or does not answer.
    told : collection of str
        Attributes that this PACS was seen to fill; an empty one of another name is unknown.
    """
    limits = [limit for limit in (max_study_age, _own_limit(manifest)) if limit is not None]
    if limits and study.study_at is not None and now - study.study_at > min(limits):
        return Certainty.NO
    accepts = manifest.accepts
    of_study = [
        _holds(rule, accepts[key], study.attributes.get(rule.attribute), told)
        for key, rule in STUDY_RULES.items()
        if key in accepts and rule.attribute in STUDY_TELLS
    ]
    if "modality" in accepts and study.modalities:
        rule = IMAGE_RULES["modality"]
        fits = any(fulfils(rule, accepts["modality"], modality) for modality in study.modalities)
        of_study.append(Certainty.YES if fits else Certainty.NO)
    best = Certainty.MAYBE if series is None else _any([_of_series(item, accepts, told) for item in series])
    return _all([*of_study, best])


def _own_limit(manifest: Manifest) -> timedelta | None:
    days = manifest.max_study_age_days
    return timedelta(days=days) if days is not None else None


def _of_series(series: PacsSeries, accepts: Mapping[str, Any], told: Collection[str]) -> Certainty:
    verdicts = [
        _holds(rule, accepts[key], series.attributes.get(rule.attribute), told)
        for key, rule in IMAGE_RULES.items()
        if key in accepts and rule.attribute in SERIES_TELLS
    ]
    for key, rule in SERIES_RULES.items():
        if key in accepts:
            number = float(series.instances) if series.instances is not None else None
            verdicts.append(Certainty.MAYBE if number is None else _said(rule, accepts[key], number))
    return _all(verdicts)


def _holds(rule: Rule, wanted: object, got: Attribute, told: Collection[str]) -> Certainty:
    if got is None and rule.attribute not in told:
        return Certainty.MAYBE
    return _said(rule, wanted, got)


def _said(rule: Rule, wanted: object, got: Attribute) -> Certainty:
    return Certainty.YES if fulfils(rule, wanted, got) else Certainty.NO


def _all(verdicts: Sequence[Certainty]) -> Certainty:
    """All must hold: one no decides, else one maybe."""
    return next((worst for worst in (Certainty.NO, Certainty.MAYBE) if worst in verdicts), Certainty.YES)


def _any(verdicts: Sequence[Certainty]) -> Certainty:
    """One that holds is enough."""
    return next((best for best in (Certainty.YES, Certainty.MAYBE) if best in verdicts), Certainty.NO)


async def foresight(
    catalogue: Mapping[str, Manifest], policy: Policy, transaction: Transaction, now: datetime
) -> Callable[[Collection[str]], Judge]:
    """Gather the apps that run at this site, and give what judges a study once it is known what the PACS tells."""
    running = [
        manifest
        for manifest in catalogue.values()
        if await transaction.stage_of(manifest.id, manifest.version) in RUNNING_STAGES
    ]

    def with_told(told: Collection[str]) -> Judge:
        def judge(study: PacsStudy, series: Sequence[PacsSeries] | None) -> Mapping[str, Certainty]:
            said = {
                manifest.id: foresee(study, series, manifest, told, now=now, max_study_age=policy.max_study_age)
                for manifest in running
            }
            return {app: certainty for app, certainty in said.items() if certainty is not Certainty.NO}

        return judge

    return with_told
