"""Packs of feedback in the words of their pages."""

from collections.abc import Mapping
from typing import Any

from collega.decide.pack_figures import NO_ANSWER as NONE
from collega.formats.local import day, number
from collega.formats.pack_words import ANSWERS, LEFT_OUT, NO_ANSWER, PAGE, SOURCES, STATES
from collega.formats.wording import EVALUATIONS
from collega.model.feedback import CAUSES
from collega.model.pack import AnswerStatus, CaseSource, LeftOut, PackState
from collega.web.pages import Pages


def page_words(language: str) -> dict[str, Any]:
    """Give the fixed words, and those of each answer."""
    words: dict[str, Any] = {name: word.in_language(language) for name, word in PAGE.items()}
    return {**words, "statuses": [(status.value, ANSWERS[status].in_language(language)) for status in AnswerStatus]}


def pack_row(pack: Mapping[str, Any], language: str, pages: Pages) -> dict[str, Any]:
    """Give a pack in words."""
    moments = {name: day(pages.local(pack[name]), language) for name in ("prepared_at", "changed_at")}
    causes = [f"{CAUSES[name].in_language(language)} {count}" for name, count in pack["causes"].items()]
    answers = [f"{answer_word(name, language)}: {count}" for name, count in pack["answers"].items()]
    return {
        **pack,
        **moments,
        "state_word": STATES[PackState(pack["state"])].in_language(language),
        "cause_words": ", ".join(causes),
        "answer_words": ", ".join(answers),
    }


def case_row(case: Mapping[str, Any], language: str, pages: Pages) -> dict[str, Any]:
    """Give a case in words."""
    answer = case["answer"]
    said = answer_word(answer["status"], language)
    if answer["status"] != NONE:
        fixed = f" {answer['fixed_in']}" if answer["fixed_in"] else ""
        said = f"{said}{fixed} ({day(answer['answered_on'], language)}, {answer['writer']})"
    left_out = case["left_out"]
    return {
        **case,
        "why": SOURCES[CaseSource(case["source"])].in_language(language),
        "evaluation_word": EVALUATIONS[case["evaluation"]].in_language(language) if case["evaluation"] else "",
        "cause_words": ", ".join(CAUSES[name].in_language(language) for name in case["causes"]),
        "on": day(pages.local(case["at"]), language),
        "left_out_word": LEFT_OUT[LeftOut(left_out)].in_language(language) if left_out else "",
        "answer_word": said,
    }


def figure_row(figure: Mapping[str, Any], language: str) -> dict[str, str]:
    """Give the time until an answer in words; a limit that so few cases cannot give is named as not known."""
    unknown = PAGE["unknown"].in_language(language)
    numbers = {
        name: unknown if figure[name] is None else number(figure[name], language)
        for name in ("median_days", "low", "high")
    }
    form = PAGE["no_median" if figure["median_days"] is None else "median"].in_language(language)
    text = form.format(
        median=numbers["median_days"],
        low=numbers["low"],
        high=numbers["high"],
        answered=figure["answered"],
        cases=figure["cases"],
    )
    if figure["oldest_open_days"] is not None:
        text += f"; {PAGE['oldest'].in_language(language).format(days=figure['oldest_open_days'])}"
    return {"vendor": figure["vendor"], "text": text}


def answer_word(status: str, language: str) -> str:
    """Say what the maker says."""
    return (NO_ANSWER if status == NONE else ANSWERS[AnswerStatus(status)]).in_language(language)
