"""A modality, and an archive that notifies: the user side of the services beside storage, by pynetdicom."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.association import Association

from collega.testing.pacs_sockets import socket_handlers
from tests.e2e.peers import LOOPBACK

PROCEDURE_STEP = "1.2.840.10008.3.1.2.3.3"
INSTANCE_AVAILABILITY = "1.2.840.10008.5.1.4.33"
STORAGE_COMMITMENT = "1.2.840.10008.1.20.1"
STORAGE_COMMITMENT_INSTANCE = "1.2.840.10008.1.20.1.1"
VERIFICATION = "1.2.840.10008.1.1"
CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
CLASSES = (VERIFICATION, PROCEDURE_STEP, INSTANCE_AVAILABILITY, STORAGE_COMMITMENT, CT_IMAGE_STORAGE)


@dataclass(frozen=True, kw_only=True)
class Modality:
    """An association with collega; each call returns the status of the answer, ``answers`` holds the command sets."""

    association: Association
    answers: list[Dataset]

    def taken(self) -> set[str]:
        """SOP classes that collega accepted."""
        return {str(context.abstract_syntax) for context in self.association.accepted_contexts}

    def create(self, uid: str | None, dataset: Dataset) -> Dataset:
        """N-CREATE of a performed procedure step."""
        return self.association.send_n_create(dataset, PROCEDURE_STEP, uid)[0]

    def set(self, uid: str, dataset: Dataset) -> Dataset:
        """N-SET of a performed procedure step."""
        return self.association.send_n_set(dataset, PROCEDURE_STEP, uid)[0]

    def notify(self, uid: str | None, dataset: Dataset) -> Dataset:
        """N-CREATE of an Instance Availability Notification."""
        return self.association.send_n_create(dataset, INSTANCE_AVAILABILITY, uid)[0]

    def ask_commitment(self, dataset: Dataset, *, action: int = 1, uid: str = STORAGE_COMMITMENT_INSTANCE) -> Dataset:
        """N-ACTION: ask to commit."""
        return self.association.send_n_action(dataset, action, STORAGE_COMMITMENT, uid)[0]


@contextmanager
def modality(port: int, *, aet: str = "CT1") -> Iterator[Modality]:
    """Associate for the block; `Modality.association` is not established where collega refused."""
    entity = AE(ae_title=aet)
    entity.dimse_timeout = entity.acse_timeout = entity.connection_timeout = 30
    for sop_class in CLASSES:
        entity.add_requested_context(sop_class)
    answers: list[Dataset] = []

    def note(event: evt.Event) -> None:
        answers.append(event.message.command_set)

    handlers: list[evt.EventHandlerType] = [*socket_handlers(), (evt.EVT_DIMSE_RECV, note)]
    association = entity.associate(LOOPBACK, port, ae_title="COLLEGA", evt_handlers=handlers)
    try:
        yield Modality(association=association, answers=answers)
    finally:
        if association.is_established:
            association.release()
