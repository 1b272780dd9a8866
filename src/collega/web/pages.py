"""What all pages share: templates, language, theme, navigation, banner.

A page of its own is a router that calls `Pages.render` with a template which extends
``base.html``; it fills the blocks ``title`` and ``main``, and ``banner`` where it has more to warn of.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

import jinja2
from fastapi import Request
from fastapi.responses import HTMLResponse

from collega.model.code import Text
from collega.web.words import WORDS

YEAR_S = 365 * 24 * 3600
LANGUAGES = ("nl", "en")
THEMES = ("dark", "light")
# Address and name of each page in the navigation: a router that brings a page adds its line.
NAVIGATION: tuple[tuple[str, Text], ...] = (
    ("/", Text(en="Board", nl="Werklijst")),
    ("/night", Text(en="Night", nl="Nacht")),
    ("/catalogue", Text(en="Apps", nl="Apps")),
    ("/stages", Text(en="Trust", nl="Vertrouwen")),
    ("/timeline", Text(en="Time", nl="Tijd")),
    ("/acceptance", Text(en="Acceptance", nl="Acceptatie")),
    ("/feedback-packs", Text(en="Feedback", nl="Terugkoppeling")),
    ("/objections", Text(en="Objections", nl="Bezwaren")),
    ("/audit", Text(en="Audit", nl="Logboek")),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Front:
    """What a site has decided about its pages."""

    language: Literal["en", "nl"]
    zone: ZoneInfo
    viewer_url: str = ""
    notice: str = ""
    rows: int = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What this reader has chosen; an empty theme leaves it to the system."""

    language: str
    theme: str


class Pages:
    """Renders templates.

    Parameters
    ----------
    front : Front
    """

    def __init__(self, front: Front) -> None:
        self.front = front
        self._templates = jinja2.Environment(
            loader=jinja2.PackageLoader("collega.web"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def choice(self, request: Request) -> Choice:
        """Read language and theme from the address, else from the cookies, else as the site has it."""
        language = _one_of(LANGUAGES, request.query_params.get("lang"), request.cookies.get("lang"))
        theme = _one_of(THEMES, request.query_params.get("theme"), request.cookies.get("theme"))
        return Choice(language=language or self.front.language, theme=theme)

    def render(self, request: Request, template: str, **values: object) -> HTMLResponse:
        """Render a page; a language or theme that the address names is remembered."""
        choice = self.choice(request)
        answer = HTMLResponse(self.text(template, choice, path=request.url.path, **values))
        for name in ("lang", "theme"):
            chosen = choice.language if name == "lang" else choice.theme
            if chosen and request.query_params.get(name) == chosen:
                answer.set_cookie(name, chosen, max_age=YEAR_S, samesite="lax")
        return answer

    def text(self, template: str, choice: Choice, **values: object) -> str:
        """Render a template in the language of ``choice``."""
        return self._templates.get_template(template).render(
            t={name: word.in_language(choice.language) for name, word in WORDS.items()},
            language=choice.language,
            theme=choice.theme,
            languages=LANGUAGES,
            front=self.front,
            navigation=[(address, name.in_language(choice.language)) for address, name in NAVIGATION],
            **values,
        )

    def local(self, moment: datetime) -> datetime:
        """Give a moment by the clock of the site."""
        return moment.astimezone(self.front.zone)


def _one_of(allowed: tuple[str, ...], *asked: str | None) -> str:
    return next((word for word in asked if word in allowed), "")
