"""What stands in the place of an answer that there is not: a page in words for people, JSON for programs."""

import json
import re
from dataclasses import replace

import pytest
from fastapi import APIRouter
from tests.unit.web.asking import Answer, ask
from tests.unit.web.conftest import House

from collega.errors import FencedError, InputError, TransientError
from collega.model.code import Text
from collega.web.app import create_app
from collega.web.pages import Front
from collega.web.told import MEANWHILE, ToldError, because

pytestmark = pytest.mark.shows("R74")
LOOKS = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
GONE = Text(en="no such <b>thing</b>", nl="zo'n <b>ding</b> is er niet")


@pytest.fixture
def broken(house: House, front: Front) -> House:
    """Give a site with a page that fails, one that is not there, and one that wants a number."""
    routes = APIRouter()

    @routes.get("/breaks")
    @routes.get("/api/breaks")
    async def breaks() -> None:
        message = "P4711 is nobody's business"
        raise TransientError(message)

    @routes.get("/gone")
    @routes.get("/api/gone")
    async def gone() -> None:
        raise ToldError(404, GONE)

    @routes.get("/early")
    @routes.get("/api/early")
    async def early() -> None:
        raise because(409, InputError("not ready yet", nl="nog niet klaar"))

    @routes.get("/english")
    async def english() -> None:
        raise because(409, InputError("no number"))

    @routes.get("/late")
    async def late() -> None:
        raise because(409, FencedError("row 12 is no longer 3"))

    @routes.get("/number/{number}")
    async def number(number: int) -> int:
        return number

    app = create_app(house.views, house.hub, replace(front, language="nl"))
    app.include_router(routes)
    return replace(house, app=app)


def words(answer: Answer) -> str:
    """Give what is read on a page."""
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2]).split())


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/nonsense", 404, "dat zegt niets over wat erop te zien is. 404 Verder"),
        ("/gone", 404, "zo&#39;n &lt;b&gt;ding&lt;/b&gt; is er niet"),
        ("/gone?lang=en", 404, "no such &lt;b&gt;thing&lt;/b&gt;"),
        ("/early", 409, "409: nog niet klaar"),
        ("/early?lang=en", 409, "409: not ready yet"),
        ("/english", 409, "409: no number"),
        ("/late", 409, f"409: {MEANWHILE.nl}"),
        ("/number/many?lang=en", 422, "Not taken Nothing was changed by this. Go back, and load the page anew"),
        ("/number/many", 422, "number: "),
    ],
)
async def test_people_are_shown_a_page_in_their_language(broken: House, path: str, status: int, said: str) -> None:
    answer = await broken.ask(path, headers=LOOKS)
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert said in words(answer)
    assert '<a href="/">' in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")


async def test_a_fault_of_ours_says_that_it_says_nothing_of_a_study(broken: House) -> None:
    answer = await ask(broken.app, "/breaks", headers=LOOKS, fails=TransientError)
    assert answer.status == 500
    assert "wat niet wordt getoond, is niet “niets gevonden”" in words(answer)
    assert re.search(r"\d\d:\d\d:\d\d · 500: een fout van collega", words(answer)), "when it was, for who looks it up"
    assert "P4711" not in answer.text, "what failed is for the log"
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")
    with pytest.raises(TransientError):
        await broken.ask("/breaks", headers=LOOKS)  # it goes on to the log


async def test_scripts_of_a_page_are_told_in_its_language_and_programs_in_english(broken: House) -> None:
    assert (await broken.ask("/gone")).detail == GONE.nl
    assert (await broken.ask("/gone", headers={"cookie": "lang=en"})).detail == GONE.en
    assert (await broken.ask("/early")).detail == "nog niet klaar"
    assert (await broken.ask("/api/early")).detail == "not ready yet"
    assert (await broken.ask("/api/gone", headers=LOOKS)).detail == GONE.en, "who opens it in a browser sees JSON too"
    assert json.loads((await broken.ask("/nonsense")).body) == {"detail": "Not Found"}
    assert (await broken.ask("/number/many")).detail.startswith("number: ")
    failed = await ask(broken.app, "/api/breaks", headers=LOOKS, fails=TransientError)
    assert (failed.status, failed.text) == (500, "Internal Server Error")
