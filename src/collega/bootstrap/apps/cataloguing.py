"""The catalogue of a site: its apps with their cards and stages, read anew each time it is asked."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from collega.adapters.postgres.store import PostgresStore
from collega.bootstrap.apps.trial import find_app
from collega.bootstrap.site import catalogue
from collega.config import Settings
from collega.errors import InputError, ManifestError
from collega.model.app import Manifest, Stage
from collega.model.card import STUDIES, Card, Value, completeness
from collega.model.card_fields import FIELDS, SECTIONS
from collega.model.code import Text
from collega.model.runtime import Runtime
from collega.read.catalogue import Listed, rows, studies
from collega.read.catalogue_words import SCORE_FROM_WORD
from collega.run.card import read_card
from collega.run.go_live import before_go_live
from collega.run.new_app import new_app

APP_NAME = re.compile(r"[a-z][a-z0-9-]{1,39}")


@dataclass(frozen=True, kw_only=True, slots=True)
class CatalogueDesk:
    """What the pages of the catalogue ask of the site."""

    settings: Settings
    store: PostgresStore

    async def apps(self) -> list[Listed]:
        """List every app, by its name."""
        found = await asyncio.to_thread(_with_cards, self.settings)
        async with self.store.transaction() as transaction:
            return [
                Listed(
                    manifest=manifest,
                    stage=Stage(await transaction.stage_of(manifest.id, manifest.version)),
                    card=card,
                    problem=problem,
                )
                for manifest, card, problem in found
            ]


def _with_cards(settings: Settings) -> list[tuple[Manifest, Card | None, str]]:
    """Read manifests and cards; a card that cannot be read hides no app."""
    return [(manifest, *_card(manifest)) for manifest in catalogue(settings).values()]


def _card(manifest: Manifest) -> tuple[Card | None, str]:
    try:
        return read_card(manifest.folder), ""
    except ManifestError as error:
        return None, str(error).splitlines()[0].partition(": ")[2]


def today(settings: Settings) -> date:
    """Give the day by the calendar of the site."""
    return datetime.now(ZoneInfo(settings.site.timezone)).date()


def lacking(settings: Settings, manifest: Manifest) -> list[str]:
    """List what an app lacks before it may go live, in words."""
    return before_go_live(manifest, read_card(manifest.folder), today(settings))


def card_account(settings: Settings, app: str) -> dict[str, Any]:
    """Tell all that a card says, how complete it is, and what is missing before go-live."""
    manifest = find_app(settings, app)
    card = read_card(manifest.folder)
    filled = completeness(card, FIELDS) if card else None
    return {
        "app": manifest.id,
        "version": manifest.version,
        "simulator": card.is_simulator if card else False,
        "score_from_evaluation": manifest.scores_from_words,
        "card": _sections(card) if card else None,
        "completeness": {**asdict(filled), "share": round(filled.share, 4)} if filled else None,
        "before_go_live": before_go_live(manifest, card, today(settings)),
    }


def make_app(name: str, runtime: Runtime, parent: Path) -> tuple[Path, bool]:
    """Make the folder of a new app; returns it, and whether there is something to fill in before it can run.

    Raises
    ------
    InputError
        The name is none for an app, or the folder is there already.
    """
    folder = parent / name
    if not APP_NAME.fullmatch(name):
        message = f"{name}: a name of an app has lower-case letters, digits and hyphens, 2 to 40, a letter first"
        raise InputError(message)
    if folder.exists():
        message = f"{folder} is there already"
        raise InputError(message)
    folder.mkdir(parents=True)
    for file, text in new_app(name, runtime).items():
        (folder / file).write_text(text, encoding="utf-8")
    return folder, runtime is not Runtime.PYTHON


def card_table(settings: Settings, app: str) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    """Give title, columns and rows of a card for people, in the language of the site."""
    manifest, language = find_app(settings, app), settings.site.language
    card = read_card(manifest.folder)
    scored = [("app.toml", "score", SCORE_FROM_WORD.in_language(language))] if manifest.scores_from_words else []
    columns = ("part", "field", "says")
    if card is None:
        return f"{manifest.id} {manifest.version}: no card", columns if scored else (), [*scored]
    filled = completeness(card, FIELDS)
    title = (
        f"{manifest.id} {manifest.version}: {len(filled.answered)} of {filled.applicable} fields answered, "
        f"{len(filled.not_disclosed)} not disclosed, {len(filled.missing)} empty"
    )
    lines: list[tuple[str, ...]] = [*scored]
    lines += [
        (name.in_language(language), row["label"], row["text"])
        for section, name in SECTIONS.items()
        if section != STUDIES
        for row in rows(card, section, language)
    ]
    lines += [
        (str(study[0]["text"]), row["label"], row["text"]) for study in studies(card, language) for row in study[1:]
    ]
    return title, columns, lines


def _sections(card: Card) -> dict[str, Any]:
    """Give a card as its file has it; what was left out is null."""
    told: dict[str, Any] = {
        section: {asked.name: _plain(card.values.get(asked.key)) for asked in FIELDS if asked.section == section}
        for section in SECTIONS
        if section != STUDIES
    }
    told[STUDIES] = [_study(study) for study in card.studies]
    told["plain"] = {role: asdict(text) for role, text in card.plain.items()}
    return told


def _study(study: Mapping[str, Value]) -> dict[str, Any]:
    return {asked.name: _plain(study.get(asked.name)) for asked in FIELDS if asked.of_study}


def _plain(value: Value | None) -> object:
    if isinstance(value, Text):
        return asdict(value)
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value
