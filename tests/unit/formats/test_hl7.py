"""Reading messages of HL7 version 2: characters, names, moments, dialects, and what was mutated."""

import random
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import hl7
import pytest

from collega.errors import ConfigurationError, MessageError
from collega.formats.hl7.dialect import Dialect, Dialects
from collega.formats.hl7.dialect_file import read_dialects
from collega.formats.hl7.facts import said
from collega.formats.hl7.message import Hl7Message, decoded
from collega.formats.hl7.moment import moment
from collega.link.inbox import Inbox
from collega.model.message import MergeSaid, OrderSaid, PatientSaid, ReportSaid
from collega.model.study import Priority
from collega.testing.fakes import FakeClock, FakeStore
from collega.testing.hl7_messages import adt, merge, order, report

pytestmark = pytest.mark.shows("R59")
ZONE = ZoneInfo("Europe/Amsterdam")
MUTATED_IN_CI, MUTATED = 1_000, 20_000


def read(message: bytes, dialect: Dialect | None = None) -> list[object]:
    return list(said(Hl7Message(decoded(message)[0]), dialect or Dialect(), ZONE))


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("UNICODE UTF-8", "utf-8"),
        ("8859/1", "iso-8859-1"),
        ("8859/15", "iso-8859-15"),
        ("", "cp1252"),
        ("NONSENSE", "cp1252"),
        ("ASCII", "utf-8"),
        ("UNICODE", "utf-8"),
        ("~8859/1", "iso-8859-1"),
        ("8859/1", "utf-8"),  # wrong: it says one and sends the other
        ("UNICODE UTF-8", "cp1252"),
    ],
)
def test_a_name_survives_whatever_is_said_of_its_characters(charset: str, codec: str) -> None:
    text = adt("1", id_="1", name="Coë-Müller^Zoë").decode().replace("UNICODE UTF-8", charset)
    (word,) = read(text.encode(codec))
    assert isinstance(word, PatientSaid)
    assert word.patient.name == "Coë-Müller^Zoë"


@pytest.mark.parametrize(
    ("name", "dicom"),
    [
        ("Vries^Jan^^^de", "Vries^Jan^^de"),
        ("de Vries&de&Vries^Jan", "de Vries^Jan"),
        ("&van der&Berg^Anna", "van der Berg^Anna"),
        ("Vries^Jan^Piet^jr^de", "Vries^Jan^Piet^de^jr"),
        ("O\\T\\C^X", "O&C^X"),
    ],
)
def test_names_are_as_dicom_writes_them(name: str, dicom: str) -> None:
    (word,) = read(adt("1", id_="1", name=name))
    assert isinstance(word, PatientSaid)
    assert word.patient.name == dicom


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("20261128101500", "2026-11-28T09:15"),
        ("20260728101500", "2026-07-28T08:15"),
        ("20261128101500-0500", "2026-11-28T15:15"),
        ("202611281015", "2026-11-28T09:15"),
        ("20261025023000", "2026-10-25T00:30"),  # twice that night: the first
        ("20261025023000+0100", "2026-10-25T01:30"),
        ("20260329023000", "2026-03-29T01:30"),  # never that night
        ("20261301", None),
        ("yesterday", None),
    ],
)
def test_moments_with_and_without_zone(text: str, utc: str | None) -> None:
    assert moment(text, ZONE) == (datetime.fromisoformat(utc).replace(tzinfo=UTC) if utc else None)


def test_the_number_of_the_hospital_counts_and_never_that_of_the_state() -> None:
    (word,) = read(adt("123456782^^^NLMINBIZA^NNNLD~4711^^^ZKH^PI", id_="1"))
    assert isinstance(word, PatientSaid)
    assert (word.patient.issuer, word.patient.patient_id) == ("ZKH", "4711")
    with pytest.raises(MessageError):
        read(adt("123456782^^^NLMINBIZA^NNNLD", id_="1"))


def test_each_pair_of_a_merge_is_read() -> None:
    for kind in ("ADT^A40", "ADT^A18", "ADT^A34"):
        words = read(merge(("1^^^ZKH", "2^^^ZKH"), ("3^^^ZKH", "4^^^ZKH"), id_="1", kind=kind))
        pairs = [(word.survivor.patient_id, word.prior.patient_id) for word in words if isinstance(word, MergeSaid)]
        assert pairs == [("1", "2"), ("3", "4")]


def test_an_addendum_is_known_by_its_part() -> None:
    (word,) = read(report("more", id_="1", accession="A", part="ADT"))
    assert isinstance(word, ReportSaid)
    assert word.status == "addendum"


def test_a_second_reader_reads_the_same() -> None:
    for message in (order(id_="1", placer="P", filler="F", accession="A"), report("x", id_="2", accession="A")):
        ours, theirs = Hl7Message(message.decode()), hl7.parse(message.decode())
        for segment in ours.segments:
            other = theirs.segment(segment.name)
            for place in range(1, len(other)):
                assert segment.field(place) == str(other[place])


@pytest.mark.parametrize(
    ("damaged", "verdict"),
    [
        (order(id_="1", accession="A").replace(b"RIS", b"R\\X00\\IS", 1), b"MSA|AA|1"),
        (order(id_="1", accession="A").replace(b"RIS", b"R" * 5000, 1), b"MSA|AA|1"),
        (order(id_="1", accession="A" * 200), b"MSA|AE|1|a value of more than 199 characters as order.accession"),
        (order(id_="1", accession="A", patient="4" * 200), b"characters as patient.number"),
        (order(id_="1\x1c", accession="A"), b"MSA|AA|1\r"),
        (order(id_="1", accession="A").replace(b"|", b"\x98"), b"MSA|AR||"),
        (order(id_="1", accession="A").replace(b"|", b"\x1c"), b"MSA|AR||"),
    ],
    ids=["null byte", "long sender", "long number", "long patient", "end byte", "no ASCII", "control character"],
)
async def test_what_no_database_takes_stops_no_sender(damaged: bytes, verdict: bytes) -> None:
    (answer,) = await Inbox(FakeStore(), FakeClock(), ZONE, Dialects()).take([(damaged, "x")])
    assert verdict.removeprefix(b"MSA|") in answer
    assert b"\x1c" not in answer


DIALECT = """
[[sender]]
application = "OTHER"
places = { "order.accession" = "ZOR-3.1" }
priorities = { "1" = "stat" }
controls = { "new" = "NW" }
issuers = { "ZKH" = "" }
"""


def test_a_dialect_is_of_its_sender_alone(tmp_path: Path) -> None:
    (tmp_path / "ris.toml").write_text(DIALECT)
    dialects = read_dialects(str(tmp_path / "ris.toml"))
    usual = order(id_="1", placer="P", accession="A", priority="1") + b"ZOR|||Z9\r"
    for message, expected in (
        (usual, ("A", Priority.UNKNOWN, "ZKH")),
        (usual.replace(b"|RIS|", b"|OTHER|").replace(b"ORC|NW", b"ORC|NEW"), ("Z9", Priority.STAT, "")),
    ):
        (word,) = read(message, dialects.of(Hl7Message(message.decode())))
        assert isinstance(word, OrderSaid)
        assert (word.numbers.accession, word.priority, word.patient.issuer) == expected


@pytest.mark.parametrize(
    ("text", "key", "expected"),
    [
        ("x = 1", "x", "one of sender"),
        ("[[sender]]\nplaces = { 'order.x' = 'OBR-1.1' }", "sender 1: places: order.x", "one of"),
        ("[[sender]]\nplaces = { 'order.placer' = 'OBR' }", "sender 1: places: order.placer", "OBR-18.1"),
        ("[[sender]]\npriorities = { S = 'soon' }", "sender 1: priorities: S", "one of stat"),
        ("[[sender]]\nnumber_kinds = 'PI'", "sender 1: number_kinds", "a list of texts"),
        ("[[sender", "", "not readable as TOML"),
    ],
)
def test_a_wrong_dialect_names_file_key_and_what_was_expected(
    tmp_path: Path, text: str, key: str, expected: str
) -> None:
    file = tmp_path / "ris.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError) as raised:
        read_dialects(str(file))
    assert str(file) in str(raised.value)
    assert key in str(raised.value)
    assert expected in str(raised.value)


@pytest.mark.parametrize("count", [MUTATED_IN_CI, pytest.param(MUTATED, marks=pytest.mark.slow)])
async def test_mutated_messages_are_all_kept_and_answered(count: int) -> None:
    chance = random.Random(count)  # noqa: S311 - noise
    whole = [
        order(id_="1", placer="P", accession="A", study_uid="1.2"),
        report("a\nb", id_="2", accession="A"),
        merge(("1", "2"), id_="3"),
        adt("1", id_="4"),
    ]
    store = FakeStore()
    inbox = Inbox(store, FakeClock(), ZONE, Dialects())
    sent = {bytes(mutated(chance.choice(whole), chance)) for _ in range(count)}
    batch = sorted(sent)
    answers = await inbox.take([(message, "x") for message in batch])
    assert {item.encoded for item in store.memory.messages.values()} == sent
    assert all(b"MSA|" in answer or b"MSA" in answer for answer in answers)
    assert len(answers) == len(batch)


def mutated(message: bytes, chance: random.Random) -> bytearray:
    """Change a few places: bytes, cuts, repetitions, and what separates."""
    made = bytearray(message)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(made) + 1)
        match chance.randint(0, 4):
            case 0:
                made[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del made[at : at + chance.randint(1, 40)]
            case 2:
                made[at:at] = made[at : at + 30]
            case 3:
                made[at:at] = chance.choice([b"|", b"^", b"~", b"&", b"\\", b"\r", b"\0", b"\x1c", b"MSH|"])
            case _:
                made[at:at] = b"9" * chance.randint(1, 2000)
        made = made or bytearray(b"M")
    return made
