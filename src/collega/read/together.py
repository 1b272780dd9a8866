"""The list of findings of all apps, as plain values in the words of one language."""

from collections.abc import Iterable
from typing import Any

from collega.formats.together import AGREEMENTS, Row


def shown_together(rows: Iterable[Row], language: str) -> list[dict[str, Any]]:
    """Everything that pages, JSON and commands say of findings side by side."""
    return [
        {
            "finding": row.name.in_language(language),
            "code": f"{row.code.scheme} {row.code.value}",
            "site": row.site.meaning if row.site else "",
            "agreement": row.agreement,
            "agreement_word": AGREEMENTS[row.agreement].in_language(language),
            "sentence": row.in_words(language),
            "words": [
                {
                    "app": word.app_id,
                    "finding": word.finding_id,
                    "version": word.version,
                    "name": word.name.in_language(language),
                    "stage": word.stage,
                    "said": word.said,
                    "word": word.text.in_language(language),
                    "score_percent": None if word.score_percent is None else round(word.score_percent, 4),
                }
                for word in row.words
            ],
        }
        for row in rows
    ]
