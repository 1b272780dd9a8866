r"""Images as lines for COPY, made as text: beside a sender's thread, each microsecond of Python counts.

Text format of COPY: tabs between columns, ``\N`` for NULL, a backslash before what would mean something else.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

from collega.model.study import Attribute, Instance

COPY_INSTANCES = b"""COPY instance (sop_instance_uid, study_key, revision, series_instance_uid, sop_class_uid,
    transfer_syntax_uid, role, attributes, notes, pixel_digest, header_digest, path, size, received_at, acquired_at)
    FROM STDIN"""


def lines(instances: Sequence[Instance]) -> str:
    """Write objects as lines for `COPY_INSTANCES`."""
    attributes = _Attributes()
    return "".join([_line(instance, attributes) for instance in instances])


def array(texts: Iterable[str]) -> str:
    """Write texts as a literal of type ``text[]``."""
    quoted = ['"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts]
    return "{" + ",".join(quoted) + "}"


class _Attributes(dict[tuple[str, Attribute], str]):
    """Attributes as members of a JSON object; the images of one batch share most of them."""

    def __missing__(self, attribute: tuple[str, Attribute]) -> str:
        name, value = attribute
        text = self[attribute] = json.dumps({name: value})[1:-1]
        return text


def _line(instance: Instance, attributes: _Attributes) -> str:
    header = instance.header
    members = ", ".join(map(attributes.__getitem__, header.attributes.items()))
    columns = (
        _escaped(header.sop_instance_uid),
        _escaped(instance.study_key),
        str(instance.revision),
        _escaped(header.series_instance_uid),
        _escaped(header.sop_class_uid),
        _escaped(header.transfer_syntax_uid),
        header.role,
        _escaped("{" + members + "}"),
        _escaped(array(header.notes)),
        "\\\\x" + header.pixel_digest.hex(),
        "\\\\x" + header.header_digest.hex(),
        _escaped(instance.path),
        str(instance.size),
        _moment(instance.received_at),
        _moment(header.acquired_at),
    )
    return "\t".join(columns) + "\n"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def _moment(at: datetime | None) -> str:
    return "\\N" if at is None else str(at)
