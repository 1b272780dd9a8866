"""What RIS and EHR said, and what follows from it; part of a `Store` transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from collega.model.merge import Identity
from collega.model.message import (
    MergeSaid,
    Message,
    MessageChange,
    MessageState,
    OrderSaid,
    PatientSaid,
    ReportSaid,
    Said,
    Word,
)
from collega.model.order import Order
from collega.model.study import Patient, Study


class Messages(Protocol):
    """Messages as they came."""

    async def add_messages(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Keep messages; give for each the one that is kept, which is an older one where the bytes are the same."""
        ...

    async def messages_waiting(self, limit: int, at: datetime) -> Sequence[Message]:
        """List messages that wait to be applied and are due, in the order of their arrival."""
        ...

    async def message(self, key: str) -> Message | None:
        """Find a message by its key, or by the beginning of it where that is enough."""
        ...

    async def messages(self, states: Sequence[MessageState], limit: int) -> Sequence[Message]:
        """List messages in these states, the newest first."""
        ...

    async def change_messages(self, changes: Sequence[MessageChange]) -> None:
        """Note how far messages are, and why."""
        ...


class Links(Messages, Protocol):
    """Messages, what they said, and what follows for studies."""

    async def give_way(self) -> None:
        """Fail rather than wait long for a row that another transaction holds: the receiver must not be kept."""
        ...

    async def add_words(self, words: Sequence[Word[Said]]) -> None:
        """Keep what messages said; once for each message and item."""
        ...

    async def orders_said_with(self, tokens: Sequence[str]) -> Sequence[Word[OrderSaid]]:
        """List what was said of orders under any of these numbers (`OrderNumbers.tokens`)."""
        ...

    async def tokens_of(self, numbers: Sequence[Identity]) -> Sequence[str]:
        """List the numbers of the orders of which something was said for these patients."""
        ...

    async def replace_orders(self, tokens: Sequence[str], orders: Sequence[Order]) -> None:
        """Put orders in the place of those that have one of these numbers."""
        ...

    async def orders_with(self, tokens: Sequence[str]) -> Sequence[Order]:
        """List the orders that ever had one of these numbers."""
        ...

    async def orders_named(self, accessions: Sequence[str], study_uids: Sequence[str]) -> Sequence[Order]:
        """List the orders that now have one of these accession numbers, or name one of these studies."""
        ...

    async def reports_named(self, tokens: Sequence[str], study_uids: Sequence[str]) -> Sequence[Word[ReportSaid]]:
        """List the versions of reports with any of these numbers or studies."""
        ...

    async def merges_around(self, numbers: Sequence[Identity]) -> Sequence[Word[MergeSaid]]:
        """List the merges by which these numbers hang together with others, over any number of steps."""
        ...

    async def patients_said(self, numbers: Sequence[Identity]) -> Sequence[Word[PatientSaid]]:
        """List the descriptions that were sent of these patients."""
        ...

    async def studies_named(self, accessions: Sequence[str], study_uids: Sequence[str]) -> Sequence[str]:
        """List the keys of the studies with one of these accession numbers or UIDs."""
        ...

    async def studies_under(self, numbers: Sequence[Identity]) -> Sequence[str]:
        """List the keys of the studies that came, or now stand, under one of these patients."""
        ...

    async def studies_to_meet(self, limit: int) -> Sequence[str]:
        """Take the mark from studies that came or changed since messages were last held against them; their keys."""
        ...

    async def lock_studies(self, keys: Sequence[str]) -> Sequence[Study]:
        """Lock these studies, and give them as they stand."""
        ...

    async def place_study(self, study: Study, number: Identity, said: Patient | None, at: datetime) -> None:
        """Put a study under a patient; ``said`` describes them, empty values of it change nothing."""
        ...

    async def note_links(self, study_key: str, standing: str, location: str, report: str) -> bool:
        """Note where order and report of a study stand, empty where there is none; False where that is known."""
        ...

    async def unsign(self, study_key: str, versions: Sequence[str]) -> Sequence[str]:
        """Take back what signed a study, except these versions of its report; which they were."""
        ...

    async def sign_once(self, study_key: str, version: str) -> bool:
        """Note that a version of a report has signed a study; False where that is known."""
        ...
