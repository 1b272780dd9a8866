"""Follow-up from the site's server of records (FHIR): what became of patients, kept as labels of their studies."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from collega.adapters.postgres import comparisons, references
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.evidence.places import made_at
from collega.bootstrap.evidence.referencing import Given, sight_of
from collega.bootstrap.inputs import fhir_records
from collega.config import Settings
from collega.errors import ConfigurationError, InputError, PeerError
from collega.measure.follow_up import after_study
from collega.model.audit import AuditEntry
from collega.model.code import Code
from collega.model.inputs import Why
from collega.model.reference import Followed, ReferenceLabel
from collega.model.study import Study

SCHEMES = ("SCT", "LN")
TOLD, SILENT, TOO_EARLY, UNDATED = "told", "says_nothing", "too_early", "study_without_date"


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowUp:
    """What is looked for, under which codes, until how long after a study; of studies by name, else since a moment."""

    finding: str
    codes: tuple[Code, ...]
    days: int
    studies: tuple[str, ...] = ()
    since: datetime | None = None


def read_code(text: str) -> Code:
    """Read a code as SCT:233604007 or LN:94500-6.

    Raises
    ------
    InputError
        It is none.
    """
    scheme, _, value = text.partition(":")
    if scheme not in SCHEMES or not value:
        message = f"--code {text}: write SCT:233604007 (SNOMED CT) or LN:94500-6 (LOINC)"
        raise InputError(message)
    return Code(scheme=scheme, value=value, meaning=value)


async def fetch(store: PostgresStore, settings: Settings, wanted: FollowUp, given: Given) -> dict[str, Any]:
    """Ask the server of records about studies, by name or all that came since, and keep what it says.

    A study is asked about once ``days`` have passed since; an answer of the server counts whole or not at all.

    Raises
    ------
    ConfigurationError
        No server of records is named.
    PeerError
        It gives no answer.
    """
    records = fhir_records(settings)
    if records is None:
        message = "inputs.fhir_url: no server of records is named; name one, or add a table by `collega reference add`"
        raise ConfigurationError(message)
    studies = await _studies(store, wanted)
    counts: Counter[str] = Counter()
    found: list[tuple[Study, Followed]] = []
    now = datetime.now(UTC)
    for study in studies:
        made = made_at(study.study_at, study.study_date, given.zone)
        if made is None or made + timedelta(days=wanted.days) > now:
            counts[UNDATED if made is None else TOO_EARLY] += 1
            continue
        try:
            told = await asyncio.to_thread(records.followed, study.patient, wanted.codes)
        except PeerError as error:
            message = f"{error}; nothing is kept of {len(found)} answers before"
            raise PeerError(message) from error
        # A record of a day begins at midnight, before the study of that day.
        begin = datetime.combine(made.astimezone(given.zone).date(), time(), given.zone)
        followed = after_study(told.items, begin, made + timedelta(days=wanted.days))
        counts[str(told.why) if isinstance(told.why, Why) else TOLD if followed else SILENT] += 1
        if followed is not None:
            found.append((study, followed))
    return {"asked": len(studies), **dict(counts), "labels": await _keep(store, settings, found, wanted, given)}


async def _studies(store: PostgresStore, wanted: FollowUp) -> list[Study]:
    async with store.transaction() as transaction:
        since = wanted.since
        uids = wanted.studies if since is None else await comparisons.studies_since(transaction, since)
        known = await references.studies_named(transaction, list(uids))
        for name in uids:
            if len(known.get(name, ())) != 1:
                message = f"studies: {name}: no such study, or several; write its Study Instance UID"
                raise InputError(message)
        kept = [await transaction.study(known[name][0]["study_key"]) for name in dict.fromkeys(uids)]
    return [one for one in kept if one is not None]


async def _keep(
    store: PostgresStore,
    settings: Settings,
    found: Sequence[tuple[Study, Followed]],
    wanted: FollowUp,
    given: Given,
) -> int:
    """Keep labels; one that says again what was said before is no new version."""
    now = datetime.now(UTC)
    async with store.transaction() as transaction:
        sight = await sight_of(transaction, settings, [study.key for study, _ in found])
        kept = {
            (one.study_key, one.finding_id, one.origin): (one.word, one.dated)
            for one in await references.kept(transaction)
            if one.source is given.source
        }
        added = []
        for study, followed in found:
            label = ReferenceLabel(
                study_key=study.key,
                finding_id=wanted.finding,
                source=given.source,
                origin=given.origin,
                word=followed.word,
                strength=given.strength,
                ai_visible=given.ai_visible or sight.before(study.key, (followed.at, followed.at)),
                dated=followed.at,
                at=now,
                actor=given.actor,
            )
            if kept.get((study.key, wanted.finding, given.origin)) != (label.word, label.dated):
                added.append(replace(label, number=await references.add(transaction, label)))
        entry = AuditEntry(
            event="reference changed",
            studies=tuple(one.study_key for one in added),
            responsible=given.actor,
            payload={"source": given.source, "origin": given.origin, "labels": len(added)},
        )
        await transaction.add_audit(entry)
    return len(added)
