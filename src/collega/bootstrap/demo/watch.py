"""Watching the demonstration: what collega says, what the PACS holds, what is confirmed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pydicom

from collega.bootstrap.demo.count import InPacs, Known, Passage, Said, is_delivered
from collega.bootstrap.demo.server import Server
from collega.model.finding import Outcome
from collega.model.result import NoAnswer
from collega.testing.pacs import KeepingPacs
from collega.testing.pacs_shelf import KeptObject

MOST_ROWS = 1000
MOST_ACCOUNTS = 20
NOTED = ("complete", "planned", "confirmed")
PROVEN = frozenset({"visible", "committed"})


class Watch:
    """Gathers what is known of the sent studies.

    Parameters
    ----------
    server : Server
    pacs : KeepingPacs
    """

    def __init__(self, server: Server, pacs: KeepingPacs) -> None:
        self._server = server
        self._pacs = pacs
        self._read: dict[str, InPacs] = {}
        self._said: dict[str, Said] = {}
        self._shelf: dict[str, tuple[InPacs, ...]] = {}
        self._confirmed: dict[str, float | None] = {}
        self._passages: dict[str, Passage] = {}

    @property
    def known(self) -> Known:
        """What is known by now."""
        return Known(said=self._said, shelf=self._shelf, confirmed=self._confirmed, passages=self._passages)

    def look(self, sent: Sequence[str]) -> None:
        """Look at everything once more."""
        open_studies = [uid for uid in sent if uid not in self._confirmed]
        if not open_studies:
            return
        rows = self._server.get(f"/api/worklist?limit={MOST_ROWS}") or []
        wanted = set(open_studies)
        self._said.update(
            {row["study_instance_uid"]: _said(row) for row in rows if row["study_instance_uid"] in wanted}
        )
        self._look_at_shelf(open_studies)
        delivered = [uid for uid in open_studies if is_delivered(self._said.get(uid), self._shelf.get(uid, ()))]
        beyond = [uid for uid in open_studies if len(rows) == MOST_ROWS and uid not in self._said]
        for uid in [*delivered, *beyond][:MOST_ACCOUNTS]:
            self._ask(uid)

    def look_again(self, sent: Iterable[str]) -> None:
        """Look at studies that were through already too: a reader may have asked an app since, or used its screen."""
        wanted = set(sent)
        rows = self._server.get(f"/api/worklist?limit={MOST_ROWS}") or []
        again = {row["study_instance_uid"]: _said(row) for row in rows if row["study_instance_uid"] in wanted}
        self._said.update(again)
        self._look_at_shelf(wanted)

    def _look_at_shelf(self, studies: Iterable[str]) -> None:
        for uid in studies:
            self._shelf[uid] = tuple(self._describe(item) for item in self._pacs.shelf.objects(uid))

    def _describe(self, item: KeptObject) -> InPacs:
        if item.sop_instance_uid not in self._read:
            header = pydicom.dcmread(item.path, specific_tags=["ManufacturerModelName"], stop_before_pixels=True)
            self._read[item.sop_instance_uid] = InPacs(
                sop_class_uid=item.sop_class_uid,
                model_name=str(header.get("ManufacturerModelName", "")),
                description=str(item.header.get("SeriesDescription", "")),
            )
        return self._read[item.sop_instance_uid]

    def _ask(self, uid: str) -> None:
        account = self._server.get(f"/api/studies/{uid}")
        if not account or not account.get("jobs"):
            return
        if uid not in self._said:
            self._said[uid] = _said({**account, "apps": [{"app": job["app_id"], **job} for job in account["jobs"]]})
        deliveries = account["deliveries"]
        if deliveries and all(item["state"] in PROVEN for item in deliveries):
            way = passage(account["events"])
            self._confirmed[uid] = (way.confirmed_at - way.complete_at).total_seconds() if way else None
            if way:
                self._passages[uid] = way


def passage(events: Sequence[Mapping[str, Any]]) -> Passage | None:
    """Read from when a study was complete for the first time until when the last of its results was confirmed."""
    at = {kind: [_moment(event["at"]) for event in events if event["kind"] == kind] for kind in NOTED}
    if not (at["complete"] and at["confirmed"]):
        return None
    return Passage(
        complete_at=min(at["complete"]),
        ready_at=min(at["planned"] or at["confirmed"]),
        confirmed_at=max(at["confirmed"]),
    )


def _said(row: Mapping[str, Any]) -> Said:
    received = row.get("received_at")
    return Said(
        accession_number=row["accession_number"],
        received_at=_moment(received) if received else None,
        state=row["state"],
        apps={app["app"]: _outcome(app) for app in row["apps"]},
        raised=bool(row.get("raised_by_ai")),
    )


def _outcome(app: Mapping[str, Any]) -> Outcome | NoAnswer | None:
    word = app["outcome"]
    if not word:
        return None
    return NoAnswer(word) if word in set(NoAnswer) else Outcome(word)


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)
