"""What stands in the place of an answer that there is not: a page for people, in their language; JSON for programs."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException as AnyHTTPException

from collega.model.code import Text
from collega.web.guard import Application, Message, Receive, Send
from collega.web.pages import Pages, landing
from collega.web.told import ToldError
from collega.web.visit import visit_of

# What programs ask: there errors keep the form, and the language, that they were written for.
PROGRAMS = ("/api/", "/fhir/", "/dicom-web")
NOT_NOW = Text(en="Not possible now", nl="Nu niet mogelijk")
NOT_TAKEN = Text(en="Not taken", nl="Niet aangenomen")
TITLES: Mapping[int, Text] = {
    401: Text(en="Not for you", nl="Niet voor u"),
    403: Text(en="Not for you", nl="Niet voor u"),
    404: Text(en="This is not here", nl="Dit is er niet"),
    405: Text(en="This is not here", nl="Dit is er niet"),
    409: NOT_NOW,
    423: NOT_NOW,
    500: Text(en="This page could not be made", nl="Deze pagina kon niet worden gemaakt"),
    503: NOT_NOW,
}
UNCHANGED = Text(
    en="Nothing was changed by this. Go back, and load the page anew before you send it again.",
    nl="Hierdoor is niets gewijzigd. Ga terug en laad de pagina opnieuw voordat u het nog eens verstuurt.",
)
MEANS: Mapping[int, Text] = {
    404: Text(
        en="The address is not known, or what it names is not kept here. A study that is not here was not received: "
        "that says nothing of what is on it.",
        nl="Het adres is onbekend, of wat het noemt, wordt hier niet bewaard. Een onderzoek dat hier niet is, is niet "
        "ontvangen: dat zegt niets over wat erop te zien is.",
    ),
    400: UNCHANGED,
    409: UNCHANGED,
    413: UNCHANGED,
    422: UNCHANGED,
    500: Text(
        en="The fault is collega's, and its log has it. It says nothing of a study: what is not shown is not “nothing "
        "found”. Look in the PACS, and tell who looks after collega when this was.",
        nl="De fout ligt bij collega en staat in het logbestand. Hij zegt niets over een onderzoek: wat niet wordt "
        "getoond, is niet “niets gevonden”. Kijk in het PACS en meld de beheerder van collega wanneer dit was.",
    ),
}
FAULT = 500
FAULT_WORDS = Text(en="a fault of collega", nl="een fout van collega")


def is_looked_at(request: Request) -> bool:
    """Tell whether a browser opens the address for somebody, and neither a script nor a program asks."""
    return "text/html" in request.headers.get("accept", "")


def wants_page(request: Request) -> bool:
    """Tell whether that is an address of pages."""
    return is_looked_at(request) and not request.url.path.startswith(PROGRAMS)


def words_for(request: Request, pages: Pages, text: Text) -> str:
    """Say it in the language of whoever reads: a program is told in English."""
    is_program = request.url.path.startswith(PROGRAMS) or visit_of(request).caller is not None
    return text.en if is_program else text.in_language(pages.choice(request).language)


def problem_page(pages: Pages, request: Request, status: int, words: str, means: Text | None = None) -> Response:
    """Show what is wrong, what it means, and the way on; ``means`` where it is not what the status always does."""
    language, visit = pages.choice(request).language, visit_of(request)
    title = TITLES.get(status, NOT_TAKEN if status < FAULT else TITLES[FAULT])
    means = means or MEANS.get(status)
    answer = pages.render(
        request,
        "problem.html",
        title=title.in_language(language),
        means=means.in_language(language) if means else "",
        status=status,
        words=words,
        onward=landing(visit) if visit.name or visit.is_open else "/",
        at=f"{pages.local(datetime.now(UTC)):%H:%M:%S}" if status >= FAULT else "",
    )
    answer.status_code = status
    return answer


def explain_problems(app: FastAPI, pages: Pages) -> None:
    """Answer what cannot be done in words, to each in their form."""

    def answered(request: Request, status: int, words: str, headers: Mapping[str, str] | None = None) -> Response:
        if not wants_page(request):
            return JSONResponse({"detail": words}, status_code=status, headers=headers)
        # What HTTP calls the status says nothing more than the title.
        page = problem_page(pages, request, status, "" if words == HTTPStatus(status).phrase else words)
        page.headers.update(headers or {})
        return page

    @app.exception_handler(AnyHTTPException)
    async def explain(request: Request, error: AnyHTTPException) -> Response:
        """Say why there is no answer."""
        words = words_for(request, pages, error.text) if isinstance(error, ToldError) else error.detail
        return answered(request, error.status_code, words, error.headers)

    @app.exception_handler(RequestValidationError)
    async def explain_input(request: Request, error: RequestValidationError) -> Response:
        """Say what was wrong, and where; the input itself is not repeated."""
        return answered(request, 422, "; ".join(_fault(one) for one in error.errors()))


def _fault(fault: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in fault["loc"][1:]) or str(fault["loc"][0])
    return f"{place}: {fault['msg'].removeprefix('Value error, ')}"


class Faults:
    """Shows people a page where collega itself has failed; the error goes on, to be logged.

    Parameters
    ----------
    app : Application
    pages : Pages
    """

    def __init__(self, app: Application, pages: Pages) -> None:
        self._app, self._pages = app, pages

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        has_begun = False

        async def send_noted(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        except Exception:
            if scope["type"] == "http" and not has_begun:
                request = Request(scope)
                if wants_page(request):
                    words = words_for(request, self._pages, FAULT_WORDS)
                    await problem_page(self._pages, request, FAULT, words)(scope, receive, send)
            raise
