"""Whatever a sender does on the wire: what was acknowledged is stored once, and nothing else is."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from struct import pack

import pytest
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from tests.e2e.raw_sender import (
    ASSOCIATE_RJ,
    COMMAND,
    LAST,
    RELEASE_RQ,
    VERIFICATION,
    RawSender,
    Sent,
    associate_request,
    association,
    message,
    pdu,
    pdv,
    sent,
    store_command,
)
from tests.e2e.reception import Reception, at_once, reception, small_slices
from tests.e2e.site import wait_for

pytestmark = pytest.mark.shows("R31")
IDLE_SECONDS = 3
MOST_ASSOCIATIONS = 6
CANNOT_UNDERSTAND = range(0xC000, 0xD000)
ABORT = pdu(b"\x00\x00\x00\x00", 0x07)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reception]:
    settings = {
        "COLLEGA_DICOM__IDLE_TIMEOUT_S": str(IDLE_SECONDS),
        "COLLEGA_DICOM__MAX_ASSOCIATIONS": str(MOST_ASSOCIATIONS),
    }
    with reception(tmp_path_factory.mktemp("faults"), settings) as one:
        yield one


@pytest.fixture
def house(running: Reception) -> Iterator[Reception]:
    """Give the receiver, which must be unharmed after the test."""
    yield running
    running.check_unharmed()


# --------------------------------------------------------------------------- what breaks an association


def begun(one: Sent, share: float = 0.5) -> bytes:
    """Command and a part of the data set, in whole PDUs."""
    pieces = list(message(1, store_command(one), one.data_set, 1000))
    return b"".join(pieces[: 1 + int((len(pieces) - 1) * share)])


def wrong_group_length(one: Sent) -> bytes:
    command = bytearray(store_command(one))
    command[8:12] = pack("<I", 5)
    return b"".join(message(1, bytes(command), one.data_set))


# Each is said after one object was stored well; none of them may leave the second one in the store.
BREAKS: dict[str, Callable[[Sent], bytes]] = {
    "an abort in mid-object": lambda one: begun(one) + ABORT,
    "an abort before its last fragment": lambda one: begun(one, 0.99) + ABORT,
    "a release in mid-object": lambda one: begun(one) + pdu(bytes(4), RELEASE_RQ),
    "a second request in mid-object": lambda one: begun(one) + associate_request({1: (one.sop_class, [one.syntax])}),
    "a PDV longer than its PDU": lambda one: begun(one) + pdu(pdv(1, 0, bytes(100), length=5000)),
    "a PDV of length 0": lambda one: begun(one) + pdu(pdv(1, 0, b"", length=0)),
    "a PDV of length 1": lambda one: begun(one) + pdu(pdv(1, 0, b"", length=1)),
    "a PDV cut off in its header": lambda one: begun(one) + pdu(b"\x00\x00\x00"),
    "a PDU longer than allowed": lambda one: begun(one) + pdu(pdv(1, 0, bytes(100)), length=1 << 31),
    "a PDU of a type that does not exist": lambda one: begun(one) + pdu(bytes(4), 0x0B),
    "a fragment of a context that was never asked for": lambda one: begun(one) + pdu(pdv(99, 0, bytes(100))),
    "a data set without a command": lambda one: pdu(pdv(1, 0, one.data_set[:1000])),
    "a command in the middle of a data set": lambda one: (
        begun(one) + pdu(pdv(1, COMMAND | LAST, store_command(one, 9)))
    ),
    "a command that is noise": lambda _: pdu(pdv(1, COMMAND | LAST, b"\xfe\xca" * 50)),
    "a command that is empty": lambda _: pdu(pdv(1, COMMAND | LAST, b"")),
    "a response where a request is due": lambda one: b"".join(
        message(1, store_command(one).replace(pack("<HHIH", 0, 0x100, 2, 1), pack("<HHIH", 0, 0x100, 2, 0x8001)))
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_what_breaks_an_association_breaks_nothing_else(house: Reception, name: str) -> None:
    first, second = (sent(film.path) for film in house.films(name, 2))
    with association(house.port, first) as sender:
        assert sender.store(first) == 0
        sender.say(BREAKS[name](second))
        began = time.monotonic()
        assert sender.is_over() or "release" in name
        assert time.monotonic() - began < IDLE_SECONDS + 20
    house.check_kept_once([first])
    assert second.uid not in house.kept()


def test_a_sender_that_hangs_up_or_is_unplugged(house: Reception) -> None:
    first, *others = (sent(film.path) for film in house.films("unplugged", 4))
    with association(house.port, first) as sender:
        assert sender.store(first) == 0
        sender.say(begun(others[0]))
    with association(house.port, first) as sender:
        sender.say(begun(others[1]))
        sender.reset()
    with association(house.port, first) as sender:
        sender.say(begun(others[2]) + b"\x04\x00\x00")
    house.check_unharmed()
    house.check_kept_once([first])
    assert not {one.uid for one in others} & set(house.kept())


def test_senders_that_stall_are_given_up(house: Reception) -> None:
    first, second = (sent(film.path) for film in house.films("stalls", 2))
    one_fragment = pdu(pdv(1, 0, second.data_set[:1000]))

    def stall(last_words: bytes, *, ask: bool = True) -> None:
        with RawSender(house.port) as sender:
            assert not ask or sender.associate(first)
            sender.say(last_words)
            began = time.monotonic()
            assert sender.is_over()
            assert IDLE_SECONDS - 1 < time.monotonic() - began < IDLE_SECONDS + 20

    at_once(
        lambda: stall(b"", ask=False),
        lambda: stall(associate_request({1: (first.sop_class, [first.syntax])})[:-5], ask=False),
        lambda: stall(b""),
        lambda: stall(begun(second)),
        lambda: stall(begun(second) + one_fragment[:4]),
        lambda: stall(begun(second) + one_fragment[:-4]),
    )
    assert second.uid not in house.kept()


# --------------------------------------------------------------------------- odd, and to be taken all the same


def test_fragments_of_one_byte(house: Reception) -> None:
    (one,) = small_slices(house.folder, "one byte")
    with association(house.port, one) as sender:
        assert sender.store(one, size=1) == 0
        assert sender.release()
    house.check_kept_once([one])


def in_one_pdu(one: Sent) -> list[bytes]:
    """Command and data set as several PDVs of one PDU."""
    half = len(one.data_set) // 2
    fragments = [
        pdv(1, COMMAND | LAST, store_command(one)),
        pdv(1, 0, one.data_set[:half]),
        pdv(1, LAST, one.data_set[half:]),
    ]
    return [pdu(b"".join(fragments))]


def with_an_empty_last_fragment(one: Sent) -> list[bytes]:
    return [
        pdu(pdv(1, COMMAND | LAST, store_command(one))),
        pdu(pdv(1, 0, one.data_set)),
        pdu(pdv(1, LAST, b"")),
    ]


def with_a_command_in_pieces(one: Sent) -> list[bytes]:
    return list(message(1, store_command(one), one.data_set, 7))


def all_but_its_last_byte_first(one: Sent) -> list[bytes]:
    whole = b"".join(message(1, store_command(one), one.data_set))
    return [whole[:-1], whole[-1:]]


@pytest.mark.parametrize(
    "cut", [in_one_pdu, with_an_empty_last_fragment, with_a_command_in_pieces, all_but_its_last_byte_first]
)
def test_unusual_cuts(house: Reception, cut: Callable[[Sent], list[bytes]]) -> None:
    first, second = small_slices(house.folder, cut.__name__, 2)
    with association(house.port, first) as sender:
        for one in (first, second):
            *begin, end = cut(one)
            sender.say(*begin)
            time.sleep(0.02)  # the end comes by itself
            sender.say(end)
            assert sender.status() == 0
        assert sender.release()
    house.check_kept_once([first, second])


def test_two_objects_without_waiting_for_the_first_answer(house: Reception) -> None:
    first, second = small_slices(house.folder, "impatient", 2)
    with association(house.port, first) as sender:
        for number, one in enumerate((first, second), start=1):
            sender.say(*message(1, store_command(one, number), one.data_set))
        answers = [sender.status(), sender.status()]
        sender.release()
    taken = [one for one, answer in zip((first, second), answers, strict=True) if answer == 0]
    assert first in taken
    house.check_kept_once(taken)


# --------------------------------------------------------------------------- data sets that lie


def store_raw(house: Reception, one: Sent, syntax: str | None = None) -> int | None:
    """Send an object, in a context of another transfer syntax where one is named."""
    with RawSender(house.port) as sender:
        assert sender.ask(associate_request({1: (one.sop_class, [syntax or one.syntax])})) == {1: True}
        status = sender.store(one)
        sender.release()
    return status


def is_consistent(house: Reception, one: Sent, status: int | None) -> bool:
    """Whether it is in the store if and only if it was acknowledged."""
    if status == 0:
        house.check_kept_once([one])
        return True
    return one.uid not in house.kept()


@pytest.mark.parametrize("share", [0.05, 0.5, 0.98])
def test_an_object_that_is_cut_off_and_called_whole(house: Reception, share: float) -> None:
    (whole,) = small_slices(house.folder, f"cut {share}")
    one = replace(whole, data_set=whole.data_set[: int(len(whole.data_set) * share) // 2 * 2])
    status = store_raw(house, one)
    assert status in CANNOT_UNDERSTAND or status in {0xA900, 0}
    assert is_consistent(house, one, status)


def test_an_element_that_is_longer_than_the_object(house: Reception) -> None:
    (whole,) = small_slices(house.folder, "long element")
    place = whole.data_set.index(b"\x08\x00\x60\x00CS") + 6  # Modality
    lying = bytearray(whole.data_set)
    lying[place : place + 2] = b"\xfe\xff"
    one = replace(whole, data_set=bytes(lying))
    status = store_raw(house, one)
    assert status is not None
    assert is_consistent(house, one, status)


def test_pixels_that_claim_more_than_there_is(house: Reception) -> None:
    (whole,) = small_slices(house.folder, "long pixels")
    place = whole.data_set.index(b"\xe0\x7f\x10\x00OW") + 8
    lying = whole.data_set[:place] + pack("<I", 0x7FFFFFF0) + whole.data_set[place + 4 :]
    one = replace(whole, data_set=lying)
    status = store_raw(house, one)
    assert status is not None
    assert is_consistent(house, one, status)


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_another_transfer_syntax_than_was_agreed(house: Reception, syntax: str) -> None:
    (one,) = small_slices(house.folder, f"other syntax {syntax}")
    status = store_raw(house, one, str(syntax))
    assert status is not None
    assert is_consistent(house, one, status)
    if syntax == DeflatedExplicitVRLittleEndian:
        assert status in CANNOT_UNDERSTAND


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
def test_each_plain_transfer_syntax_is_kept_as_it_came(house: Reception, syntax: str) -> None:
    (one,) = small_slices(house.folder, f"syntax {syntax}", syntax=str(syntax))
    assert store_raw(house, one) == 0
    house.check_kept_once([one])


def test_a_context_that_was_not_accepted(house: Reception) -> None:
    (one,) = small_slices(house.folder, "not accepted")
    contexts = {1: (one.sop_class, ["1.2.826.0.1.3680043.10.999.9"]), 3: (VERIFICATION, [str(ImplicitVRLittleEndian)])}
    with RawSender(house.port) as sender:
        assert sender.ask(associate_request(contexts)) == {1: False, 3: True}
        assert sender.store(one) is None
    assert one.uid not in house.kept()


# --------------------------------------------------------------------------- many at once, again, out of order


def test_one_study_over_four_associations_twice_out_of_order_beside_another(house: Reception) -> None:
    study, other = small_slices(house.folder, "four ways", 24), small_slices(house.folder, "between", 8)
    answers: list[int | None] = []

    def send(place: int) -> None:
        # Each sends a half of the study from its own end: every slice comes twice, at different moments.
        mine = [*study[place::4], *study[(place + 1) % 4 :: 4], *other[place::4]]
        mine.sort(key=lambda one: one.data_set[-8:], reverse=place % 2 == 1)
        with association(house.port, study[0], calling=f"WAY{place}") as sender:
            answers.extend([sender.store(one) for one in mine])
            assert sender.release()

    at_once(*(lambda place=place: send(place) for place in range(4)))
    assert answers == [0] * (2 * 24 + 8)
    house.check_kept_once([*study, *other])


def test_the_same_object_at_the_same_moment(house: Reception) -> None:
    (one,) = small_slices(house.folder, "same moment")
    with association(house.port, one) as first, association(house.port, one) as second:
        for part in message(1, store_command(one), one.data_set, 200):
            first.say(part)
            second.say(part)
        assert (first.status(), second.status()) == (0, 0)
        assert first.release()
        assert second.release()
    house.check_kept_once([one])


# --------------------------------------------------------------------------- limits


def test_more_associations_than_the_limit(house: Reception) -> None:
    (one,) = small_slices(house.folder, "limit")
    request = associate_request({1: (one.sop_class, [one.syntax])})
    held = [RawSender(house.port) for _ in range(MOST_ASSOCIATIONS)]
    assert all(sender.ask(request) for sender in held)
    with RawSender(house.port) as late:
        late.say(request)
        assert late.hear() == (ASSOCIATE_RJ, bytes([0, 2, 3, 2])), "later, by the provider: local limit exceeded"
    assert held[0].release()
    held[0].line.close()

    def has_room() -> bool:
        with RawSender(house.port) as next_one:
            return bool(next_one.ask(request)) and next_one.release()

    wait_for(has_room, "a place is free again")
    assert all(sender.release() for sender in held[1:])
    for sender in held[1:]:
        sender.line.close()


def test_the_length_of_a_pdu_that_is_agreed(house: Reception) -> None:
    first, second = (sent(film.path) for film in house.films("long PDU", 2))
    with RawSender(house.port) as sender:
        sender.say(associate_request({1: (first.sop_class, [first.syntax])}))
        _, answer = sender.hear()
        place = answer.index(b"\x51\x00\x00\x04")  # maximum length sub-item, PS3.8 D.1.1
        most = int.from_bytes(answer[place + 4 : place + 8], "big")
        assert most >= 4096
        assert sender.store(first, size=most - 6) == 0
        padded = pdv(1, 0, bytes(max(most, 1 << 24)))
        sender.say(pdu(pdv(1, COMMAND | LAST, store_command(second))), pdu(padded))
        assert sender.is_over()
    house.check_kept_once([first])
