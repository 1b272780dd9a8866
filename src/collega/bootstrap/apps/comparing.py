"""A comparison from its order to its report: it goes on where it was stopped, and keeps out of the server's way."""

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.postgres import comparisons
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.apps.comparison_runs import Tell, run_all
from collega.bootstrap.apps.thresholds import app_in_force
from collega.bootstrap.apps.trial import find_app
from collega.config import Settings
from collega.errors import InputError
from collega.formats.dicom_concept import concept
from collega.measure.compare import Report, compare
from collega.measure.compare_scores import HEADING, score_lines
from collega.model.app import Manifest
from collega.model.audit import AuditEntry
from collega.model.comparison import Comparison, Contender, Item, Side, percent
from collega.model.ids import storage_key

# So much further back in the queue for the processor than the server.
NICENESS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What is to be compared; empty ``studies`` and no ``since``: go on with what was ordered before."""

    name: str
    apps: Mapping[Side, str]
    versions: Mapping[Side, str]
    studies: Sequence[str]
    since: date | None
    at_once: int
    actor: str


async def run(settings: Settings, store: PostgresStore, order: Order, tell: Tell) -> tuple[Comparison, Report]:
    """Run what is still to be run, and report.

    Raises
    ------
    InputError
        An app or version is not there, the name belongs to another comparison, there is no study, or another
        process is at it.
    """
    manifests, comparison = await _prepared(settings, store, order)
    number = int.from_bytes(hashlib.blake2b(comparison.key.encode(), digest_size=7).digest(), "big")
    async with store.held_lock(number) as held:
        if held is None:
            message = f"{order.name}: another process is running this comparison"
            raise InputError(message)
        os.nice(NICENESS)
        await run_all(settings, store, comparison, manifests, at_once=order.at_once, tell=tell)
    return await report(store, order.name)


async def report(store: PostgresStore, name: str) -> tuple[Comparison, Report]:
    """Report on a comparison, whether it has ended or not."""
    comparison, items = await viewed(store, name)
    return comparison, compare(items, concept)


async def scores(store: PostgresStore, name: str, code: str) -> dict[Side, list[tuple[str, ...]]]:
    """Give the scores of both sides for one finding, with a heading (`collega.measure.compare_scores`)."""
    comparison, items = await viewed(store, name)
    return {side: [HEADING, *score_lines(items, side, code, comparison.side(side).version, concept)] for side in Side}


async def viewed(store: PostgresStore, name: str) -> tuple[Comparison, list[Item]]:
    """Give a comparison and its runs, and log that they were looked at.

    Raises
    ------
    InputError
        There is none of that name.
    """
    async with store.transaction() as transaction:
        comparison = await comparisons.named(transaction, name)
        if comparison is None:
            message = f"{name}: no such comparison; see `collega compare list`"
            raise InputError(message)
        items = await comparisons.items(transaction, comparison.key)
        studies = tuple(dict.fromkeys(storage_key(item.study_instance_uid) for item in items))
        await transaction.add_audit(AuditEntry(event="comparison viewed", studies=studies, payload={"name": name}))
    return comparison, items


async def overview(store: PostgresStore) -> list[dict[str, Any]]:
    """List the comparisons."""
    async with store.transaction() as transaction:
        rows = await comparisons.overview(transaction)
    return [
        {
            "name": row["name"],
            "a": "{app_id} {version}".format(**row["side_a"]),
            "b": "{app_id} {version}".format(**row["side_b"]),
            "studies": row["studies"],
            "to_do": row["to_do"],
            "percent": percent(row["runs"] - row["to_do"], row["runs"]),
            "created_at": row["created_at"],
            "last_at": row["last_at"],
            "actor": row["actor"],
        }
        for row in rows
    ]


async def _prepared(
    settings: Settings, store: PostgresStore, order: Order
) -> tuple[Mapping[Side, Manifest], Comparison]:
    """Find apps and studies, and record the order."""
    found = {side: _app(settings, order.apps[side], order.versions[side]) for side in Side}
    async with store.transaction() as transaction:
        given = {side: await app_in_force(transaction, manifest) for side, manifest in found.items()}
        sides = {side: _contender(manifest, number) for side, (manifest, number) in given.items()}
        comparison = await _begun(transaction, order, sides)
        await comparisons.add_studies(transaction, comparison.key, await _studies(settings, transaction, order))
        if not await comparisons.count(transaction, comparison.key):
            message = "no study to compare on: name some with --studies, --since or --from"
            raise InputError(message)
    return {side: manifest for side, (manifest, _) in given.items()}, comparison


def _app(settings: Settings, app: str, version: str) -> Manifest:
    manifest = find_app(settings, app)
    if version and manifest.version != version:
        message = f"{app}: version {manifest.version} is there, not {version}; give the folder of that version"
        raise InputError(message)
    return manifest


def _contender(manifest: Manifest, thresholds: int) -> Contender:
    return Contender(
        app_id=manifest.id,
        version=manifest.version,
        name=manifest.name,
        folder=str(manifest.folder),
        thresholds=thresholds,
    )


async def _begun(transaction: PostgresTransaction, order: Order, sides: Mapping[Side, Contender]) -> Comparison:
    """Begin a comparison, or find the one of that name, which must be the same."""
    a, b = sides[Side.A], sides[Side.B]
    made = await comparisons.add(transaction, order.name, a, b, datetime.now(UTC), order.actor)
    if made is not None:
        payload = {"name": order.name, "a": f"{a.app_id} {a.version}", "b": f"{b.app_id} {b.version}"}
        await transaction.add_audit(AuditEntry(event="comparison begun", responsible=order.actor, payload=payload))
        return made
    known = await comparisons.named(transaction, order.name)
    if known is None or (known.a, known.b) != (a, b):
        message = (
            f"{order.name}: this name belongs to another comparison (other apps, versions, folders or thresholds); "
            "choose another"
        )
        raise InputError(message)
    return known


async def _studies(settings: Settings, transaction: PostgresTransaction, order: Order) -> list[str]:
    found = list(order.studies)
    if order.since is not None:
        moment = datetime.combine(order.since, time(), ZoneInfo(settings.site.timezone))
        found += await comparisons.studies_since(transaction, moment)
    return list(dict.fromkeys(found))
