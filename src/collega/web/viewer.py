"""OHIF under ``/viewer``: a full viewer of others, which reads from our DICOMweb. Not for primary diagnosis."""

import mimetypes
from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from collega.model.code import Text
from collega.web.guard import Message
from collega.web.pages import Pages

PREFIX = "/viewer"
FOLDER = Path(__file__).parent / "ohif"  # filled by `make setup`
STUDY_ARGUMENT = "StudyInstanceUIDs"
APP = "app.bundle.*.js.gz"
WORDS = {
    "title": Text(en="Viewer", nl="Viewer"),
    "not_primary": Text(en="Not for primary diagnosis", nl="Niet voor primaire diagnose"),
    "why": Text(
        en="Read and report in the PACS. Not drawn here: presentation states, masks on films.",
        nl="Beoordeel en verslag in het PACS. Hier niet getekend: presentation states, maskers op foto's.",
    ),
    "back": Text(en="Back to the study", nl="Terug naar het onderzoek"),
    "no_scripts": Text(en="The viewer needs JavaScript.", nl="De viewer heeft JavaScript nodig."),
    "missing": Text(
        en="The viewer is not part of this installation (make setup).",
        nl="De viewer hoort niet bij deze installatie (make setup).",
    ),
}


class Packed(StaticFiles):
    """Files that are kept as they are sent: compressed once, when they were built in."""

    async def get_response(self, path: str, scope: Message) -> Response:
        """Give a file with what it is, and how it is packed."""
        answer = await super().get_response(f"{path}.gz", scope)
        answer.headers["content-type"] = mimetypes.guess_type(path)[0] or "application/octet-stream"
        answer.headers["content-encoding"] = "gzip"
        return answer


def is_here(folder: Path = FOLDER) -> bool:
    """Tell whether this installation has the viewer."""
    return any(folder.glob(APP))


def ohif_link(study_instance_uid: str, language: str) -> str:
    """Give the address that opens a study; the viewer's own texts follow ``lng``, its label ``lang``."""
    return f"{PREFIX}/viewer?{urlencode({STUDY_ARGUMENT: study_instance_uid, 'lng': language, 'lang': language})}"


def viewer_router(pages: Pages, folder: Path = FOLDER) -> APIRouter:
    """Make the page; the files that it loads are mounted by `mount`."""
    routes = APIRouter()
    bundle = next((file.name.removesuffix(".gz") for file in folder.glob(APP)), "")

    @routes.get(f"{PREFIX}/viewer", response_class=HTMLResponse)
    async def page(request: Request) -> HTMLResponse:
        """Show the viewer under its label; it reads from the address which study is meant."""
        language = pages.choice(request).language
        words = {name: text.in_language(language) for name, text in WORDS.items()}
        study = request.query_params.get(STUDY_ARGUMENT, "").partition(",")[0]
        answer = pages.render(request, "viewer.html", w=words, bundle=bundle, study=study)
        answer.status_code = 200 if bundle else 503
        return answer

    @routes.get(PREFIX, include_in_schema=False)
    @routes.get(f"{PREFIX}/", include_in_schema=False)
    async def start() -> RedirectResponse:
        """Lead to the board: the list of studies is there, not in the viewer."""
        return RedirectResponse("/", status_code=303)

    return routes


def mount(app: FastAPI) -> None:
    """Serve the viewer's own files."""
    app.mount(PREFIX, Packed(directory=FOLDER, check_dir=False), name="viewer")
