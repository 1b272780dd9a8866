"""Reading signed reports in a worker: loaded with the first one, and in a thread of its own."""

import asyncio

from collega.bootstrap.reports.report_labels import labeller, tokeniser
from collega.config import Settings
from collega.read.reports.labelling import Labeller
from collega.read.reports.parts import Section
from collega.read.reports.vocabulary import Part
from collega.read.signed import Made

# The tokeniser remembers every word that it has met: it is thrown away before that takes much room.
RENEWED_AFTER = 20_000


class ReportReader:
    """Gives a text its labels; the words of the site are read once, at the first report after a start."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._labeller: Labeller | None = None
        self._lock = asyncio.Lock()
        self._read_so_far = 0

    async def __call__(self, text: str) -> Made:
        """Label a report."""
        async with self._lock:
            return await asyncio.to_thread(self._read, text)

    def _read(self, text: str) -> Made:
        if self._labeller is None or self._read_so_far >= RENEWED_AFTER:
            tokeniser.cache_clear()
            self._read_so_far = 0
            language = self._settings.reports.language or self._settings.site.language
            self._labeller = labeller(self._settings, language)
        self._read_so_far += 1
        found = self._labeller.label([Section(part=Part.FINDINGS, text=text)])
        return Made(
            labeller=self._labeller.name,
            abnormal_score=found.abnormal_score,
            is_normal=found.is_normal,
            looked_for=self._labeller.vocabulary.findings,
            labels=found.labels,
        )
