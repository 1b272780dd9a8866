"""Damage done to recorded messages, always the same for the same seed; and a second reading of what is left."""

import random
from collections.abc import Callable, Iterator, Sequence

from collega.testing.hl7_messages import adt, merge, omi, order, report

START, END = b"\x0b", b"\x1c\r"
MOST_CHANGES = 5
HUGE = 300_000
WORDS = (
    *(b"|", b"^", b"~", b"&", b"\\", b"\r", b"\n", b"\0", b"\x1c", b"\x0b", b"MSH|", b"\rPID|\r", b"\rORC\r", b'""'),
    *(
        b"\\X00\\",
        b"\\X0D\\",
        b"\\X\\",
        b"\\.br\\",
        b"\\F\\",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"\xc3",
        b"; DROP TABLE study",
    ),
    *(b"00010101000000", b"99991231235959-1400", b"20260230", b"20261025023000", b"99999999999999999999"),
)
CHARSETS = (b"", b"8859/1", b"8859/15", b"UNICODE", b"ISO IR87", b"GB 18030-2000", b"\xff", b"8859/1~UNICODE UTF-8")
FRAMES = (b"", b"\x0b\x0b", b"\r\n\x0b", b"\x0b\0", b"\x02")
ENDS = (b"", b"\x1c", b"\r", b"\x1c\n", b"\x1c\x1c\r", b"\x1c\r\x1c\r", b"\x03")


def corpus() -> list[bytes]:
    """Give messages of each kind and dialect that was recorded."""
    usual = [
        order(id_="1", placer="P1", filler="F1", accession="A1", study_uid="1.2.3"),
        order(id_="2", placer="P1", control="CA", accession="A1"),
        order(id_="3", filler="F3", control="XO", priority="S", patient="4711^^^ZKH^PI~123456782^^^NLMINBIZA^NNNLD"),
        omi(id_="4", accession="A4"),
        report("Coördinatie ongestoord.\nGeen afwijkingen.", id_="5", accession="A1"),
        report("Addendum", id_="6", filler="F1", part="ADT", status="C"),
        merge(("4711^^^ZKH^PI", "4712^^^ZKH^PI"), ("5^^^ZKH", "6^^^ZKH"), id_="7"),
        adt("4711^^^ZKH^PI", id_="8", name="Coë-Müller^Zoë"),
    ]
    latin = [message.decode().replace("UNICODE UTF-8", "8859/1").encode("latin-1") for message in usual]
    older = [message.replace(b"|2.4|", b"|2.3|").replace(b"\r", b"\r\n") for message in usual]
    return [*usual, *latin, *older]


def stream(messages: Sequence[bytes], seed: int) -> bytes:
    """Damage one message in one to five places, and now and then its block."""
    dice = random.Random(seed)  # noqa: S311 - reproducible
    made = bytearray(dice.choice(messages))
    for _ in range(dice.randint(1, MOST_CHANGES)):
        dice.choice(CHANGES)(dice, made, dice.choice(messages))
    if dice.random() < 0.002:
        made += b"9" * HUGE
    start = dice.choice(FRAMES) if dice.random() < 0.04 else START
    end = dice.choice(ENDS) if dice.random() < 0.04 else END
    return start + bytes(made) + end


def _flip(dice: random.Random, made: bytearray, _other: bytes) -> None:
    at = dice.randrange(len(made) + 1)
    made[at : at + 1] = bytes([dice.randrange(256)])


def _cut(dice: random.Random, made: bytearray, _other: bytes) -> None:
    at = dice.randrange(len(made) + 1)
    del made[at : at + dice.choice((1, 2, 40, 400))]


def _end(dice: random.Random, made: bytearray, _other: bytes) -> None:
    del made[dice.randrange(len(made) + 1) :]


def _twice(dice: random.Random, made: bytearray, _other: bytes) -> None:
    """Say a segment again, somewhere."""
    lines = bytes(made).split(b"\r")
    lines.insert(dice.randrange(len(lines) + 1), dice.choice(lines))
    made[:] = b"\r".join(lines)


def _swap(dice: random.Random, made: bytearray, _other: bytes) -> None:
    head, *lines = bytes(made).split(b"\r")
    lines.insert(0 if dice.random() < 0.7 else dice.randrange(len(lines) + 1), head)
    at, to = (dice.randrange(1, len(lines) + 1) - 1 for _ in range(2))
    lines[at], lines[to] = lines[to], lines[at]
    made[:] = b"\r".join(lines)


def _empty(dice: random.Random, made: bytearray, _other: bytes) -> None:
    """Leave of a segment only its name, or nothing."""
    lines = bytes(made).split(b"\r")
    which = dice.randrange(len(lines))
    lines[which] = lines[which][: dice.choice((0, 3))]
    made[:] = b"\r".join(lines)


def _word(dice: random.Random, made: bytearray, _other: bytes) -> None:
    at = dice.randrange(len(made) + 1)
    made[at:at] = dice.choice(WORDS)


def _value(dice: random.Random, made: bytearray, _other: bytes) -> None:
    """Put something else in a field."""
    fields = bytes(made).split(b"|")
    fields[dice.randrange(len(fields))] = dice.choice((*WORDS, b"", b"0", b"x" * 3000, dice.randbytes(40)))
    made[:] = b"|".join(fields)


def _charset(dice: random.Random, made: bytearray, _other: bytes) -> None:
    made[:] = bytes(made).replace(b"UNICODE UTF-8", dice.choice(CHARSETS)).replace(b"8859/1", dice.choice(CHARSETS))


def _long(dice: random.Random, made: bytearray, _other: bytes) -> None:
    """Make a value longer than an index of a database takes."""
    at = dice.randrange(len(made) + 1)
    made[at:at] = dice.choice((b"9" * 2000, dice.randbytes(3000).hex().encode()))


def _foreign(dice: random.Random, made: bytearray, other: bytes) -> None:
    lines = bytes(made).split(b"\r")
    lines.insert(dice.randrange(len(lines) + 1), dice.choice(other.split(b"\r")))
    made[:] = b"\r".join(lines)


Change = Callable[[random.Random, bytearray, bytes], None]
CHANGES: Sequence[Change] = (
    *(_flip, _cut, _end, _twice, _swap, _empty, _word, _value, _charset, _long, _foreign),
    *(_flip, _word, _value),  # these more often
)


def framed_messages(encoded: bytes) -> Iterator[bytes]:
    """Read the blocks of a stream up to the first fault, by the rules of MLLP; written apart from the port."""
    place = 0
    while place < len(encoded):
        while encoded[place : place + 1] in {b"\r", b"\n"}:
            place += 1
        end = encoded.find(END, place + 1)
        if encoded[place : place + 1] != START or end < 0:
            return
        yield encoded[place + 1 : end]
        place = end + len(END)
