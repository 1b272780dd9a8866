"""Telling a real repository (rsyslog over TLS): every line, once or more, in order, however often it was away."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from collega.adapters.postgres.store import PostgresStore
from collega.adapters.syslog.link import SyslogLink, SyslogPeer, tls_context
from collega.bootstrap.upkeep.repository import Repository
from collega.errors import ConfigurationError, PeerError
from collega.formats.audit_message import AuditSource
from collega.model.app import Stage
from collega.model.audit import AuditEntry
from collega.testing import records
from collega.testing.records import AT
from tests.contract.test_audit import WRITER, checked
from tests.e2e.certificates import Authority
from tests.e2e.syslog import LOOPBACK, Rsyslog, rsyslog
from tests.unit.formats.audit_schema import faults

SOURCE = AuditSource(host="here", site="", aet="COLLEGA")
SETTLE_S = 0.3


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "ca")


@pytest.fixture
def repository(tmp_path: Path, authority: Authority) -> Iterator[Rsyslog]:
    with rsyslog(tmp_path / "rsyslog", authority) as made:
        yield made


@pytest.fixture
async def store(database: str) -> AsyncIterator[PostgresStore]:
    made = PostgresStore(database, Stage.SHADOW, connections=4)
    await made.open()
    yield made
    await made.close()


def peer_of(repository: Rsyslog, authority: Authority) -> SyslogPeer:
    own = authority.sign("collega")
    return SyslogPeer(
        host=LOOPBACK,
        port=repository.port,
        ca=str(authority.certificate),
        certificate=str(own.certificate),
        key=str(own.key),
        timeout_s=5.0,
    )


@asynccontextmanager
async def telling(store: PostgresStore, peer: SyslogPeer) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(Repository(store, peer, SOURCE, SETTLE_S).keep(stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def until(ready: Callable[[], bool], what: str, seconds: float = 30) -> None:
    for _ in range(int(seconds * 20)):
        if ready():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(what)


async def write(store: PostgresStore, lines: int) -> None:
    for number in range(lines):
        async with store.transaction() as transaction:
            await transaction.add_audit(AuditEntry(event="retention run", payload={"n": number}))


async def marked(store: PostgresStore, peer: SyslogPeer) -> int:
    async with store.transaction() as transaction:
        return await transaction.audit_sent(peer.name)


def begin_writing(url: str, lines: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(WRITER), url, "writer", str(lines)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def assert_in_order(numbers: list[int], last: int) -> None:
    """Every number is there; one goes back only where what may have been lost is told again."""
    assert sorted(set(numbers)) == list(range(1, last + 1))
    first_seen = list(dict.fromkeys(numbers))
    assert first_seen == sorted(first_seen)
    assert all(later <= earlier + 1 for earlier, later in pairwise(numbers))


@pytest.mark.shows("R59")
async def test_every_line_arrives_as_a_message_of_the_standard(
    store: PostgresStore, repository: Rsyslog, authority: Authority
) -> None:
    repository.start()
    header = records.header()
    async with store.transaction() as transaction:
        await transaction.add_study(header, records.study(header).key, AT)
    async with store.transaction() as transaction:
        await transaction.add_audit(AuditEntry(event="study viewed", study_key=records.study(header).key))
    await write(store, 20)
    peer = peer_of(repository, authority)
    async with telling(store, peer):
        await until(lambda: len(repository.numbers()) == 21, "all messages are there")
    assert repository.numbers() == list(range(1, 22))
    assert await marked(store, peer) == 21
    for message in repository.messages():
        assert faults(message[message.index("<AuditMessage") :].encode()) == []
    assert header.patient.patient_id in repository.messages()[0]


@pytest.mark.shows("R59")
async def test_a_repository_that_was_away_is_told_all_in_order(
    store: PostgresStore, repository: Rsyslog, authority: Authority
) -> None:
    await write(store, 30)
    async with telling(store, peer_of(repository, authority)):
        await asyncio.sleep(1.5)  # refused meanwhile, and nobody waits for it
        await write(store, 30)
        repository.start()
        await until(lambda: len(set(repository.numbers())) == 60, "what was kept is told")
        repository.stop()
        await write(store, 250)
        repository.start()
        await until(lambda: len(set(repository.numbers())) == 310, "and what came while it was away again")
    assert_in_order(repository.numbers(), 310)


@pytest.mark.shows("R59")
async def test_kills_of_the_repository_while_it_is_told_lose_nothing(
    store: PostgresStore, database: str, repository: Rsyslog, authority: Authority, tmp_path: Path
) -> None:
    repository.start()
    writing = begin_writing(database, 300)
    async with telling(store, peer_of(repository, authority)):
        for _ in range(3):
            await asyncio.sleep(0.7)
            repository.stop(kill=True)
            await asyncio.sleep(0.3)
            repository.start()
        await asyncio.to_thread(writing.wait, 60)
        await until(lambda: 400 in repository.numbers(), "the last line is told", 90)
    assert_in_order(repository.numbers(), 400)
    assert checked(database, tmp_path, repository.log)["faults"] == 0


@pytest.mark.shows("R59")
async def test_the_repositorys_own_log_shows_a_record_that_was_written_anew(
    store: PostgresStore, database: str, repository: Rsyslog, authority: Authority, tmp_path: Path
) -> None:
    repository.start()
    await write(store, 5)
    async with telling(store, peer_of(repository, authority)):
        await until(lambda: len(repository.numbers()) == 5, "all messages are there")
    account = checked(database, tmp_path, repository.log)
    assert (account["heads"], account["faults"]) == (5, 0)


@pytest.mark.shows("R59")
async def test_a_repository_that_is_not_trusted_is_told_nothing(
    store: PostgresStore, repository: Rsyslog, authority: Authority, tmp_path: Path
) -> None:
    repository.start()
    stranger = Authority(tmp_path / "stranger", "stranger")
    peer = replace(peer_of(repository, authority), ca=str(stranger.certificate))
    with pytest.raises(PeerError, match="not trusted"):
        await asyncio.to_thread(SyslogLink, peer, tls_context(peer))
    await write(store, 1)
    assert repository.numbers() == []


def test_files_that_are_not_there_are_named(repository: Rsyslog, authority: Authority) -> None:
    with pytest.raises(ConfigurationError, match=r"audit\.ca"):
        tls_context(replace(peer_of(repository, authority), ca="/nowhere.pem"))
