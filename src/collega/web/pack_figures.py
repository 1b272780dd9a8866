"""What became of the feedback to makers, in counts alone: for those who steer and see no patient."""

from collections.abc import Mapping
from typing import Any, Protocol

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from collega.formats.local import number
from collega.formats.pack_words import FIGURES, PAGE
from collega.web.pack_rows import answer_word
from collega.web.pages import Pages

NO_FIGURE = "-"


class Desk(Protocol):
    """What this asks of the site; see `collega.bootstrap.packs.packing.PackDesk`."""

    async def figures(self) -> list[dict[str, Any]]:
        """Count, for each maker, what has left and what was answered."""
        ...


def pack_figures_router(desk: Desk, pages: Pages) -> APIRouter:
    """Make the routes: a page, and the same as JSON."""
    routes = APIRouter()

    @routes.get("/feedback-figures", response_class=HTMLResponse)
    async def page(request: Request) -> HTMLResponse:
        """Show what makers have answered."""
        language = pages.choice(request).language
        words = {name: word.in_language(language) for name, word in {**PAGE, **FIGURES}.items()}
        rows = [figure_cells(one, language) for one in await desk.figures()]
        return pages.render(request, "pack_figures.html", w=words, rows=rows)

    @routes.get("/api/feedback-figures")
    async def told() -> dict[str, Any]:
        """Tell the same as JSON."""
        return {"vendors": await desk.figures()}

    return routes


def figure_cells(figure: Mapping[str, Any], language: str) -> dict[str, str]:
    """Give the figures of one maker in words; what is not known is a hyphen."""
    median = _days(figure["median_days"], language)
    if figure["low"] is not None or figure["high"] is not None:
        median += f" ({_days(figure['low'], language)}, {_days(figure['high'], language)})"
    said = [f"{answer_word(name, language)}: {count}" for name, count in figure["statuses"].items()]
    return {
        "vendor": figure["vendor"],
        "packs": str(figure["packs"]),
        "cases": str(figure["cases"]),
        "answered": str(figure["answered"]),
        "open": str(figure["open"]),
        "median": median,
        "oldest": _days(figure["oldest_open_days"], language),
        "said": ", ".join(said),
    }


def _days(value: float | None, language: str) -> str:
    return NO_FIGURE if value is None else number(value, language)
