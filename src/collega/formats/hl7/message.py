"""The grammar of HL7 version 2 (chapter 2): segments, fields, repetitions, components, escapes.

Reading never fails on content: what is absent is an empty text. Only the header must be there, since it names the
separators and the message.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from collega.errors import MessageError

# Encodings of MSH-18 (table 0211) of one byte a letter -> codec; all others are UTF-8 or what is no set of bytes.
CHARSETS = {
    "8859/1": "iso-8859-1",
    "8859/2": "iso-8859-2",
    "8859/9": "iso-8859-9",
    "8859/15": "iso-8859-15",
}
CHARSET_PLACE = 17  # of MSH-18, since MSH-1 is the separator itself
FALLBACK = "cp1252"
NULL = "\0"  # no text of a database holds it
MSH_MARKS = (1, 2)  # the fields that name the separators, which are not read by them
LEAST_HEADER = 8  # MSH, the field separator, four encoding characters
ESCAPES = {"F": "field", "S": "component", "T": "subcomponent", "R": "repetition", "E": "escape"}


@dataclass(frozen=True, slots=True)
class Separators:
    """The characters that MSH-1 and MSH-2 name."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"


class Segment:
    """One line of a message: its name and its fields, numbered as the standard numbers them."""

    def __init__(self, line: str, separators: Separators) -> None:
        self._separators = separators
        self._fields = line.split(separators.field)
        self.name = self._fields[0]
        if self.name == "MSH":  # MSH-1 is the separator itself
            self._fields.insert(1, separators.field)

    def field(self, number: int) -> str:
        """Give a whole field as it came."""
        return self._fields[number] if number < len(self._fields) else ""

    def repetitions(self, number: int) -> Sequence[str]:
        """Give the repetitions of a field that are not empty."""
        return [part for part in self.field(number).split(self._separators.repetition) if part]

    def value(self, number: int, component: int = 1, subcomponent: int = 1, repetition: int = 1) -> str:
        """Give a value without its escapes; empty where it is absent, or null (two double quotes)."""
        text = self._fields[number] if number < len(self._fields) else ""
        if not text:
            return ""
        marks = self._separators
        if number not in MSH_MARKS or self.name != "MSH":
            text = _part(text, marks.repetition, repetition)
            text = _part(text, marks.component, component)
            text = _part(text, marks.subcomponent, subcomponent)
        return "" if text == '""' else unescaped(text, marks).strip()


class Hl7Message:
    """A message in its segments.

    Parameters
    ----------
    text : str
        Decoded; segments end with a carriage return (a line feed is taken too).

    Raises
    ------
    MessageError
        There is no header that names the separators.
    """

    def __init__(self, text: str) -> None:
        lines = [line for line in text.replace("\n", "\r").replace(NULL, "").split("\r") if line.strip()]
        if not lines or not lines[0].startswith("MSH") or len(lines[0]) < LEAST_HEADER:
            raise MessageError("hl7-header", "no HL7 version 2: it does not begin with MSH and separators")
        marks = lines[0][3:8]
        is_readable = marks.isascii() and marks.isprintable()
        if not is_readable or len(set(marks)) < len(marks) or any(mark.isalnum() or mark == " " for mark in marks[:4]):
            raise MessageError("hl7-header", "MSH-1 and MSH-2 name separators that cannot be told apart")
        self.separators = Separators(*marks)
        self.segments = [Segment(line, self.separators) for line in lines]

    @property
    def header(self) -> Segment:
        """MSH."""
        return self.segments[0]

    @cached_property
    def kind(self) -> str:
        """Message type and trigger event, as in ORM^O01."""
        return "^".join(part for part in (self.header.value(9, 1), self.header.value(9, 2)) if part)

    def first(self, name: str) -> Segment:
        """Give the first segment of a name; one without fields where there is none."""
        return next((segment for segment in self.segments if segment.name == name), Segment(name, self.separators))

    def groups(self, name: str) -> Sequence[Sequence[Segment]]:
        """Split what follows into groups that begin with a segment of this name."""
        found: list[list[Segment]] = []
        for segment in self.segments:
            if segment.name == name:
                found.append([segment])
            elif found:
                found[-1].append(segment)
        return found


def decoded(encoded: bytes) -> tuple[str, str]:
    """Decode by MSH-18, and say by which codec.

    Bytes that make sense as UTF-8 are that, whatever MSH-18 says: in another set they would be letters that
    nobody writes beside each other. What fits nothing that is said is read as the code page of Western Europe, in
    which every byte has a meaning: names with an accent are not worth losing an order for.
    """
    try:
        return encoded.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        pass
    header = encoded.split(b"\r", 1)[0].split(b"\n", 1)[0]
    fields = header.split(header[3:4] or b"|")
    said = fields[CHARSET_PLACE].decode("ascii", "replace").upper() if len(fields) > CHARSET_PLACE else ""
    for name in said.split("~"):
        codec = CHARSETS.get(name.strip(), "utf-8")
        try:
            return encoded.decode(codec), codec
        except UnicodeDecodeError:
            continue
    return encoded.decode(FALLBACK, "replace"), FALLBACK


def unescaped(text: str, marks: Separators) -> str:
    """Undo escape sequences (chapter 2.7); a line break is kept, highlighting is not."""
    if marks.escape not in text:
        return text
    pieces = text.split(marks.escape)
    out = [pieces[0]]
    place = 1
    while place < len(pieces):
        if place == len(pieces) - 1:  # one that is not closed is meant as it stands
            out += [marks.escape, pieces[place]]
            break
        out += [_meant(pieces[place], marks), pieces[place + 1]]
        place += 2
    return "".join(out)


def escaped(text: str, marks: Separators) -> str:
    """Write a text so that it holds no separator."""
    out = text.replace(marks.escape, f"{marks.escape}E{marks.escape}")
    for letter, name in ESCAPES.items():
        if letter != "E":
            out = out.replace(getattr(marks, name), f"{marks.escape}{letter}{marks.escape}")
    return out.replace("\r\n", "\n").replace("\r", "\n").replace("\n", f"{marks.escape}.br{marks.escape}")


def _meant(code: str, marks: Separators) -> str:
    if code in ESCAPES:
        return str(getattr(marks, ESCAPES[code]))
    if code.startswith((".br", ".sp")):
        return "\n"
    if code.startswith("X"):
        try:
            return bytes.fromhex(code[1:]).decode(FALLBACK, "replace").replace(NULL, "")
        except ValueError:
            return ""
    return ""


def _part(text: str, mark: str, place: int) -> str:
    if mark not in text:
        return text if place == 1 else ""
    parts = text.split(mark)
    return parts[place - 1] if place <= len(parts) else ""
