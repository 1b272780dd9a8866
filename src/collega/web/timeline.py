"""Pages of time: one study's way, and the figures."""

from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from collega.formats.timeline_drawing import draw_timeline
from collega.formats.timeline_words import FIRST, KINDS, OWNERS, PAGE, WAITS
from collega.model.timeline import Offset, Placed, Timeline
from collega.web.audit import records_shown
from collega.web.pages import Pages

MOST_DAYS = 366


class Times(Protocol):
    """What these pages ask."""

    async def timeline(self, study_instance_uid: str) -> Timeline | None:
        """Give the timeline of a study; None where it was never received."""
        ...

    async def figures(self, days: float) -> dict[str, Any]:
        """Count the studies of the last days (`collega.measure.times`)."""
        ...


def timeline_router(times: Times, pages: Pages) -> APIRouter:
    """Make the routes."""
    router = APIRouter()

    @router.get("/studies/{study_instance_uid}/timeline", response_class=HTMLResponse)
    async def study(request: Request, study_instance_uid: str) -> HTMLResponse:
        """Show one study's way."""
        language = pages.choice(request).language
        found = await times.timeline(study_instance_uid)
        words = _words(language)
        records_shown(request, found.records if found else ())
        shown = _shown(found, pages, language) if found else {}
        answer = pages.render(request, "timeline.html", w=words, found=found is not None, **shown)
        answer.status_code = 200 if found else 404
        return answer

    @router.get("/api/timeline")
    async def counted(days: Annotated[float, Query(gt=0, le=MOST_DAYS)] = 28) -> dict[str, Any]:
        """Give the figures of the last days as JSON."""
        return await times.figures(days)

    @router.get("/timeline", response_class=HTMLResponse)
    async def figures(request: Request, days: Annotated[float, Query(gt=0, le=MOST_DAYS)] = 28) -> HTMLResponse:
        """Show the figures of the last days."""
        words = _words(pages.choice(request).language)
        told = await times.figures(days)
        rows = [_row(row, words) for row in told["figures"]]
        return pages.render(request, "timeline_figures.html", w=words, rows=rows, told=told, days=f"{days:g}")

    return router


def _words(language: str) -> dict[str, str]:
    return {name: word.in_language(language) for name, word in PAGE.items()}


def _shown(found: Timeline, pages: Pages, language: str) -> dict[str, Any]:
    return {
        # Our own drawing, with every word from elsewhere escaped in it.
        "picture": Markup(draw_timeline(found, pages.front.zone, language)),  # noqa: S704
        "moments": [_moment(item, pages, language) for item in found.placed],
        "clocks": [_clock(offset, language) for offset in found.offsets],
        "gaps": [
            {
                "begin": KINDS[gap.begin].in_language(language),
                "end": KINDS[gap.end].in_language(language),
                "app": gap.app,
                "minutes": f"{gap.minutes:.1f}",
            }
            for gap in found.gaps
        ],
        "waits": [
            {
                "app": wait.app,
                "minutes": f"{wait.minutes:.1f}",
                "how": WAITS[wait.how].in_language(language),
                "at": f"{pages.local(wait.begin):%H:%M:%S}",
            }
            for wait in found.waits
        ],
        "first": [(app, FIRST[who].in_language(language)) for app, who in found.first.items()],
    }


def _moment(item: Placed, pages: Pages, language: str) -> dict[str, Any]:
    moment = item.moment
    return {
        "what": KINDS[moment.kind].in_language(language),
        "app": moment.app,
        "clock": " ".join(
            part for part in (OWNERS[moment.clock.owner].in_language(language), moment.clock.name) if part
        ),
        "told": f"{pages.local(moment.at):%d-%m-%Y %H:%M:%S}",
        "corrected": f"{pages.local(item.at):%H:%M:%S}",
        "is_known": item.is_known,
        "is_moved": item.at != moment.at,
    }


def _clock(offset: Offset, language: str) -> dict[str, Any]:
    name = " ".join(part for part in (OWNERS[offset.clock.owner].in_language(language), offset.clock.name) if part)
    if offset.low is None or offset.high is None:
        return {"name": name, "pairs": offset.pairs, "ahead": "", "interval": ""}
    return {
        "name": name,
        "pairs": offset.pairs,
        "ahead": f"{offset.middle:+.0f} s",
        "interval": f"{offset.low:+.0f} / {offset.high:+.0f} s",
    }


def _row(row: dict[str, Any], words: dict[str, str]) -> dict[str, Any]:
    waited, calls = row["waited"], row["calls"]
    return {
        "app": row["app"],
        "exam": words["all"] if row["exam"] == "all" else row["exam"],
        "hours": words.get(row["hours"], row["hours"]) if row["hours"] != "day" else words["daytime"],
        "is_sum": row["exam"] == "all",
        "n": row["n"],
        "latency": _spread(row["image_to_visible"], words),
        "order": _spread(row["order_to_visible"], words),
        "signed": _spread(row["image_to_signed"], words),
        "opened": _share(row["visible_before_opened"], words),
        "before_signed": _share(row["visible_before_signed"], words),
        "first": _share(row["first"]["reader_share"], words),
        "waited": words["no_data"] if waited["minutes"] is None else f"{waited['minutes']:.0f} (n={waited['n']})",
        "calls": words["not_logged"]
        if calls["calls"] is None
        else f"{calls['per_study']:.2f} ({calls['low']:.2f} - {calls['high']:.2f}; n={calls['n']})",
    }


def _spread(found: dict[str, Any], words: dict[str, str]) -> list[str]:
    if not found["n"]:
        return [words["no_data"]]
    names = (("median", words["median"]), ("p90", "p90"), ("p95", "p95"))
    return [f"{name} {_quantile(found[key])}" for key, name in names] + [f"n={found['n']}"]


def _quantile(found: dict[str, Any]) -> str:
    low, high = ("?" if limit is None else f"{limit:.1f}" for limit in (found["low"], found["high"]))
    return f"{found['value']:.1f} ({low} - {high})"


def _share(found: dict[str, Any], words: dict[str, str]) -> str:
    if found["share"] is None:
        return words["no_data"]
    return f"{found['share']:.0%} ({found['low']:.0%} - {found['high']:.0%}; n={found['n']})"
