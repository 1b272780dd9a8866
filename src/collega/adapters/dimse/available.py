"""Telling a peer what can be had from the PACS: N-CREATE of Instance Availability Notification, as its user."""

from dataclasses import dataclass

from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from collega.adapters.dimse.associate import associate, caller, released
from collega.errors import PeerError, RefusedError
from collega.formats.dicom_availability import availability
from collega.model.availability import Available

INSTANCE_AVAILABILITY = UID("1.2.840.10008.5.1.4.33")
SYNTAXES: list[str] = [ExplicitVRLittleEndian, ImplicitVRLittleEndian]
# PS3.7 10.1.5.1.6: success, warnings about attributes, and a duplicate: it was told before.
TOLD = frozenset({0x0000, 0x0001, 0x0107, 0x0111, 0x0116})
# Processing failure, resource limitation.
NOT_NOW = frozenset({0x0110, 0x0213})


@dataclass(frozen=True, kw_only=True, slots=True)
class AvailabilityAddress:
    """Where the peer listens, and as whom we call it."""

    host: str
    port: int
    aet: str
    calling_aet: str
    timeout_s: float


class AvailabilityTeller:
    """Tells one peer; see `collega.ports.peers.AvailabilitySink`.

    Parameters
    ----------
    address : AvailabilityAddress
    """

    def __init__(self, address: AvailabilityAddress) -> None:
        self._address = address

    def tell(self, said: Available) -> None:
        """Send one notification, on an association of its own."""
        address = self._address
        name = f"{address.aet} at {address.host}:{address.port}"
        entity = caller(address.calling_aet, address.timeout_s)
        entity.add_requested_context(INSTANCE_AVAILABILITY, SYNTAXES)
        association = associate(entity, (address.host, address.port), address.aet)
        if not association.is_established:
            why = "it rejects the association" if association.is_rejected else "no connection"
            if association.is_aborted and association.rejected_contexts:
                why = "it offers no Instance Availability Notification"
            message = f"{name}: {why}"
            raise PeerError(message)
        with released(association):
            try:
                answer, _ = association.send_n_create(
                    availability(said), INSTANCE_AVAILABILITY, UID(said.sop_instance_uid)
                )
            except RuntimeError:  # pynetdicom's word for an association that has ended meanwhile
                message = f"{name}: it ended the association"
                raise PeerError(message) from None
        if "Status" not in answer:
            message = f"{name}: no answer to the notification"
            raise PeerError(message)
        status = int(answer.Status)
        if status in NOT_NOW:
            message = f"{name}: it cannot now (status {status:04X})"
            raise PeerError(message)
        if status not in TOLD:
            message = f"status {status:04X} {answer.get('ErrorComment', '')}".strip()
            raise RefusedError(message)
