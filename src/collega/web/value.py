"""The value board: what each app brings, to whom, and how sure that is."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isinf
from typing import Any, Protocol

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from markupsafe import Markup

from collega.formats.local import number
from collega.formats.spreadsheet import WORKBOOK
from collega.formats.value_csv import value_xlsx
from collega.formats.value_view import amount, percent, value_view
from collega.formats.value_words import LEFT, WORDS, word
from collega.formats.way_view import STEPS, WAY_WORDS, steps_view, way_view
from collega.model.code import Text
from collega.web.pages import Pages
from collega.web.told import ToldError

UNKNOWN = Text(en="no such case", nl="die casus is er niet")
PICTURES = ("waterfall", "tornado", "fan")


class Desk(Protocol):
    """What the board asks of the site; see `collega.bootstrap.worth.value_desk.ValueDesk`."""

    async def cases(self) -> list[dict[str, Any]]:
        """Work out every case."""
        ...

    async def case(self, name: str) -> dict[str, Any] | None:
        """Work out one case; None where there is none of that name."""
        ...

    async def portfolio(self) -> dict[str, Any] | None:
        """Rank the cases of the portfolio; None where there is none."""
        ...

    async def ways(self) -> dict[str, Any]:
        """Tell how far each case has come from idea to approval, and how long that takes."""
        ...


def value_router(desk: Desk, pages: Pages) -> APIRouter:
    """Make the routes."""
    routes = APIRouter()

    async def told(name: str) -> dict[str, Any]:
        found = await desk.case(name)
        if found is None:
            raise ToldError(404, UNKNOWN)
        return found

    async def whole(name: str) -> dict[str, Any]:
        """Give a case without faults."""
        found = await told(name)
        if found["told"] is None:
            raise HTTPException(422, found["faults"])
        answer: dict[str, Any] = found["told"]
        return answer

    @routes.get("/value", response_class=HTMLResponse)
    async def board(request: Request) -> HTMLResponse:
        """Show every case with its verdict, and the portfolio."""
        language = pages.choice(request).language
        words = {name: text.in_language(language) for name, text in {**WORDS, **WAY_WORDS}.items()}
        rows = [_row(one, language, words) for one in await desk.cases()]
        titles = {row["name"]: row["title"] for row in rows if not row["faults"]}
        portfolio = _portfolio(await desk.portfolio(), titles, words, language)
        told = way_view(await desk.ways(), titles, language)
        return pages.render(request, "value.html", w=words, rows=rows, portfolio=portfolio, ways=told)

    @routes.get("/value/{name}", response_class=HTMLResponse)
    async def case(request: Request, name: str) -> HTMLResponse:
        """Show one case: figures, ledger, pictures, and every number with its source."""
        language = pages.choice(request).language
        found = await told(name)
        words = {name: text.in_language(language) for name, text in {**WORDS, **WAY_WORDS}.items()}
        view = value_view(found["told"], language) if found["told"] else {}
        # Our own drawings, with every word from elsewhere escaped in them.
        pictures = {key: Markup(view[key]) for key in PICTURES if view}  # noqa: S704
        return pages.render(
            request,
            "value_case.html",
            w=words,
            name=name,
            v={**view, **pictures},
            markets=[_market(one, language, words) for one in found["markets"]],
            currency=found["told"]["currency"] if found["told"] else "",
            faults=found["faults"],
            way=steps_view(await desk.ways(), name, language),
            steps=[(step, text.in_language(language)) for step, text in STEPS.items()],
            today=datetime.now(pages.front.zone).date(),
        )

    @routes.get("/value/{name}/paper.pdf", response_class=Response)
    async def paper(request: Request, name: str) -> Response:
        """Give a case on four pages."""
        # typst is loaded when paper is asked for, and sets it off the event loop.
        from collega.formats.value_pdf import value_pdf  # noqa: PLC0415

        view = value_view(await whole(name), pages.choice(request).language, is_paper=True)
        content = await asyncio.to_thread(value_pdf, view, datetime.now(UTC))
        return Response(content, media_type="application/pdf")

    @routes.get("/value/{name}/figures.xlsx", response_class=Response)
    async def figures(name: str) -> Response:
        """Give a case for a spreadsheet: inputs and results as numbers, no formulas."""
        content = value_xlsx(await whole(name))
        head = {"Content-Disposition": 'attachment; filename="case.xlsx"'}
        return Response(content, media_type=WORKBOOK, headers=head)

    @routes.get("/api/value/{name}")
    async def program(name: str) -> dict[str, Any]:
        """Give a case as JSON, as `collega roi evaluate --json` does."""
        return await whole(name)

    return routes


def _row(one: Mapping[str, Any], language: str, words: Mapping[str, str]) -> dict[str, Any]:
    told = one["told"]
    if told is None:
        return {"name": one["name"], "faults": one["faults"]}
    unit, volume = told["currency"], told["break_even_volume_with_setup"]
    return {
        "name": one["name"],
        "faults": "",
        "title": Text(**told["texts"]["title"]).in_language(language),
        "is_positive": told["npv"] > 0,
        "verdict": words["pays" if told["npv"] > 0 else "does_not_pay"],
        "npv": f"{amount(told['npv'], language)} {unit}",
        "p_positive": percent(told["p_npv_positive"], language),
        "volume": words["never"] if volume is None else amount(volume, language),
        "losers": len(told["ledger"]["pays_but_does_not_gain"]),
    }


def _market(one: Mapping[str, Any], language: str, words: Mapping[str, str]) -> tuple[str, ...]:
    lowest, highest = (one[key] for key in ("lowest_price", "highest_price"))
    return (
        one["name"] or "-",
        amount(one["volume_per_year"], language),
        words["never"] if isinf(lowest) else number(lowest, language, ".2f"),
        words["no_price"] if highest is None else number(highest, language, ".2f"),
        words["yes" if one["is_possible"] else "no"],
        amount(one["vendor_npv"], language),
    )


def _portfolio(
    found: Mapping[str, Any] | None, titles: Mapping[str, str], words: Mapping[str, str], language: str
) -> dict[str, Any] | None:
    if found is None or found["faults"]:
        return None if found is None else {"faults": found["faults"]}
    unit = found["currency"]
    return {
        "faults": "",
        "title": Text(**found["title"]).in_language(language),
        "npv": f"{amount(found['npv'], language)} {unit}",
        "platform": f"{amount(found['platform'], language)} {unit}",
        "budget": _budget(found, words, language),
        "per_cost": words["per_cost"].format(unit=unit),
        "places": [
            {
                "name": titles.get(one["name"], one["name"]),
                "is_taken": one["is_taken"],
                "why": word(LEFT, one["why"], language),
                "per_cost": "-" if one["per_cost"] is None else number(one["per_cost"], language, ".2f"),
                **{key: amount(one[key], language) for key in ("alone", "share", "npv", "costs")},
            }
            for one in found["places"]
        ],
    }


def _budget(found: Mapping[str, Any], words: Mapping[str, str], language: str) -> list[str]:
    """Say what fits, what is left of the budget, and what it forgoes."""
    unit = found["currency"]
    beyond = found["npv_without_budget"] - found["npv"]
    money = {
        name: f"{amount(value or 0.0, language)} {unit}"
        for name, value in (*((key, found[key]) for key in ("budget", "costs", "left")), ("beyond", beyond))
    }
    said = [] if any(one["is_taken"] for one in found["places"]) else [words["nothing_fits"]]
    if found["budget"] is None:
        return [*said, words["no_budget"].format(**money)]
    binds = words["budget_binds"] if beyond > 0 else words["budget_enough"]
    return [*said, words["budget_told"].format(**money), binds.format(**money)]
