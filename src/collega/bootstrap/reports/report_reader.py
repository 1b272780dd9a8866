"""Reading signed reports in a worker: loaded with the first one, and in a thread of its own."""

import asyncio

from collega.bootstrap.reports.report_intake import language_of
from collega.bootstrap.reports.report_labels import labeller, tokeniser
from collega.config import Settings
from collega.model.label import Reservation
from collega.read.reports.labelling import Labeller
from collega.read.reports.language import other_language
from collega.read.reports.parts import Section
from collega.read.reports.vocabulary import Part
from collega.read.signed import Made

# The tokeniser remembers every word that it has met: it is thrown away before that takes much room.
RENEWED_AFTER = 20_000


class ReportReader:
    """Gives a text its labels; the words of the site are read once, at the first report after a start."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._language = language_of(settings)
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
            self._labeller = labeller(self._settings, self._language)
        self._read_so_far += 1
        if other_language(text, self._language):
            # What words of another language say of a finding means nothing, and neither does their silence.
            return Made(
                labeller=self._labeller.name,
                abnormal_score=None,
                is_normal=None,
                looked_for=(),
                labels=(),
                reservation=Reservation.LANGUAGE,
            )
        found = self._labeller.label([Section(part=Part.FINDINGS, text=text)])
        return Made(
            labeller=self._labeller.name,
            abnormal_score=found.abnormal_score,
            is_normal=found.is_normal,
            looked_for=self._labeller.vocabulary.findings,
            labels=found.labels,
            reservation=Reservation.GUESS if self._labeller.is_guess(found) else Reservation.NONE,
        )
