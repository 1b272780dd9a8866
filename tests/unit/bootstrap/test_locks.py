"""Processes that hold a lock of the database as long as they live keep no others from their work."""

import pytest

from collega.adapters.postgres.outages import LINKS_LOCK, RECEIVER_LOCK
from collega.bootstrap.packs.pack_export import PACK_LOCK
from collega.bootstrap.upkeep.keeping import RETENTION_LOCK
from collega.bootstrap.upkeep.repository import REPOSITORY_LOCK


@pytest.mark.shows("R31")
def test_each_of_those_that_work_alone_has_a_lock_of_its_own() -> None:
    assert len({LINKS_LOCK, PACK_LOCK, RECEIVER_LOCK, RETENTION_LOCK, REPOSITORY_LOCK}) == 5
