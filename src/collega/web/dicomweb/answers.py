"""What all answers over DICOMweb share: the gate, the words of refusals, DICOM JSON, the address of the service."""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from fastapi import HTTPException, Request, Response
from fastapi.responses import JSONResponse

from collega.errors import InputError, StoreFullError, TransientError
from collega.formats.dicomweb_json import json_text
from collega.formats.media_types import DICOM_JSON, MediaRange, accepted, chosen
from collega.model.dicomweb import DicomPlace
from collega.model.token import TokenRight
from collega.web.gate import Gate

PREFIX = "/dicom-web"
JSON_KINDS = (DICOM_JSON, "application/json")
UID = re.compile(r"[0-9.]{1,128}", re.ASCII)
UNKNOWN = "there is no such object here, or none that may be given"
SERVICE = "collega"

_log = structlog.get_logger()
Answer = Callable[[Request], Awaitable[Response]]


def guarded(answer: Answer, let_in: Gate, right: TokenRight) -> Answer:
    """Let in whom the gate lets in, and tell what goes wrong."""

    async def asked(request: Request) -> Response:
        try:
            caller = await let_in(request, right)
            request.state.shadow = caller.may(TokenRight.SHADOW)
            request.state.caller = caller.name
            return await answer(request)
        except HTTPException as error:
            return refused(error.status_code, str(error.detail), dict(error.headers or {}))
        except InputError as error:
            return refused(400, str(error))
        except StoreFullError as error:
            return refused(507, str(error))
        except TransientError as error:
            return refused(503, str(error), {"retry-after": "5"})
        except Exception as error:  # noqa: BLE001 - whatever keeps the answer away, nobody may take it for an empty one
            _log.warning("dicomweb: no answer", error=type(error).__name__)
            words = "no answer now, the reason stands in the log: this is not an empty result"
            return refused(503, words, {"retry-after": "5"})

    asked.__doc__ = answer.__doc__
    return asked


def refused(status: int, words: str, headers: dict[str, str] | None = None) -> Response:
    """Tell why there is no answer."""
    return JSONResponse({"detail": words}, status_code=status, headers=headers)


def ranges(request: Request) -> Sequence[MediaRange]:
    """Read what kinds of answer are accepted; the query parameter goes before the header (PS3.18 8.3.3.1)."""
    return accepted(request.headers.getlist("accept"), request.query_params.get("accept"))


def check_json(request: Request) -> str:
    """Refuse a form of metadata that is not written here; give the kind that is."""
    kind = chosen(ranges(request), JSON_KINDS)
    if kind is None:
        raise HTTPException(406, f"this is given as {DICOM_JSON} only")
    return kind


def dicom_json(content: Any, kind: str, warnings: Sequence[str] = ()) -> Response:  # noqa: ANN401 - anything that JSON has
    """Write DICOM JSON."""
    return dicom_json_text(json_text(content), kind, warnings)


def dicom_json_text(text: str, kind: str, warnings: Sequence[str] = ()) -> Response:
    """Give DICOM JSON that is written already."""
    answer = Response(text.encode("utf-8", "replace"), media_type=kind)
    for words in warnings:
        answer.headers.append("warning", f'299 {SERVICE} "{words}"')
    return answer


def base(request: Request) -> str:
    """Give the address of the service as the asker knows it."""
    return f"{str(request.base_url).rstrip('/')}{PREFIX}"


def place(request: Request) -> DicomPlace:
    """Read the UIDs of an address; what is none names nothing here."""
    given = request.path_params
    names = ("study_instance_uid", "series_instance_uid", "sop_instance_uid")
    uids = [str(given.get(name, "")) for name in names]
    if any(uid and not UID.fullmatch(uid) for uid in uids):
        raise HTTPException(404, UNKNOWN)
    return DicomPlace(study=uids[0], series=uids[1], instance=uids[2])


def parameter(name: str, where: str = "query") -> dict[str, Any]:
    """Describe a parameter for OpenAPI; parameters are read by hand, since DICOM has rules of its own for them."""
    return {"name": name, "in": where, "required": where == "path", "schema": {"type": "string"}}


def described(path: str, names: Sequence[str] = ()) -> dict[str, Any]:
    """Describe a route: what its address names, and what may be asked besides."""
    inside = [name.partition(":")[0] for name in re.findall(r"{([^}]+)}", path)]
    return {"parameters": [*(parameter(name, "path") for name in inside), *map(parameter, names)]}
