"""Sentences that stand in more than one kind of result."""

from collega.model.code import Text

NOT_FOR_CLINICAL_USE = Text(
    en="demonstration, not for clinical use",
    nl="demonstratie, niet voor klinisch gebruik",
)
