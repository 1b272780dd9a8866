"""Questions of QIDO-RS (PS3.18 10.6): all answers to one, never a short list."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus

from pydicom.dataset import Dataset

from collega.adapters.rest.line import Reply, WebLine
from collega.errors import PeerError
from collega.formats.dicom_study import UNREADABLE

JSON = "application/dicom+json"
PER_PAGE = 200
MOST_ANSWERS = 50_000
# Of something that is not there, some servers say so in this way.
NOTHING = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND})
MORE = "299"  # PS3.18 8.3.4.5: a warning that there are more answers than these


def find(line: WebLine, reply: Reply) -> list[Dataset]:
    """Read one answer about something of a study.

    Raises
    ------
    PeerError
        It is no answer of a PACS.
    """
    if reply.status in NOTHING and not reply.is_page:
        return []
    if reply.status != HTTPStatus.OK or reply.is_page:
        raise line.unwanted(reply)
    answers = line.read_json(reply)
    try:
        return [Dataset.from_json(answer) for answer in answers]
    except UNREADABLE as error:
        message = f"the answer of the PACS is no DICOM JSON ({type(error).__name__})"
        raise PeerError(message) from None


def every(line: WebLine, path: str, query: Mapping[str, str | list[str]], key: str) -> list[Dataset]:
    """Ask for page after page until nothing new comes; ``key`` tells answers apart.

    Raises
    ------
    PeerError
        There is no whole answer.
    """
    found: dict[str, Dataset] = {}
    for reply in _pages(line, path, query, found):
        more = find(line, reply)
        named = {str(answer.get(key) or ""): answer for answer in more}
        new = {value: answer for value, answer in named.items() if value and value not in found}
        if not new:
            if len(more) >= PER_PAGE or reply.headers.get("warning", "").startswith(MORE):
                message = f"the PACS has more answers than it gives ({len(found)} of them)"
                raise PeerError(message)
            break
        found |= new
        if len(found) > MOST_ANSWERS:
            message = f"the PACS gives no end of answers ({len(found)} of them)"
            raise PeerError(message)
    return list(found.values())


def _pages(
    line: WebLine, path: str, query: Mapping[str, str | list[str]], found: Mapping[str, Dataset]
) -> Iterator[Reply]:
    while True:
        yield line.ask(path, {**query, "limit": str(PER_PAGE), "offset": str(len(found))}, JSON)
