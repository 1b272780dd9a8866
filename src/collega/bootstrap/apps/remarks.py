"""What there is to know of an app besides whether it keeps the contract."""

import asyncio
from datetime import UTC, datetime

from collega.adapters.http_app.probe import look
from collega.bootstrap.apps.trial import find_app
from collega.config import Settings
from collega.errors import ManifestError
from collega.read.catalogue_words import SCORE_FROM_WORD


def remarks(settings: Settings, app: str) -> list[str]:
    """Look at the surroundings of an app; returns what was found, a line each."""
    try:
        manifest = find_app(settings, app)
    except ManifestError:
        return []  # what is wrong with its folder is for the check to say
    seen = asyncio.run(look(manifest, settings.run.allow_plain_http, datetime.now(UTC)))
    return [*seen, *([f"score: {SCORE_FROM_WORD.en}"] if manifest.scores_from_words else [])]
