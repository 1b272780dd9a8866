"""The last word: telling people that the database is out, when it cannot hold who was told.

The web process keeps this outage itself, in a small record that it writes to a file at every
change, so that its own restart neither forgets nor repeats a notice.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog

from collega.deliver import notice_words
from collega.deliver.availability import follow
from collega.errors import PeerError
from collega.model.ids import stable_uid
from collega.model.outage import Cause, Fact, Notice, NoticeKind, Outage, Part, Subject
from collega.model.policy import NoticePolicy
from collega.ports import Clock
from collega.watch_ports import Notifier

SUBJECT = Subject(part=Part.DATABASE)
MOMENTS = ("down_since", "seen_at", "noticed_at", "up_since", "ended_at")
_log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """An outage of the database, and the channels on which each notice of it has gone out."""

    outage: Outage
    sent: frozenset[tuple[NoticeKind, str]] = field(default_factory=frozenset)


class DatabaseWatch:
    """Follows whether the database answers.

    Parameters
    ----------
    load, save : callable
        Read and write what must survive a restart; None stands for nothing.
    """

    def __init__(  # noqa: PLR0913 - the ports of the watch
        self,
        clock: Clock,
        rules: NoticePolicy,
        zone: ZoneInfo,
        notifier: Notifier,
        *,
        load: Callable[[], Mapping[str, Any] | None],
        save: Callable[[Mapping[str, Any] | None], None],
    ) -> None:
        self._clock, self._rules, self._zone, self._notifier, self._save = clock, rules, zone, notifier, save
        kept = load()
        self._record = _read(kept) if kept else None

    @property
    def declared(self) -> Outage | None:
        """The outage that people were told of and that is not over."""
        outage = self._record.outage if self._record else None
        return outage if outage and outage.noticed_at and not outage.ended_at else None

    async def note(self, *, answers: bool) -> Outage | None:
        """Carry the outage on by what was just seen; returns it when it is over and all is told."""
        now = self._clock.now()
        before = self._record.outage if self._record else None
        if before is None or before.ended_at is None:
            after = follow(before, Fact(subject=SUBJECT, cause=None if answers else Cause.SILENT), now, self._rules)
            if after is None:
                return None
            if after != before:
                self._keep(Record(outage=after, sent=self._record.sent if self._record else frozenset()))
        record = self._record
        if record is None:
            return None
        outage = record.outage
        if outage.noticed_at is not None and outage.ended_at is not None:
            await self._tell(outage, NoticeKind.AVAILABLE)
        elif outage.noticed_at is not None and outage.up_since is None:
            await self._tell(outage, NoticeKind.UNAVAILABLE)
        return record.outage if record.outage.ended_at is not None and self._is_told() else None

    def forget(self) -> None:
        """Put the record away, once the database has it."""
        self._keep(None)

    def _is_told(self) -> bool:
        """Whether everybody who heard that it was out has heard that it is over."""
        sent = self._record.sent if self._record else frozenset()
        return all((NoticeKind.AVAILABLE, channel) in sent for kind, channel in sent if kind is NoticeKind.UNAVAILABLE)

    async def _tell(self, outage: Outage, kind: NoticeKind) -> None:
        for channel in self._rules.channels:
            record = self._record
            if record is None or (kind, channel) in record.sent:
                continue
            if kind is NoticeKind.AVAILABLE and (NoticeKind.UNAVAILABLE, channel) not in record.sent:
                continue  # nobody has heard there that it was out
            identity = f"{stable_uid('outage', 'database', outage.down_since.isoformat())}.{kind}"
            notice = Notice(
                key="",
                outage_key="",
                kind=kind,
                channel=channel,
                identity=identity,
                at=self._clock.now(),
                heading=notice_words.heading(outage, kind),
                body=notice_words.body(outage, kind, None, self._zone),
            )
            try:
                await asyncio.to_thread(self._notifier.send, notice)
            except PeerError as error:
                _log.warning("a notice did not go out", channel=channel, why=str(error))
                continue
            self._keep(replace(record, sent=record.sent | {(kind, channel)}))

    def _keep(self, record: Record | None) -> None:
        self._record = record
        self._save(_write(record) if record else None)


def _write(record: Record) -> Mapping[str, Any]:
    moments = {name: getattr(record.outage, name) for name in MOMENTS}
    return {
        **{name: moment.isoformat() if moment else None for name, moment in moments.items()},
        "sent": sorted([kind, channel] for kind, channel in record.sent),
    }


def _read(kept: Mapping[str, Any]) -> Record:
    moments = {name: datetime.fromisoformat(kept[name]) if kept[name] else None for name in MOMENTS}
    outage = Outage(subject=SUBJECT, cause=Cause.SILENT, **moments)  # type: ignore[arg-type]
    return Record(outage=outage, sent=frozenset((NoticeKind(kind), channel) for kind, channel in kept["sent"]))
