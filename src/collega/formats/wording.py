"""Sentences that stand in more than one kind of result."""

from collections.abc import Mapping

from collega.model.code import Text
from collega.model.finding import Evaluation, Outcome

NOT_FOR_CLINICAL_USE = Text(
    en="demonstration, not for clinical use",
    nl="demonstratie, niet voor klinisch gebruik",
)
OUTCOMES: Mapping[Outcome, Text] = {
    Outcome.FOUND: Text(en="found", nl="gevonden"),
    Outcome.NOTHING_FOUND: Text(en="nothing found", nl="niets gevonden"),
    Outcome.UNDETERMINED: Text(en="undetermined", nl="onbeslist"),
    Outcome.NOT_SUITABLE: Text(en="not suitable", nl="niet geschikt"),
    Outcome.FAILED: Text(en="failed", nl="mislukt"),
}
EVALUATIONS: Mapping[Evaluation, Text] = {
    Evaluation.PRESENT: Text(en="present", nl="aanwezig"),
    Evaluation.ABSENT: Text(en="not seen", nl="niet gezien"),
    Evaluation.UNDETERMINED: Text(en="undetermined", nl="onbeslist"),
}
