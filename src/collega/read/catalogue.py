"""The catalogue: one line for each app, and one page for each app and role."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from collega.formats.local import day, number
from collega.model.app import Manifest, Stage
from collega.model.card import STUDIES, Card, CardField, Completeness, Disclosure, Value, completeness
from collega.model.card_fields import FIELDS, LEVELS, SECTIONS
from collega.model.code import Text
from collega.read import catalogue_words as words
from collega.read.catalogue_words import Role

MOST_NAMED = 6
PERCENT = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """An app with what its maker tells; ``problem``: why its card cannot be read, empty where it can."""

    manifest: Manifest
    stage: Stage
    card: Card | None
    problem: str = ""

    @property
    def filled(self) -> Completeness | None:
        """How much of the card is filled in; None where there is none."""
        return completeness(self.card, FIELDS) if self.card else None


def line(listed: Listed, language: str) -> dict[str, Any]:
    """One line of the list."""
    manifest, card = listed.manifest, listed.card
    return {
        "app": manifest.id,
        "version": manifest.version,
        "name": manifest.name.in_language(language),
        "maker": _told(card, "maker.name", language) if card else manifest.vendor,
        "stage": words.STAGE_NAMES[listed.stage].in_language(language),
        "way": words.WAY_NAMES[manifest.use.way].in_language(language),
        "mark": _mark(card, language),
        "level": _told(card, "evaluation.level", language),
        "filled_percent": round(PERCENT * listed.filled.share) if listed.filled else None,
        "not_disclosed": len(listed.filled.not_disclosed) if listed.filled else 0,
        "clinical_use": manifest.clinical_use,
        "score": words.SCORE_FROM_WORD.in_language(language) if manifest.scores_from_words else "",
        "problem": listed.problem,
    }


def page(listed: Listed, role: Role, language: str) -> dict[str, Any]:
    """One page: what the app does, where it is weak, what this role does with its word, and its part of the card."""
    own = listed.card.plain.get(role.id) if listed.card else None
    advice = [text.in_language(language).format(sought=_sought(listed.manifest, language)) for text in role.advice]
    return {
        **line(listed, language),
        "role": role.name.in_language(language),
        "role_id": role.id,
        "does": list(_does(listed, language)),
        "weak": [*_scored(listed.manifest, language), *_weak(listed.card, language)],
        "advice": [*advice, *([own.in_language(language)] if own else [])],
        "sections": [_section(listed.card, name, language) for name in role.sections] if listed.card else [],
        "studies": studies(listed.card, language) if listed.card and "evaluation" in role.sections else [],
    }


def rows(card: Card, section: str, language: str) -> list[dict[str, str]]:
    """Every field of a section with its label and what stands there; nothing is left empty."""
    return [
        {
            "label": asked.label.in_language(language),
            "text": text(card, asked, language),
            "disclosure": card.disclosure(asked),
        }
        for asked in FIELDS
        if asked.section == section and card.disclosure(asked) is not Disclosure.NOT_APPLICABLE
    ]


def studies(card: Card, language: str) -> list[list[dict[str, str]]]:
    """Every study of the evaluation, field by field."""
    of_study = [asked for asked in FIELDS if asked.section == STUDIES]
    return [
        [
            {"label": asked.label.in_language(language), "text": _shown(study.get(asked.name), language)}
            for asked in of_study
        ]
        for study in card.studies
    ]


def text(card: Card, asked: CardField, language: str) -> str:
    """Say what stands in a field; where nothing does, that nothing does."""
    return _shown(card.values.get(asked.key), language)


def _section(card: Card | None, name: str, language: str) -> dict[str, Any]:
    return {"title": SECTIONS[name].in_language(language), "rows": rows(card, name, language) if card else []}


def _shown(value: Value | None, language: str) -> str:
    if value is None:
        return words.DISCLOSURES[Disclosure.MISSING].in_language(language)
    if isinstance(value, bool):
        return words.YES_NO[value].in_language(language)
    if isinstance(value, Text):
        return value.in_language(language)
    if isinstance(value, date):
        return day(value, language)
    if isinstance(value, tuple):
        return _several(value, language)
    known = {**words.DISCLOSURES, **words.CHOICES}
    return known[value].in_language(language) if isinstance(value, str) and value in known else _number(value, language)


def _several(value: Sequence[str | float], language: str) -> str:
    parts = [_shown(part, language) for part in value]
    if isinstance(value[0], str):
        return ", ".join(parts)
    to = Text(en="to", nl="tot").in_language(language)
    return f"{parts[0]} ({parts[1]} {to} {parts[2]})" if len(parts) > len("ab") else f"{parts[0]} {to} {parts[1]}"


def _number(value: str | float, language: str) -> str:
    return number(value, language) if isinstance(value, float) else str(value)


def _told(card: Card | None, key: str, language: str) -> str:
    return _shown(card.values.get(key) if card else None, language)


def _mark(card: Card | None, language: str) -> str:
    parts = [
        f"{name} {_told(card, key, language)}"
        for name, key in (("CE", "mark.ce_class"), ("FDA", "mark.fda_pathway"))
        if card and card.said(key) not in {None, "none"}
    ]
    return ", ".join(parts) or _told(card, "mark.ce_class", language)


def _sought(manifest: Manifest, language: str) -> str:
    names = [spec.name.in_language(language) for spec in manifest.findings]
    if len(names) <= MOST_NAMED:
        return ", ".join(names)
    return words.MANY.in_language(language).format(n=len(names), names=", ".join(names[:MOST_NAMED]))


def _does(listed: Listed, language: str) -> Iterator[str]:
    manifest = listed.manifest
    yield manifest.purpose.in_language(language)
    yield words.LOOKS_FOR.in_language(language).format(sought=_sought(manifest, language))
    yield words.WAYS[manifest.use.way].in_language(language)
    for allowance, withheld in words.WITHHELD.items():
        if not getattr(manifest.use, allowance):
            yield withheld.in_language(language)
    yield words.STAGES[listed.stage].in_language(language)
    if listed.card and listed.card.is_simulator:
        yield words.SIMULATOR.in_language(language)
    if not manifest.clinical_use:
        yield words.DEMONSTRATION.in_language(language)


def _scored(manifest: Manifest, language: str) -> Iterator[str]:
    if manifest.scores_from_words:
        yield words.SCORE_FROM_WORD_MEANS.in_language(language)


def _weak(card: Card | None, language: str) -> Iterator[str]:
    if card is None:
        yield words.NO_CARD.in_language(language)
        return
    known = card.said("limits.known")
    yield _told(card, "limits.known", language) if known else _untold(card, "limits.known", language)
    if card.said("limits.contraindications"):
        yield words.NOT_FOR.in_language(language).format(text=_told(card, "limits.contraindications", language))
    else:
        yield _untold(card, "limits.contraindications", language)
    if card.said("limits.bias"):
        yield words.BIAS.in_language(language).format(text=_told(card, "limits.bias", language))
    yield from _measured(card, language)
    level = str(card.said("evaluation.level") or "0")
    yield words.LEVEL.in_language(language).format(level=level, meaning=LEVELS[level].in_language(language))
    yield words.LABELS.in_language(language).format(
        source=_told(card, "training.labels_source", language),
        readers=_told(card, "training.readers_per_case", language),
        agreement=_told(card, "training.agreement", language),
    )


def _untold(card: Card, key: str, language: str) -> str:
    return words.UNTOLD[key].in_language(language).format(word=_told(card, key, language))


def _measured(card: Card, language: str) -> Iterator[str]:
    """Say what was measured in cases of a hundred, which people grasp better than shares."""
    for study in card.studies:
        name = _shown(study.get("name"), language)
        name = name[:1].upper() + name[1:]
        found, spared = study.get("sensitivity"), study.get("specificity")
        if isinstance(found, tuple):
            share, low, high = (_of_hundred(float(part)) for part in found)
            yield words.SENSITIVE.in_language(language).format(name=name, share=share, low=low, high=high)
        if isinstance(spared, tuple):
            share, high, low = (_of_hundred(1 - float(part)) for part in spared)
            yield words.SPECIFIC.in_language(language).format(name=name, share=share, low=low, high=high)


def _of_hundred(share: float) -> str:
    return f"{PERCENT * share:.0f}"
