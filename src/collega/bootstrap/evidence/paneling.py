"""Panels of a site: made, read blind, settled, closed; their outcome goes to the reference."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from collega.adapters.postgres import accounts, comparisons, panels, references
from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.evidence.answers import said_of
from collega.bootstrap.evidence.referencing import sight_of
from collega.bootstrap.reading.quick_view import QuickDesk
from collega.bootstrap.site import Asked, catalogue
from collega.config import Settings
from collega.errors import InputError
from collega.formats.dicom_concept import concept
from collega.formats.quick_image import FrameHeader
from collega.measure import panel as reads
from collega.measure.compare import compare
from collega.measure.sight import heard_from
from collega.model.access import Action, may
from collega.model.audit import AuditEntry
from collega.model.code import Text
from collega.model.feedback import Seen
from collega.model.panel import Panel, PanelRead

NONE = Text(
    en="there is no such panel, or it has no such case", nl="zo'n panel is er niet, of het heeft zo'n casus niet"
)
CLOSED = Text(en="this panel is closed already", nl="dit panel is al gesloten")
NOT_YOURS = Text(
    en="you read this panel no more, or never did: the case waits for somebody else",
    nl="u leest dit panel niet (meer): de casus wacht op iemand anders",
)
CHOSEN = "a list of studies"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """What a panel is to be; ``studies`` by UID or accession number, in the order of reading."""

    name: str
    findings: tuple[str, ...]
    readers: tuple[str, ...]
    adjudicator: str
    studies: tuple[str, ...]
    why: str = CHOSEN


async def create(transaction: Asked, wanted: Wanted, actor: str) -> Panel:
    """Make a panel.

    Raises
    ------
    InputError
        It cannot be one: a study is unknown or there twice, a reader has no account, the name is taken.
    """
    await _check_readers(transaction, (*wanted.readers, wanted.adjudicator))
    made = Panel(
        key=str(uuid.uuid4()),
        name=wanted.name,
        why=wanted.why,
        findings=wanted.findings,
        readers=wanted.readers,
        adjudicator=wanted.adjudicator,
        created_at=datetime.now(UTC),
        actor=actor,
        cases=await _cases(transaction, wanted.studies),
    )
    if not await panels.add(transaction, made):
        message = f"a panel is named {wanted.name!r} already: give this one another name"
        raise InputError(message)
    await _log(transaction, made, actor, "made", made.cases)
    return made


async def _check_readers(transaction: Asked, names: Sequence[str]) -> None:
    """Refuse who cannot read: a panel that names nobody's account would wait for ever."""
    people = await accounts.listed(transaction)
    able = {one.name for one in people if one.disabled_at is None and may(one.roles, Action.READ_PANEL)}
    # Where nobody signs in, readers are known by the names that they give.
    unable = [name for name in names if people and name not in able]
    if unable:
        message = f"readers: {', '.join(unable)}: no account that may read a panel; there are {', '.join(sorted(able))}"
        raise InputError(message)


async def _cases(transaction: Asked, names: Sequence[str]) -> tuple[str, ...]:
    studies = await references.studies_named(transaction, names)
    keys: dict[str, str] = {}
    for name in names:
        found = studies.get(name, [])
        if len(found) != 1:
            problem = "no such study was received" if not found else f"{len(found)} studies have this accession number"
            message = f"studies: {name}: {problem}; write its Study Instance UID"
            raise InputError(message)
        key = found[0]["study_key"]
        if key in keys:
            message = f"studies: {name}: the same study as {keys[key]}; take one out"
            raise InputError(message)
        keys[key] = name
    if not keys:
        message = "studies: a panel reads one study or more"
        raise InputError(message)
    return tuple(keys)


async def discordant(transaction: Asked, first: str, second: str, finding: str) -> list[str]:
    """List the studies on which two apps, or two versions (APP@VERSION), say the opposite of a finding: their UIDs."""
    words = []
    for name in (first, second):
        app, _, version = name.partition("@")
        words.append(await references.said(transaction, app, version, finding))
    one, other = words
    keys = sorted(key for key, word in one.items() if word is not None and other.get(key) is (not word))
    uids = await references.uids_of(transaction, keys)
    if not keys:
        both = len(one.keys() & other.keys())
        message = f"{first} and {second} differ on {finding} in none of {both} studies that both have analysed"
        raise InputError(message)
    return [uids[key] for key in keys]


async def discordant_in(transaction: Asked, settings: Settings, name: str, finding: str) -> list[str]:
    """List the studies of a comparison on which both sides say the opposite of a finding of an app: their UIDs."""
    comparison = await comparisons.named(transaction, name)
    if comparison is None:
        message = f"{name}: no such comparison; see `collega compare list`"
        raise InputError(message)
    found = compare(await comparisons.items(transaction, comparison.key), concept)
    codes = {
        one.code.value for manifest in catalogue(settings).values() for one in manifest.findings if one.id == finding
    }
    uids = [flip.study_instance_uid for one in found.findings if one.code.value in codes for flip in one.disagreements]
    if not uids:
        message = f"{name}: the two sides differ on {finding} in none of {found.compared} studies that both analysed"
        raise InputError(message)
    return list(dict.fromkeys(uids))


async def close(transaction: Asked, key: str, actor: str) -> int:
    """Close a panel whose every case has its outcome, and keep that as strong labels; gives how many.

    Raises
    ------
    InputError
        There is none, it is closed, or a case waits.
    """
    panel = await panels.locked(transaction, key)
    if panel is None or panel.closed_at is not None:
        why = NONE if panel is None else CLOSED
        raise InputError(why.en, nl=why.nl)
    if not reads.is_ready(panel):
        message = "the panel is not ready: every case is to be read by each reader, and settled where they do not agree"
        nl = "het panel is nog niet klaar: elke lezer leest elke casus, en waar zij verschillen, wordt beslist"
        raise InputError(message, nl=nl)
    closed = replace(panel, closed_at=datetime.now(UTC))
    await panels.close(transaction, closed)
    labels = reads.labels_of_panel(closed, actor)
    for label in labels:
        await references.add(transaction, label)
    await _log(transaction, closed, actor, "closed", closed.cases)
    return len(labels)


async def _log(transaction: Asked, panel: Panel, actor: str, what: str, studies: Sequence[str]) -> None:
    payload = {"panel": panel.name, "what": what}
    entry = AuditEntry(event="panel changed", studies=tuple(studies), responsible=actor, payload=payload)
    await transaction.add_audit(entry)


def account(panel: Panel) -> dict[str, Any]:
    """Tell how far a panel is; what was read is not in it."""
    return {
        "key": panel.key,
        "name": panel.name,
        "why": panel.why,
        "findings": list(panel.findings),
        "readers": list(panel.readers),
        "adjudicator": panel.adjudicator,
        "created_at": panel.created_at,
        "actor": panel.actor,
        "closed_at": panel.closed_at,
        "cases": len(panel.cases),
        "read": sum(reads.is_read(panel, case) for case in reads.numbers_of(panel)),
        "to_settle": len(reads.waiting_for(panel, panel.adjudicator)),
        "is_ready": reads.is_ready(panel),
        "waiting": {name: len(reads.waiting_for(panel, name)) for name in (*panel.readers, panel.adjudicator)},
    }


def result(panel: Panel, uids: Mapping[str, str]) -> dict[str, Any]:
    """Tell what was read and what came of it."""
    done = reads.latest_reads(panel)
    return {
        **account(panel),
        "agreement": reads.agreements(panel),
        "list": [
            {
                "case": case,
                "study_instance_uid": uids[panel.cases[case - 1]],
                "reads": {name: done[case, name].words for name in panel.readers if (case, name) in done},
                "settled": done[case, panel.adjudicator].words if (case, panel.adjudicator) in done else None,
                "outcome": reads.outcome(panel, case),
                "ai_visible": {name: str(one.ai_visible) for (number, name), one in done.items() if number == case},
            }
            for case in reads.numbers_of(panel)
        ],
    }


async def listed(transaction: Asked) -> list[dict[str, Any]]:
    """List panels with how far they are."""
    return [account(one) for one in await panels.listed(transaction)]


async def shown(transaction: Asked, name: str) -> dict[str, Any]:
    """Tell all of a panel.

    Raises
    ------
    InputError
        There is none of that name.
    """
    panel = await _named(transaction, name)
    return result(panel, await references.uids_of(transaction, panel.cases))


async def close_named(transaction: Asked, name: str, actor: str) -> int:
    """Close a panel by its name; see `close`."""
    return await close(transaction, (await _named(transaction, name)).key, actor)


async def _named(transaction: Asked, name: str) -> Panel:
    panel = await panels.found(transaction, name)
    if panel is None:
        message = f"{name}: no such panel; `collega panel list` names them"
        raise InputError(message)
    return panel


@dataclass(frozen=True, kw_only=True, slots=True)
class PanelDesk:
    """What the pages ask; see `collega.web.panels.page.Desk`. Nothing that it gives holds a word of AI."""

    store: PostgresStore
    settings: Settings
    quick: QuickDesk

    async def listed(self) -> list[dict[str, Any]]:
        """List panels with how far they are."""
        async with self.store.transaction() as transaction:
            return await listed(transaction)

    async def create(self, wanted: Mapping[str, Any], actor: str) -> str:
        """Make a panel; gives its key."""
        async with self.store.transaction() as transaction:
            try:
                return (await create(transaction, Wanted(**wanted), actor)).key
            except ValueError as error:
                raise InputError(str(error)) from None

    async def result(self, key: str, reader: str) -> dict[str, Any] | None:
        """Tell all of a panel; to whoever still reads it, only how far it is."""
        async with self.store.transaction() as transaction:
            panel = await panels.found(transaction, key)
            if panel is None or panel.key != key:
                return None
            mine = reader in {*panel.readers, panel.adjudicator}
            if mine and not (panel.closed_at or reads.is_ready(panel)):
                return {**account(panel), "agreement": None, "list": None}
            uids = await references.uids_of(transaction, panel.cases)
            return result(panel, uids)

    async def close(self, key: str, actor: str) -> None:
        """Close a panel."""
        async with self.store.transaction() as transaction:
            await close(transaction, key, actor)

    async def case(self, key: str, case: int, reader: str) -> dict[str, Any] | None:
        """Show a case to one of its readers: what is asked, and to the adjudicator what the others said.

        None for everybody else, and where there is no such case.
        """
        async with self.store.transaction() as transaction:
            panel = await panels.found(transaction, key)
            if panel is None or not _may_read(panel, case, reader):
                return None
            entry = AuditEntry(
                event="panel case viewed",
                study_key=panel.cases[case - 1],
                responsible=reader,
                payload={"panel": panel.name, "case": case},
            )
            await transaction.add_audit(entry)
        done = reads.latest_reads(panel)
        settles = reader == panel.adjudicator
        mine = done.get((case, reader))
        return {
            "key": panel.key,
            "name": panel.name,
            "case": case,
            "cases": len(panel.cases),
            "left": len(reads.waiting_for(panel, reader)),
            "next": next(iter([one for one in reads.waiting_for(panel, reader) if one != case]), None),
            "findings": reads.disputed(panel, case) if settles else list(panel.findings),
            "settles": settles,
            "others": [done[case, name].words for name in panel.readers] if settles else [],
            "mine": dict(mine.words) if mine else {},
            "is_closed": panel.closed_at is not None,
        }

    async def next_case(self, key: str, reader: str) -> int | None:
        """Give the first case that waits for a reader; None where none does."""
        async with self.store.transaction() as transaction:
            panel = await panels.found(transaction, key)
        return next(iter(reads.waiting_for(panel, reader)), None) if panel else None

    async def read(self, key: str, case: int, reader: str, words: Mapping[str, str]) -> None:
        """Keep what a reader says of a case."""
        now = datetime.now(UTC)
        async with self.store.transaction() as transaction:
            panel = await panels.locked(transaction, key)
            if panel is None or not _may_read(panel, case, reader):
                raise InputError(NONE.en, nl=NONE.nl)
            kept = reads.latest_reads(panel)
            settles = reader == panel.adjudicator
            if panel.closed_at is not None or (not settles and (case, panel.adjudicator) in kept):
                raise InputError(NOT_YOURS.en, nl=NOT_YOURS.nl)
            asked = reads.disputed(panel, case) if settles else list(panel.findings)
            said = said_of(asked, words)
            before = kept.get((case, reader))
            read = PanelRead(
                case=case,
                reader=reader,
                words=said,
                at=now,
                number=1 + (before.number if before else 0),
                is_adjudication=settles,
                ai_visible=await _had_seen(transaction, self.settings, panel.cases[case - 1], reader, now),
            )
            await panels.add_read(transaction, panel.key, read)
            await _log(transaction, panel, reader, "settled" if settles else "read", [panel.cases[case - 1]])

    async def images(self, key: str, case: int, reader: str) -> list[dict[str, Any]] | None:
        """List the images of a case as they came from the scanner; no word of AI, and no number of the study."""
        uid = await self._uid(key, case, reader)
        found = await self.quick.images(uid) if uid else None
        if found is None:
            return None
        for series in found:
            for image in series["images"]:
                image["uid"] = ""
        return found

    async def frame(
        self, key: str, case: int, reader: str, image: str, number: int
    ) -> tuple[FrameHeader, bytes] | None:
        """Give one frame of an image of a case."""
        uid = await self._uid(key, case, reader)
        return await self.quick.frame(uid, image, number) if uid else None

    async def _uid(self, key: str, case: int, reader: str) -> str | None:
        async with self.store.transaction() as transaction:
            panel = await panels.found(transaction, key)
            if panel is None or not _may_read(panel, case, reader):
                return None
            study = panel.cases[case - 1]
            return (await references.uids_of(transaction, [study]))[study]


def _may_read(panel: Panel, case: int, reader: str) -> bool:
    """Tell whether a case is shown to somebody: a reader of the panel, or its adjudicator once it must be settled."""
    if case not in reads.numbers_of(panel):
        return False
    if reader == panel.adjudicator:
        return reads.is_read(panel, case) and bool(reads.disputed(panel, case))
    return reader in panel.readers


async def _had_seen(transaction: Asked, settings: Settings, study_key: str, reader: str, now: datetime) -> Seen:
    """Tell whether a reader had opened the study with AI's word to be had, as far as is on record.

    Their page of the panel shows none: who never opened the study elsewhere has not seen it.
    """
    sight = await sight_of(transaction, settings, [study_key])
    views = await references.views(transaction, [study_key])
    looked = [one for kept in (sight.looks, views) for one in kept.get(study_key, ()) if one.reader == reader]
    heard = [
        at
        for one in sight.spoken.get(study_key, ())
        if (at := heard_from(one, sight.stages, sight.default)) is not None
    ]
    return Seen.YES if any(begin <= one.at <= now for begin in heard for one in looked) else Seen.NO
