"""A vendor's JSON, read by the mapping of its manifest."""

from collections.abc import Iterator
from dataclasses import dataclass

from collega.formats.vendor.codes import words
from collega.formats.vendor.json_path import Node
from collega.formats.vendor.said import Contour, Kind, Said, Statement, bounded
from collega.model.code import Code
from collega.model.finding import Measurement, Region, RegionKind, Status
from collega.model.results import FindingAt, JsonMapping, NumberAt, RegionAt

FILE = "answer.json"
TITLE = "Answer of the service"
PLANE, SPACE = 2, 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What the JSON says: how it went, why, and what was found."""

    status: Status
    reason: str
    said: Said


def read_answer(data: object, mapping: JsonMapping) -> Answer:
    """Read an answer.

    Raises
    ------
    QuarantineError
        ``mapping`` where the answer does not fit: which path, what was there; ``too-much``.
    """
    top = Node(data, "", data)
    status, reason = _status(top, mapping)
    study = top.at(mapping.study) if mapping.study else None
    found = (item for at in mapping.findings for item in _statements(top, at)) if status is Status.ANALYSED else ()
    said = Said(
        file=FILE,
        kind=Kind.JSON,
        title=TITLE,
        study_instance_uid=study.text(mapping.study) if study else "",
        statements=bounded(found, FILE),
    )
    return Answer(status, reason, said)


def _status(top: Node, mapping: JsonMapping) -> tuple[Status, str]:
    if mapping.status is None:
        return Status.ANALYSED, ""
    node = top.at(mapping.status.at)
    word = node.text(mapping.status.at) if node else "null"
    if word not in mapping.status.values:
        (node or top).refuse(f"one of {', '.join(mapping.status.values)}", mapping.status.at)
    why = top.at(mapping.status.reason) if mapping.status.reason else None
    return mapping.status.values[word], why.text(mapping.status.reason) if why else ""


def _statements(top: Node, at: FindingAt) -> Iterator[Statement]:
    found = top.at(at.at)
    for node in found.items(at.at) if found else ():
        finding, label = _which(node, at)
        word = node.at(at.evaluation) if at.evaluation else None
        if word and word.text(at.evaluation) not in at.values:
            word.refuse(f"one of {', '.join(at.values)}", at.evaluation)
        score = node.at(at.score) if at.score else None
        images = node.at(at.images) if at.images else None
        shapes = [shape for region in at.regions for shape in _shapes(node, region)]
        yield Statement(
            finding=finding,
            labels=(label,),
            evaluation=at.values[word.text(at.evaluation)] if word else None,
            score=score.number(at.score) * at.scale if score else None,
            images=_uids(images, at.images) if images else (),
            regions=tuple(shape for shape in shapes if isinstance(shape, Region)),
            contours=tuple(shape for shape in shapes if isinstance(shape, Contour)),
            numbers=tuple(number for item in at.measurements if (number := _number(node, item))),
        )


def _which(node: Node, at: FindingAt) -> tuple[str, str]:
    """Which finding an object is about; an id that the mapping does not list is kept as a label."""
    if at.finding:
        return at.finding, at.finding
    found = node.at(at.finding_at)
    word = found.text(at.finding_at) if found else "null"
    return at.ids.get(word, ""), words(word)


def _uids(node: Node, path: str) -> tuple[str, ...]:
    if isinstance(node.value, list):
        return tuple(item.text(path) for item in node.items(path))
    return (node.text(path),)


def _number(node: Node, at: NumberAt) -> Measurement | None:
    found = node.at(at.at)
    if found is None:
        return None
    name = Code(scheme=at.scheme, value=at.value, meaning=at.meaning)
    return Measurement(name=name, value=found.number(at.at) * at.scale, unit=at.unit)


def _shapes(node: Node, at: RegionAt) -> Iterator[Region | Contour]:
    found = node.at(at.at)
    if found is None:
        return
    size = SPACE if at.unit == "mm" else PLANE
    points = _points(found, at, size)
    if size == SPACE:
        corners = tuple((x, y, z) for x, y, z in points)
        yield Contour(points=corners)
        return
    image, frame = node.at(at.image), node.at(at.frame) if at.frame else None
    flat = [(second, first) if at.rows_first else (first, second) for first, second in points]
    if at.sized:
        (left, top), (width, height) = flat
        flat = [(left, top), (left + width, top + height)]
    try:
        yield Region(
            kind=at.kind,
            image=image.text(at.image) if image else "",
            frame=int(frame.number(at.frame)) if frame else 1,
            points=tuple(flat),
        )
    except ValueError as error:
        found.refuse(f"a {at.kind} ({error})", at.at)


def _points(node: Node, at: RegionAt, size: int) -> list[tuple[float, ...]]:
    """Read numbers in a row, or points of so many numbers each."""
    values: list[float] = []
    for item in node.items(at.at):
        inner = item.items(at.at) if isinstance(item.value, list) else [item]
        values += [number.number(at.at) for number in inner]
    fits = at.kind is not RegionKind.BOX or len(values) == 2 * size
    if len(values) % size or not values or not fits:
        node.refuse(f"numbers of a {at.kind} in {at.unit}", at.at)
    return [tuple(values[place : place + size]) for place in range(0, len(values), size)]
