"""Accuracy by version in words: the figures, the map of weaknesses, and one version against the next."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from collega.formats.accuracy_words import STRENGTHS, WORDS, group_words, place_words
from collega.formats.reference_words import finding_name
from collega.formats.validation_labels import reserved_warnings
from collega.formats.validation_parts import NONE, Part, Tongue
from collega.formats.validation_results import weakness_parts
from collega.formats.validation_view import Section, View

Told = Mapping[str, Any]
LEFT_OUT = ("uncertain", "contradicting", "app_did_not_analyse", "app_did_not_decide")
FIGURES = ("sensitivity", "specificity", "ppv", "npv")
FREED = ("sensitivity", "specificity")


def accuracy_view(told: Told, what: str, language: str) -> View:
    """Put into words what `collega.measure.site_accuracy.by_version` says of an app.

    Parameters
    ----------
    what : str
        Which of `PAGES`.
    """
    preface, sections = PAGES[what]
    found = tuple(
        section for place, one in enumerate(told["findings"]) for section in sections(one, f"{what}-{place}", language)
    )
    without = told["without_labels"]
    names = ", ".join(finding_name(name, language) for name in without)
    warnings = (word("without_labels", language, findings=names),) if without and found else ()
    return View(
        language=language,
        title=f"{word('accuracy', language)}: {told['app']}",
        subtitle=word(what, language),
        preface=word(preface, language),
        warnings=(*warnings, *_of_error(told, what, language)) if told["findings"] else (word("no_labels", language),),
        sections=found,
    )


def _of_error(told: Told, what: str, language: str) -> Iterator[str]:
    """Say what figures against signed reports are worth: labels of these are made by a program, which errs."""
    every = [block for one in told["findings"] for version in one["versions"] for block in version["groups"]]
    of_reports = [block for block in every if block["source"] == "report"]
    if any(block["corrected"] is None for block in of_reports):
        yield word("error_unknown_means", language)
    elif of_reports and what != "figures":
        yield word("raw_means", language)
    if of_reports:
        yield from reserved_warnings(told.get("reserved"), Tongue(language=language))


def word(name: str, language: str, **values: object) -> str:
    """Say a word, with values put in."""
    said = WORDS[name].in_language(language)
    return said.format(**values) if values else said


def words_in(language: str) -> dict[str, str]:
    """Give all words."""
    return {name: said.in_language(language) for name, said in WORDS.items()}


def _section(name: str, parts: list[Part]) -> Section:
    return Section(number="-", decide="", name=name, parts=tuple(parts), is_reported=True)


def _heading(language: str, *names: str) -> tuple[str, ...]:
    return tuple(word(name, language) for name in names)


def _figures(one: Told, name: str, language: str) -> Iterator[Section]:
    say = Tongue(language=language)
    rows = tuple(
        (
            version["version"],
            group_words(block["group"], language),
            STRENGTHS[block["strength"]].in_language(language),
            str(block["table"]["tp"] + block["table"]["fn"]),
            str(block["table"]["fp"] + block["table"]["tn"]),
            *(say.range(block["figures"][figure]) for figure in FIGURES),
            *_freed(block, say),
            _left_out(block, language),
        )
        for version in one["versions"]
        for block in version["groups"]
    )
    columns = _heading(
        language,
        *("version", "truth_from", "strength", "with", "without", *FIGURES),
        *("freed_sensitivity", "freed_specificity", "left_out"),
    )
    finding = finding_name(one["finding"], language)
    yield _section(finding, [Part(name=name, caption=finding, columns=columns, rows=rows)])


def _freed(block: Told, say: Tongue) -> tuple[str, str]:
    """Give the shares freed of the label's error; where it is unknown that is said, for others there is none."""
    if block["corrected"] is not None:
        first, second = (say.range(block["corrected"][figure]) for figure in FREED)
        return first, second
    unknown = word("error_unknown", say.language) if block["source"] == "report" else NONE
    return unknown, unknown


def _left_out(block: Told, language: str) -> str:
    counts = block["left_out"]
    return "; ".join(word(name, language, count=counts[name]) for name in LEFT_OUT if counts.get(name)) or NONE


def _weak(one: Told, name: str, language: str) -> Iterator[Section]:
    say = Tongue(language=language)
    finding = finding_name(one["finding"], language)
    mapped = [(version, block) for version in one["versions"] for block in version["groups"] if block["subgroups"]]
    if not mapped:
        yield _section(finding, [Part(text=word("no_map", language))])
    for place, (version, block) in enumerate(mapped):
        named = [{**group, **_places(group, language)} for group in block["subgroups"]]
        told = {"validation": {**block, "subgroups": named}}
        title = f"{finding}, {version['version']}: {group_words(block['group'], language)}"
        yield _section(
            title, [_of(version, block, part, f"{name}-{place}", language) for part in weakness_parts(told, say)]
        )


def _places(group: Told, language: str) -> dict[str, str]:
    column, value = place_words(group["column"], group["value"], language)
    return {"column": column, "value": value}


def _of(version: Told, block: Told, part: Part, name: str, language: str) -> Part:
    """Give a table a name and a caption of its own on a page that has several of its kind."""
    if not part.name:
        return part
    caption = f"{part.caption}, {version['version']}, {group_words(block['group'], language)}"
    return replace(part, name=f"{name}-{part.name}", caption=caption)


def _against(one: Told, name: str, language: str) -> Iterator[Section]:
    finding = finding_name(one["finding"], language)
    if not one["comparisons"]:
        yield _section(finding, [Part(text=word("one_version", language))])
    for place, pair in enumerate(one["comparisons"]):
        group = group_words(pair["group"], language)
        title = word("pair", language, first=pair["first"], second=pair["second"], group=group)
        parts = _compared(pair, f"{name}-{place}", language)
        yield _section(
            f"{finding}: {title}",
            [replace(part, caption=f"{part.caption} ({title})") if part.name else part for part in parts],
        )


def _compared(pair: Told, name: str, language: str) -> list[Part]:
    if pair["limit"]:
        return [Part(text=word("no_pair", language, cases=pair["cases"]))]
    say = Tongue(language=language)
    rows = tuple(
        (
            word(figure, language),
            say.figure(pair[figure]["first"]),
            say.figure(pair[figure]["second"]),
            say.range((pair[figure]["difference"], *pair[figure]["ci"])),
            say.figure(pair[figure]["mcnemar"]["exact"]),
        )
        for figure in FREED
    )
    flips = tuple(
        (one["case"], word("present" if one["truth"] else "absent", language), word(one["change"], language))
        for one in pair["flips"]
    )
    reading = tuple((case,) for case in pair["reading_list"])
    columns = _heading(language, "figure", "first", "second", "difference", "p")
    caption = f"{word('flips', language)}: {len(flips)}"
    return [
        Part(text=word("compared", language, cases=pair["cases"], diseased=pair["diseased"])),
        Part(name=name, caption=word("against", language), columns=columns, rows=rows),
        Part(
            name=f"{name}-flips",
            caption=caption,
            columns=_heading(language, "study", "truth", "change"),
            rows=flips,
            is_patient=True,
        ),
        Part(
            name=f"{name}-reading-list",
            caption=word("reading_list", language),
            columns=_heading(language, "study"),
            rows=reading,
            is_patient=True,
        ),
    ]


# Page -> what stands at its top, and its sections.
PAGES: Mapping[str, tuple[str, Callable[[Told, str, str], Iterator[Section]]]] = {
    "figures": ("preface", _figures),
    "weak": ("weak_preface", _weak),
    "against": ("against_preface", _against),
}
