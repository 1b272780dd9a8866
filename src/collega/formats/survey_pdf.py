"""The report of a survey on paper: what its page shows, and nothing that the page hides."""

import json
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import typst

from collega.formats.survey_words import SURVEY_WORDS

FOLDER = Path(str(files("collega.formats")))


def survey_pdf(view: Mapping[str, Any], language: str, at: datetime) -> bytes:
    """Set the report; what is said travels as JSON and is placed as text, nothing in it is read as markup.

    Parameters
    ----------
    view : mapping
        As `collega.survey.view.result_view` gives it.
    """
    words = {name.removeprefix("survey_"): text.in_language(language) for name, text in SURVEY_WORDS.items()}
    told = {**view, "words": words, "language": language, "at": f"{at:%Y-%m-%d}"}
    return typst.compile(
        str(FOLDER / "survey.typ"),
        root=str(FOLDER),
        font_paths=[str(FOLDER / "fonts")],
        ignore_system_fonts=True,
        sys_inputs={"survey": json.dumps(told, ensure_ascii=False, default=str)},
        timestamp=at.replace(microsecond=0),
        format="pdf",
    )
