"""Damage done to recorded associations, always the same for the same seed; and a second reading of what is left."""

import random
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.e2e.raw_sender import COMMAND, HEADER, LAST, P_DATA, PDV_HEADER

EDGES = (
    *(0, 1, 2, 3, 5, 6, 7, 0x7F, 0x80, 0xFF, 0xFFFF, 0x10000, 0x20000),
    *(0x7FFFFFFF, 0xFFFFFFF0, 0xFFFFFFFE, 0xFFFFFFFF),
)
ITEM = b"\xfe\xff\x00\xe0\xff\xff\xff\xff"  # of a sequence, with undefined length
WORDS = (b"../../../../tmp/x", b"/etc/passwd", bytes(4), ITEM, b"\xff" * 9, b"SQ", b"UN")
MOST_CHANGES = 4

Pdus = list[bytes]


def pdus_of(stream: bytes) -> Pdus:
    """Cut a stream into its PDUs; the last one may be incomplete."""
    found, place = [], 0
    while place < len(stream):
        length = (
            HEADER.unpack_from(stream, place)[1] + HEADER.size if len(stream) - place >= HEADER.size else len(stream)
        )
        found.append(stream[place : place + length])
        place += max(length, 1)
    return found


def mutate(corpus: Sequence[bytes], seed: int) -> bytes:
    """Damage one of the streams in one to four places."""
    dice = random.Random(seed)  # noqa: S311 - reproducible
    pdus = pdus_of(dice.choice(corpus))
    other = pdus_of(dice.choice(corpus))
    for _ in range(dice.randint(1, MOST_CHANGES)):
        dice.choice(CHANGES)(dice, pdus, other)
        if not pdus:
            return b""
    return b"".join(pdus)


def _somewhere(dice: random.Random, pdu: bytes) -> int:
    """Choose a place, headers more often than pixels."""
    return dice.randrange(min(len(pdu), 120) if dice.random() < 0.6 else len(pdu)) if pdu else 0


def _change(dice: random.Random, pdus: Pdus, new: Callable[[bytes, int], bytes]) -> None:
    which = dice.randrange(len(pdus))
    pdus[which] = new(pdus[which], _somewhere(dice, pdus[which]))


def _flip(dice: random.Random, pdus: Pdus, _other: Pdus) -> None:
    bits = 1 << dice.randrange(8)
    _change(dice, pdus, lambda pdu, at: pdu[:at] + bytes([(pdu[at] if pdu else 0) ^ bits]) + pdu[at + 1 :])


def _byte(dice: random.Random, pdus: Pdus, _other: Pdus) -> None:
    _change(dice, pdus, lambda pdu, at: pdu[:at] + bytes([dice.randrange(256)]) + pdu[at + 1 :])


def _length(dice: random.Random, pdus: Pdus, _other: Pdus) -> None:
    """Put the edge of a range where a length may stand."""
    form = dice.choice((">I", "<I", ">H", "<H"))
    size = struct.calcsize(form)
    value = struct.pack(form, dice.choice(EDGES) & ((1 << 8 * size) - 1))
    _change(dice, pdus, lambda pdu, at: pdu[:at] + value + pdu[at + size :])


def _header(dice: random.Random, pdus: Pdus, _other: Pdus) -> None:
    """Lie in the header of a PDU or of its first PDV."""
    which = dice.randrange(len(pdus))
    place, size = dice.choice(((0, 1), (2, 4), (6, 4), (10, 1), (11, 1)))
    value = (dice.choice(EDGES) & ((1 << 8 * size) - 1)).to_bytes(size, "big")
    pdus[which] = pdus[which][:place] + value + pdus[which][place + size :]


def _word(dice: random.Random, pdus: Pdus, _other: Pdus) -> None:
    word = dice.choice(WORDS)
    keeps = dice.random() < 0.5
    _change(dice, pdus, lambda pdu, at: pdu[:at] + word + pdu[at + (len(word) if keeps else 0) :])


def _cut(dice: random.Random, pdus: Pdus, _other: Pdus) -> None:
    """Lose bytes, and say so in no length."""
    count = dice.choice((1, 2, 7, 100))
    _change(dice, pdus, lambda pdu, at: pdu[:at] + pdu[at + count :])


def _end(dice: random.Random, pdus: Pdus, _other: Pdus) -> None:
    """Hang up."""
    which = dice.randrange(len(pdus))
    pdus[which:] = [pdus[which][: _somewhere(dice, pdus[which])]]


def _drop(dice: random.Random, pdus: Pdus, _other: Pdus) -> None:
    del pdus[dice.randrange(len(pdus))]


def _twice(dice: random.Random, pdus: Pdus, _other: Pdus) -> None:
    pdus.insert(dice.randrange(len(pdus) + 1), dice.choice(pdus))


def _swap(dice: random.Random, pdus: Pdus, _other: Pdus) -> None:
    one, two = dice.randrange(len(pdus)), dice.randrange(len(pdus))
    pdus[one], pdus[two] = pdus[two], pdus[one]


def _foreign(dice: random.Random, pdus: Pdus, other: Pdus) -> None:
    pdus.insert(dice.randrange(len(pdus) + 1), dice.choice(other))


def _made_up(dice: random.Random, pdus: Pdus, _other: Pdus) -> None:
    content = dice.randbytes(dice.choice((0, 1, 4, 6, 60)))
    pdus.insert(dice.randrange(len(pdus) + 1), HEADER.pack(dice.randrange(10), len(content)) + content)


def _split(dice: random.Random, pdus: Pdus, _other: Pdus) -> None:
    """Say the same in more PDUs: harmless by itself."""
    which = dice.randrange(len(pdus))
    pdu = pdus[which]
    if len(pdu) < HEADER.size + PDV_HEADER.size + 2 or pdu[0] != P_DATA:
        return
    _, context, control = PDV_HEADER.unpack_from(pdu, HEADER.size)
    fragment = pdu[HEADER.size + PDV_HEADER.size :]
    at = dice.randrange(len(fragment))
    parts = ((fragment[:at], control & ~LAST), (fragment[at:], control))
    pdus[which : which + 1] = [
        HEADER.pack(P_DATA, len(part) + PDV_HEADER.size) + PDV_HEADER.pack(len(part) + 2, context, bits & 0xFF) + part
        for part, bits in parts
    ]


def _join(dice: random.Random, pdus: Pdus, _other: Pdus) -> None:
    """Say two P-DATA PDUs in one: harmless by itself."""
    which = dice.randrange(len(pdus))
    pair = pdus[which : which + 2]
    if len(pair) == 2 and all(pdu[:1] == bytes([P_DATA]) for pdu in pair):
        content = pair[0][HEADER.size :] + pair[1][HEADER.size :]
        pdus[which : which + 2] = [HEADER.pack(P_DATA, len(content)) + content]


CHANGES = (
    *(_flip, _byte, _length, _header, _word, _cut, _end, _drop, _twice, _swap, _foreign, _made_up, _split, _join),
    *(_split, _join, _byte, _length),  # these more often
)


# --------------------------------------------------------------------------- a second reading


@dataclass(frozen=True, kw_only=True)
class Message:
    """A message that came whole."""

    command: bytes
    data_set: bytes


def messages(stream: bytes) -> Iterator[Message]:
    """Read the messages of a stream, as far as it keeps to PS3.8; written apart from the receiver."""
    command, data_set = bytearray(), bytearray()
    for pdu in pdus_of(stream):
        if len(pdu) < HEADER.size or pdu[0] != P_DATA:
            continue
        place = HEADER.size
        while len(pdu) - place >= PDV_HEADER.size:
            length, _, control = PDV_HEADER.unpack_from(pdu, place)
            fragment = pdu[place + PDV_HEADER.size : place + 4 + length]
            place += 4 + max(length, 2)
            if control & COMMAND:
                command += fragment
                if control & LAST and _is_alone(command):
                    yield Message(command=bytes(command), data_set=b"")
                    command.clear()
            else:
                data_set += fragment
                if control & LAST:
                    yield Message(command=bytes(command), data_set=bytes(data_set))
                    command.clear()
                    data_set.clear()


def _is_alone(command: bytearray) -> bool:
    """Whether the command says that no data set follows: Command Data Set Type (0000,0800) is 0101H."""
    return b"\x00\x00\x00\x08\x02\x00\x00\x00\x01\x01" in command
