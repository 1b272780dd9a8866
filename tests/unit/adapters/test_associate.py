from pathlib import Path

import pytest
from pynetdicom import AE

from collega.adapters.dimse.associate import associate
from collega.adapters.dimse.sender import PacsAddress, PacsSender
from collega.errors import PeerError
from collega.model.delivery import Parcel
from collega.model.result import ObjectReference
from collega.testing.ports import LOOPBACK, reserved_ports

REFERENCE = ObjectReference(
    study_instance_uid="1.2.1",
    series_instance_uid="1.2.2",
    sop_class_uid="1.2.840.10008.5.1.4.1.1.88.34",
    sop_instance_uid="1.2.3",
)
NOWHERE = "pacs.invalid"  # RFC 2606: a name that nobody can have


@pytest.mark.shows("R31")
def test_a_name_that_cannot_be_looked_up_is_a_pacs_that_is_away(tmp_path: Path) -> None:
    address = PacsAddress(
        host=NOWHERE, port=104, aet="PACS", calling_aet="COLLEGA", timeout_s=5, confirm="visible", query_level="image"
    )
    with pytest.raises(PeerError, match=rf"PACS: the name {NOWHERE} cannot be looked up .*does DNS answer"):
        PacsSender(address).exchange([Parcel(reference=REFERENCE, file=tmp_path / "none.dcm")], [])


def test_nobody_who_listens_gives_no_association() -> None:
    entity = AE(ae_title="COLLEGA")
    entity.add_requested_context("1.2.840.10008.1.1")
    with reserved_ports() as (port,):
        assert not associate(entity, (LOOPBACK, port), "PACS").is_established
