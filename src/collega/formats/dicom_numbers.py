"""Numbers as Decimal Strings of at most 16 characters (PS3.5 section 6.2)."""

from dataclasses import replace

from pydicom.valuerep import format_number_as_ds

from collega.model.finding import Score


def score_text(percent: float) -> str:
    """Six significant digits, trailing zeros kept: 50.0000, 0.00123400, 1.23400e-09.

    A score just above nought must not be read as nought, nor one digit as the exact value.
    """
    return f"{percent:#.6g}".removesuffix(".")


def measurement_text(value: float) -> str:
    """As many digits as fit."""
    return str(format_number_as_ds(float(value)))


def threshold_percent(score: Score, threshold: float) -> float:
    """Threshold on the scale of `Score.presence_percent`."""
    return replace(score, value=threshold).presence_percent
