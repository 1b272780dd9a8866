"""What can be asked of the reading list on its page: the fields of two questions."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Field:
    """A number of the form.

    Attributes
    ----------
    default : float
    low, high, step : float
        What the form offers; the command that answers has its own limits.
    """

    default: float
    low: float
    high: float
    step: float


_SHARE = {"low": 0.0, "high": 1.0, "step": 0.001}
_MINUTES = {"low": 0.1, "high": 1000.0, "step": 0.1}
# Question -> its fields; each has the name of an option of `collega queue`, or of a part of its `--app`.
LIST, DEPARTMENT = "list", "department"
FIELDS: Mapping[str, Mapping[str, Field]] = {
    LIST: {
        "load": Field(default=0.8, low=0.01, high=0.99, step=0.01),
        "readers": Field(default=1, low=1, high=50, step=1),
        "prevalence": Field(default=0.1, **_SHARE),
        "sensitivity": Field(default=0.9, **_SHARE),
        "fpf": Field(default=0.1, **_SHARE),
        "minutes_diseased": Field(default=10, **_MINUTES),
        "minutes_other": Field(default=10, **_MINUTES),
        "interrupting": Field(default=0, low=0.0, high=0.9, step=0.01),
        "interrupting_minutes": Field(default=5, **_MINUTES),
    },
    DEPARTMENT: {
        "prevalence": Field(default=0.1, **_SHARE),
        "sensitivity": Field(default=0.9, **_SHARE),
        "fpf": Field(default=0.1, **_SHARE),
        "minutes": Field(default=5, low=0.0, high=1000.0, step=0.1),
        "failures": Field(default=0, **_SHARE),
        "volume": Field(default=1, low=0.1, high=3, step=0.01),
        "more_readers": Field(default=0, low=-5, high=10, step=0.5),
    },
}
# Fields of a department that say what the app is like.
OF_APP = ("prevalence", "sensitivity", "fpf", "minutes", "failures")
