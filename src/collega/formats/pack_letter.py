"""The letter of a feedback pack: counts, causes, cases; a page of HTML that needs nothing else."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape

from collega.formats.local import day
from collega.formats.pack_words import LEFT_OUT, LETTER, SOURCES
from collega.model.code import Text
from collega.model.feedback import CAUSES
from collega.model.pack import Case, LeftOut, Pack

LANGUAGES = ("en", "nl")
STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#111}"
    "table{border-collapse:collapse;margin:0 0 1.5rem}th,td{text-align:left;vertical-align:top;padding:.25rem 1rem"
    " .25rem 0;border-bottom:1px solid #bbb}td.number{text-align:right}"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """What a letter is made of.

    Parameters
    ----------
    sender : str
        Name of the site; it may be empty.
    prepared_on : date
        By the clock of the site.
    """

    pack: Pack
    sender: str
    prepared_on: date
    left_out: Mapping[int, LeftOut]


def letters(letter: Letter) -> Mapping[str, str]:
    """Write it in each language, under the name that its file has."""
    return {f"letter.{language}.html": letter_text(letter, language) for language in LANGUAGES}


def letter_text(letter: Letter, language: str) -> str:
    """Write it in one language."""

    def word(name: str) -> str:
        return escape(LETTER[name].in_language(language))

    pack = letter.pack
    parts = [
        f'<!doctype html>\n<html lang="{language}">\n<head><meta charset="utf-8"><title>{word("title")}</title>',
        f"<style>{STYLE}</style></head>\n<body>\n<h1>{word('title')}</h1>",
        _table(_heading(letter, language, word)),
        f"<p>{word('lead')}</p>\n<p>{word('ask')}</p>\n<p>{word('reader')}</p>",
        f"<h2>{word('counts')}</h2>",
        _table(_counts(letter, language, word)),
        f"<h2>{word('causes')}</h2>",
        _table(_causes([one for one in pack.cases if one.number not in letter.left_out], language, word)),
        f"<h2>{word('cases')}</h2>",
        _cases(letter, language, word),
        f"<p>{word('check')}</p>\n</body>\n</html>\n",
    ]
    return "\n".join(parts)


Word = Callable[[str], str]


def _heading(letter: Letter, language: str, word: Word) -> Iterable[tuple[str, str]]:
    yield word("to"), escape(letter.pack.vendor)
    if letter.sender:
        yield word("from"), escape(letter.sender)
    yield word("number"), str(letter.pack.number)
    yield word("prepared"), escape(day(letter.prepared_on, language))


def _counts(letter: Letter, language: str, word: Word) -> Iterable[tuple[str, str]]:
    total = len(letter.pack.cases)
    yield word("in_pack"), str(total)
    yield word("enclosed"), str(total - len(letter.left_out))
    for why, count in sorted(Counter(letter.left_out.values()).items()):
        yield f"{word('left_out')}: {escape(LEFT_OUT[why].in_language(language))}", str(count)


def _causes(cases: list[Case], language: str, word: Word) -> Iterable[tuple[str, str]]:
    counted = Counter(cause for case in cases for cause in case.causes)
    for cause, count in sorted(counted.items(), key=lambda item: (-item[1], item[0])):
        yield escape(CAUSES[cause].in_language(language)), str(count)
    none = sum(not case.causes for case in cases)
    if none:
        yield word("no_cause"), str(none)


def _cases(letter: Letter, language: str, word: Word) -> str:
    head = "".join(f'<th scope="col">{word(name)}</th>' for name in ("case", "app", "finding", "source", "cause"))
    rows = []
    for case in letter.pack.cases:
        why = letter.left_out.get(case.number)
        source: Text = LEFT_OUT[why] if why else SOURCES[case.source]
        causes = ", ".join(CAUSES[cause].in_language(language) for cause in case.causes)
        cells = (
            letter.pack.label(case.number),
            f"{case.app_id} {case.app_version}",
            case.finding_id,
            source.in_language(language)
            if not why
            else f"{LETTER['left_out'].in_language(language)}: {source.in_language(language)}",
            causes,
        )
        rows.append("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>")
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>" + "\n".join(rows) + "</tbody></table>"


def _table(rows: Iterable[tuple[str, str]]) -> str:
    lines = [f'<tr><th scope="row">{name}</th><td class="number">{value}</td></tr>' for name, value in rows]
    return "<table>" + "\n".join(lines) + "</table>"
