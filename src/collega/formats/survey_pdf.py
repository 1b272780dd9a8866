"""The report of a survey on paper: what its page shows, and nothing that the page hides."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from collega.formats.paper import set_paper
from collega.formats.survey_words import SURVEY_WORDS


def survey_pdf(view: Mapping[str, Any], language: str, at: datetime) -> bytes:
    """Set the report; what is said travels as JSON and is placed as text, nothing in it is read as markup.

    Parameters
    ----------
    view : mapping
        As `collega.survey.view.result_view` gives it.
    """
    words = {name.removeprefix("survey_"): text.in_language(language) for name, text in SURVEY_WORDS.items()}
    told = {**view, "words": words, "language": language, "at": f"{at:%Y-%m-%d}"}
    return set_paper("survey", "survey", told, at)
