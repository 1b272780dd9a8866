"""Storage commitment as its user: reports on the association of the request, what was never there, no word at all."""

from pathlib import Path

import pytest
from pydicom.dataset import Dataset
from pynetdicom import evt

from collega.adapters.dimse.sender import PacsAddress, PacsSender
from collega.testing.pacs import KeepingPacs
from collega.testing.pacs_commitment import NO_ROUTES, CommitmentRoutes
from tests.contract.test_result_sink import parcel, uid

pytestmark = pytest.mark.shows("R31")


class Pacs(KeepingPacs):
    """Remembers the transactions that it was asked for."""

    transactions: list[str]

    def _on_action(self, event: evt.Event) -> tuple[int, Dataset | None]:
        self.transactions = [*getattr(self, "transactions", []), str(event.action_information.TransactionUID)]
        return super()._on_action(event)


def sender(port: int, wait_s: float) -> PacsSender:
    return PacsSender(
        PacsAddress(
            host="127.0.0.1",
            port=port,
            aet="SIMPACS",
            calling_aet="COLLEGA",
            timeout_s=5,
            confirm="committed",
            query_level="image",
            commit_wait_s=wait_s,
        )
    )


def test_a_report_on_the_same_association_is_waited_for(tmp_path: Path) -> None:
    sent, never = parcel(tmp_path, "sent"), parcel(tmp_path, "never sent")
    with Pacs(tmp_path / "pacs", routes=CommitmentRoutes(same_association=True)) as pacs:
        found = sender(pacs.port, 5).exchange([sent], [never.reference])
        assert (found.committed, dict(found.uncommitted), found.note) == (
            frozenset({uid(sent)}),
            {uid(never): 0x0112},
            "",
        )
        again = sender(pacs.port, 5).exchange([], [sent.reference])
        assert again.committed == {uid(sent)}
        assert len(set(pacs.transactions)) == len(pacs.transactions) == 2, "a PACS may refuse one that it has seen"


def test_a_pacs_that_reports_later_or_never_is_not_waited_for_without_end(tmp_path: Path) -> None:
    sent = parcel(tmp_path, "sent")
    nobody = CommitmentRoutes(peers={"COLLEGA": ("127.0.0.1", 9)})
    with Pacs(tmp_path / "pacs", routes=nobody) as pacs:
        found = sender(pacs.port, 0.3).exchange([sent], [])
        assert (found.committed, found.uncommitted, found.note) == (frozenset(), {}, "")
        pacs.stop()
    with Pacs(tmp_path / "other", routes=NO_ROUTES) as pacs:
        assert sender(pacs.port, 5).exchange([sent], []).note == "the PACS refuses storage commitment"
