"""Objects as lines for COPY are what the driver would have written of their values, whatever these hold."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from collega.adapters.postgres.copied import COPY_INSTANCES, array, lines
from collega.model.study import Attribute, Instance, Role
from collega.testing import records
from tests.contract.conftest import RealBench

pytestmark = pytest.mark.shows("R31")

ODD = st.sampled_from(
    ["\\N", "\\.", "\t", "\r\n", '"', "\\", "{a,b}", "NULL", "", "é胸", "\x08\x0b\x0c\x7f", "1.2.840"]
)
TEXT = st.one_of(
    ODD, st.lists(ODD, max_size=3).map("".join), st.text(st.characters(exclude_characters="\0", codec="utf-8"))
)
VALUE: st.SearchStrategy[Attribute] = st.one_of(
    TEXT, st.none(), st.floats(allow_nan=False, allow_infinity=False), st.lists(TEXT, max_size=3).map(tuple)
)
MOMENT = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds the zone
HEADERS = st.builds(
    records.header,
    st.uuids().map(str),
    attributes=st.dictionaries(TEXT, VALUE, max_size=5),
    sop_instance_uid=TEXT,
    series_instance_uid=TEXT,
    sop_class_uid=TEXT,
    transfer_syntax_uid=TEXT,
    role=st.sampled_from(Role),
    notes=st.lists(TEXT, max_size=3).map(tuple),
    pixel_digest=st.binary(max_size=4),
    header_digest=st.binary(max_size=4),
    acquired_at=st.one_of(st.none(), MOMENT),
)
INSTANCES = st.builds(
    Instance,
    header=HEADERS,
    study_key=TEXT,
    revision=st.integers(1, 9),
    path=TEXT,
    size=st.integers(0, 2**40),
    received_at=MOMENT,
)
# The table without its constraints, in a place of the connection's own that goes before the public one.
LIKE = "CREATE TEMPORARY TABLE instance (LIKE public.instance)"


def values(item: Instance) -> tuple[object, ...]:
    header = item.header
    uids = (header.series_instance_uid, header.sop_class_uid, header.transfer_syntax_uid)
    said = (header.role, Jsonb(dict(header.attributes)), list(header.notes), header.pixel_digest, header.header_digest)
    own = (item.path, item.size, item.received_at, header.acquired_at)
    return (header.sop_instance_uid, item.study_key, item.revision, *uids, *said, *own)


def taken(connection: psycopg.Connection[Any]) -> list[Any]:
    found = connection.execute("SELECT * FROM instance").fetchall()
    connection.execute("TRUNCATE instance")
    return found


@settings(deadline=None)
@given(batches=st.lists(st.lists(INSTANCES, min_size=1, max_size=3), min_size=1, max_size=4))
def test_lines_hold_what_the_driver_would_write_of_the_values(server: str, batches: list[list[Instance]]) -> None:
    with psycopg.connect(server, autocommit=True) as connection, connection.cursor() as cursor:
        connection.execute(LIKE)
        for batch in batches:
            with cursor.copy(COPY_INSTANCES) as copy:
                copy.write(lines(batch))
            as_lines = taken(connection)
            with cursor.copy(COPY_INSTANCES) as copy:
                for item in batch:
                    copy.write_row(values(item))
            assert as_lines == taken(connection)
            notes = [item.header.notes for item in batch]
            said = connection.execute("SELECT " + ", ".join(["%s::text[]"] * len(notes)), [*map(array, notes)])
            assert said.fetchone() == tuple(map(list, notes))


@pytest.mark.parametrize("where", ["sop_instance_uid", "attributes", "notes"])
async def test_a_zero_byte_is_refused_and_nothing_is_recorded(real: RealBench, where: str) -> None:
    odd: dict[str, object] = {"sop_instance_uid": "1.\0", "attributes": {"kernel": "a\0"}, "notes": ("a\0",)}
    header = replace(records.header(), **{where: odd[where]})  # type: ignore[arg-type]
    key = records.study(header).key
    async with real.transaction() as transaction:
        await transaction.add_study(header, key, records.AT)
    with pytest.raises(psycopg.DataError):
        async with real.transaction() as transaction:
            await transaction.add_instances([records.instance(records.header("2")), records.instance(header)])
    with pytest.raises(psycopg.DataError):
        async with real.transaction() as transaction:
            await transaction.known_among(["1.\0"])
    async with real.transaction() as transaction:
        assert await transaction.uids_of(key) == set()
