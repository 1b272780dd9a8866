"""What a step comes back with, before it gets its name and its title."""

from dataclasses import dataclass

from collega.model.acceptance import StepOutcome
from collega.model.code import Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Outcome, what came back in words, the measured value, and what to do next."""

    outcome: StepOutcome
    said: Text
    measured: str = ""
    advice: Text | None = None


def passed(en: str, nl: str, measured: str = "") -> Found:
    """Say that all is well."""
    return Found(outcome=StepOutcome.PASSED, said=Text(en=en, nl=nl), measured=measured)


def warn(said: Text, advice: Text, measured: str = "") -> Found:
    """Say that it works, yet somebody should know."""
    return Found(outcome=StepOutcome.WARNING, said=said, advice=advice, measured=measured)


def fail(said: Text, advice: Text, measured: str = "") -> Found:
    """Say that it does not work."""
    return Found(outcome=StepOutcome.FAILED, said=said, advice=advice, measured=measured)


def not_offered(said: Text, advice: Text) -> Found:
    """Say that the other side does not do this."""
    return Found(outcome=StepOutcome.NOT_OFFERED, said=said, advice=advice)


def not_tried(after: Text) -> Found:
    """Say which earlier step stands in the way."""
    said = Text(en=f"not tried: {after.en} did not work", nl=f"niet geprobeerd: {after.nl} lukte niet")
    return Found(outcome=StepOutcome.NOT_TRIED, said=said)
