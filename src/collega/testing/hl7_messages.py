"""Messages as a RIS or EHR writes them, of nobody."""

from collections.abc import Sequence

HEADER = "MSH|^~\\&|RIS|ZKH|COLLEGA|ZKH|{at}||{kind}|{control}|P|2.4|||||NLD|{charset}"
AT = "20261128101500+0100"
NAME = "Vries^Jan^^^de"


def order(  # noqa: PLR0913 - one segment, many fields
    *,
    id_: str,
    placer: str = "",
    filler: str = "",
    accession: str = "",
    patient: str = "4711^^^ZKH^PI",
    control: str = "NW",
    priority: str = "R",
    study_uid: str = "",
    at: str = AT,
) -> bytes:
    """Write an ORM^O01."""
    zds = [f"ZDS|{study_uid}^RIS^Application^DICOM"] if study_uid else []
    return _joined(
        HEADER.format(at=at, kind="ORM^O01", control=id_, charset="UNICODE UTF-8"),
        pid(patient),
        "PV1|1|E|SEH^K3",
        f"ORC|{control}|{placer}|{filler}||SC||||{at}|||^Bakker^A",
        f"OBR|1|{placer}|{filler}|XTHORAX^Thorax^L|{priority}|||||||||||||{accession}||||||CR|||^^^^^{priority}",
        *zds,
    )


def omi(*, id_: str, accession: str, patient: str = "4711^^^ZKH^PI", priority: str = "S", study_uid: str = "") -> bytes:
    """Write an OMI^O23 of version 2.5.1: the priority stands in TQ1, the numbers of the images in IPC."""
    return _joined(
        f"MSH|^~\\&|RIS|ZKH|COLLEGA|ZKH|{AT}||OMI^O23^OMI_O23|{id_}|P|2.5.1|||||NLD|UNICODE UTF-8",
        pid(patient),
        "PV1|1|E|SEH^K3",
        f"ORC|NW|P{accession}|F{accession}||SC||||{AT}|||^Bakker^A",
        f"TQ1|1||||||{AT}||{priority}",
        f"OBR|1|P{accession}|F{accession}|XTHORAX^Thorax^L",
        f"IPC|{accession}|RP1|{study_uid}|SPS1|CR",
    )


def report(  # noqa: PLR0913 - one segment, many fields
    text: str,
    *,
    id_: str,
    placer: str = "",
    filler: str = "",
    accession: str = "",
    patient: str = "4711^^^ZKH^PI",
    status: str = "F",
    part: str = "GDT",
    at: str = "20261128113000+0100",
) -> bytes:
    """Write an ORU^R01 with a segment for each line of text; ``part`` is the suffix of OBX-3."""
    lines = [f"OBX|{place}|TX|{part}^verslag||{line}||||||{status}" for place, line in enumerate(text.split("\n"), 1)]
    return _joined(
        HEADER.format(at=at, kind="ORU^R01", control=id_, charset="UNICODE UTF-8"),
        pid(patient),
        f"OBR|1|{placer}|{filler}|XTHORAX^Thorax^L||||||||||||||{accession}||||{at}||CR|{status}|||||||^Smit^J",
        *lines,
    )


def merge(*pairs: tuple[str, str], id_: str, kind: str = "ADT^A40", name: str = NAME, at: str = AT) -> bytes:
    """Write a merge: pairs of a survivor's number and the prior one."""
    groups = [line for survivor, prior in pairs for line in (pid(survivor, name), f"MRG|{prior}")]
    return _joined(HEADER.format(at=at, kind=kind, control=id_, charset="UNICODE UTF-8"), "EVN||" + at, *groups)


def adt(patient: str, *, id_: str, name: str = NAME, birth: str = "19570314", at: str = AT) -> bytes:
    """Write an ADT^A08."""
    return _joined(
        HEADER.format(at=at, kind="ADT^A08", control=id_, charset="UNICODE UTF-8"),
        "EVN||" + at,
        pid(patient, name, birth),
    )


def pid(patient: str, name: str = NAME, birth: str = "19570314") -> str:
    """Write the segment that says who it is about."""
    return f"PID|1||{patient}||{name}||{birth}|M"


def _joined(*segments: str) -> bytes:
    return ("\r".join(segments) + "\r").encode()


def verdict(answer: bytes) -> str:
    """Give AA, AE or AR."""
    return _segment(answer)[1]


def reason(answer: bytes) -> str:
    """Give the text of an answer."""
    fields: Sequence[str] = _segment(answer)
    return fields[3] if len(fields) > len("MSA") else ""


def _segment(answer: bytes) -> Sequence[str]:
    return next(line for line in answer.decode().split("\r") if line.startswith("MSA")).split("|")
