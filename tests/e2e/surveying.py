"""Phones for the tests of surveys: a small questionnaire of every kind, and a phone that fills it in over HTTP."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from collega.bootstrap.survey.tickets import KEY_FILE, Marker
from tests.e2e.peers import LOOPBACK
from tests.e2e.site import Site

FORM = {"content-type": "application/x-www-form-urlencoded"}
QUESTIONNAIRE = """id = "small"
version = "1"
title = {en = "Five minutes", nl = "Vijf minuten"}
source = {en = "Our own wording", nl = "Onze eigen woorden"}
[[question]]
id = "role"
kind = "single"
group = true
en = "Do you read films?"
nl = "Leest u foto's?"
options = [{id = "reader", en = "Yes", nl = "Ja"}, {id = "other", en = "No", nl = "Nee", goto = "fear"}]
[[question]]
id = "barriers"
kind = "multiple"
en = "What is in the way?"
nl = "Wat staat in de weg?"
options = [{id = "time", en = "Time", nl = "Tijd"}, {id = "data", en = "Data", nl = "Gegevens"}]
[[question]]
id = "hopes"
kind = "ranked"
en = "What would help most?"
nl = "Wat helpt het meest?"
options = [{id = "speed", en = "Speed", nl = "Snelheid"}, {id = "rest", en = "Rest", nl = "Rust"}]
[[question]]
id = "fear"
kind = "scale"
low = 1
high = 5
low_text = {en = "not at all", nl = "helemaal niet"}
high_text = {en = "very much", nl = "heel erg"}
agree_from = 4
en = "Does it frighten you?"
nl = "Maakt het u bang?"
[[question]]
id = "years"
kind = "number"
low = 0
high = 9999
en = "In how many years?"
nl = "Over hoeveel jaar?"
[[question]]
id = "words"
kind = "open"
en = "What else?"
nl = "Wat nog meer?"
[[action]]
question = "barriers"
option = "time"
step = "plan"
en = "Free an hour a week"
nl = "Maak een uur per week vrij"
owner = "AI lead"
by = 2027-03-01
"""


class Phone:
    """A browser that keeps one cookie, and knows nothing but its link."""

    def __init__(self, site: Site) -> None:
        self.cookie, self.path = "", ""
        self._connection = HTTPConnection(LOOPBACK, site.web_port, timeout=120)

    def ask(self, method: str, path: str, form: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Send one request, follow nothing, keep the cookie."""
        headers = {**FORM, "connection": "close", **({"cookie": self.cookie} if self.cookie else {})}
        self._connection.request(method, path, urlencode(form or {}) if method == "POST" else None, headers)
        answer = self._connection.getresponse()
        if given := answer.getheader("set-cookie"):
            self.cookie = given.partition(";")[0]
            self.path = answer.getheader("location") or ""
        text = answer.read().decode()
        self._connection.close()
        return answer.status, text

    def fill(self, ticket: str, number: int) -> None:
        """Answer everything, with a number that nobody else gives."""
        assert self.ask("GET", ticket)[0] == 200
        assert self.ask("POST", ticket)[0] == 303
        said: list[dict[str, str]] = [{"question": "role", "answer": "reader" if number % 2 else "other"}]
        if number % 2:
            barrier = "option_time" if number % 4 == 1 else "option_data"
            said += [{"question": "barriers", barrier: "1"}, {"question": "hopes", "place_rest": "1"}]
        said += [{"question": "fear", "answer": str(1 + number % 5)}, {"question": "years", "answer": str(number)}]
        said += [{"question": "words", "answer": f"word{number}", "pass": "1"}]
        for form in said:
            assert self.ask("POST", self.path, form)[0] == 303


def opened(site: Site, folder: Path, tickets: int, *more: str) -> tuple[str, list[str]]:
    """Open the survey; its key, and the addresses of its links."""
    file = folder / "small.toml"
    file.write_text(QUESTIONNAIRE, encoding="utf-8")
    told = site.json("survey", "open", str(file), "--until", "2099-12-31", "--tickets", str(tickets), *more)
    return told["survey"], [urlsplit(link).path for link in told["links"]]


def all_at_once(site: Site, links: list[str]) -> None:
    """Let everybody answer at one time."""
    with ThreadPoolExecutor(len(links)) as crowd:
        list(crowd.map(lambda number: Phone(site).fill(links[number], number), range(len(links))))


def owners(site: Site, links: list[str]) -> dict[str, int]:
    """Tell who was given which link, as whoever cut the sheet may know, by what the database holds of it.

    The mark needs the key that lies beside the database: whoever asks this holds more than the database.
    """
    marker = Marker(key=(site.data / "secrets" / KEY_FILE).read_bytes())
    return {marker.of_link(link): number for number, link in enumerate(links)}
