"""The keys of a business case: what each holds, in which unit, and what counts where one is left out.

``{c}`` stands for the currency of the case in small letters: ``eur_per_hour``. A key that names another is refused.
"""

from collections.abc import Mapping
from enum import StrEnum


class Account(StrEnum):
    """Who can pay or gain. ``resources`` stands for hours, machines and health themselves: what is made or used up."""

    HOSPITAL = "hospital"
    RADIOLOGY_GROUP = "radiology_group"
    EMERGENCY_DEPARTMENT = "emergency_department"
    OTHER_DEPARTMENT = "other_department"
    INSURER = "insurer"
    PATIENT_SOCIETY = "patient_society"
    VENDOR = "vendor"
    RESOURCES = "resources"


STAKEHOLDERS = tuple(account for account in Account if account is not Account.RESOURCES)
HOUSE = (Account.HOSPITAL, Account.RADIOLOGY_GROUP, Account.EMERGENCY_DEPARTMENT, Account.OTHER_DEPARTMENT)
SOCIETY = (*HOUSE, Account.INSURER, Account.PATIENT_SOCIETY)
PERSPECTIVES: Mapping[str, tuple[Account, ...]] = {"house": HOUSE, "society": SOCIETY}


class Kind(StrEnum):
    """What a value is; it says within which limits it makes sense."""

    SHARE = "share"
    GROWTH = "growth"
    COUNT = "count"
    RATE = "rate"
    MINUTES = "minutes"
    HOURS = "hours"
    MONTHS = "months"
    YEARS = "years"
    STEEPNESS = "steepness"
    MONEY = "money"
    SAVING = "saving"
    QALY = "qaly"


INFINITE = float("inf")
LIMITS: Mapping[Kind, tuple[float, float]] = {
    Kind.SHARE: (0, 1),
    Kind.GROWTH: (-0.99, 1),
    Kind.COUNT: (0, INFINITE),
    Kind.RATE: (0, INFINITE),
    Kind.MINUTES: (0, INFINITE),
    Kind.HOURS: (0, INFINITE),
    Kind.MONTHS: (0, INFINITE),
    Kind.YEARS: (-30, 30),
    Kind.STEEPNESS: (0, INFINITE),
    Kind.MONEY: (0, INFINITE),
    Kind.SAVING: (-INFINITE, INFINITE),
    Kind.QALY: (-INFINITE, INFINITE),
}

CELLS = ("tp", "fp", "fn", "tn")
ROLES: Mapping[str, Account] = {
    "radiologist": Account.RADIOLOGY_GROUP,
    "resident": Account.HOSPITAL,
    "radiographer": Account.HOSPITAL,
    "administrator": Account.HOSPITAL,
    "emergency_physician": Account.EMERGENCY_DEPARTMENT,
    "requester": Account.OTHER_DEPARTMENT,
}
ROLE_FIELDS: Mapping[str, Kind] = {
    "{c}_per_hour": Kind.MONEY,
    "share_cashable": Kind.SHARE,
    "minutes_before": Kind.MINUTES,
    "minutes_after": Kind.MINUTES,
    **{f"minutes_{when}_{cell}": Kind.MINUTES for when in ("before", "after") for cell in CELLS},
    "minutes_waited": Kind.MINUTES,
}
FIELDS: Mapping[str, Mapping[str, Kind]] = {
    "population": {
        "volume_per_year": Kind.COUNT,
        "growth_per_year": Kind.GROWTH,
        "share_night": Kind.SHARE,
        "prevalence": Kind.SHARE,
        "share_eligible": Kind.SHARE,
        "share_processed": Kind.SHARE,
        "share_in_time": Kind.SHARE,
    },
    "adoption": {
        "share_max": Kind.SHARE,
        "steepness_per_year": Kind.STEEPNESS,
        "midpoint_year": Kind.YEARS,
    },
    "accuracy": {
        f"{figure}_{of}": Kind.SHARE for of in ("app", "before", "after") for figure in ("sensitivity", "specificity")
    },
    "rule_out": {
        "share_automated": Kind.SHARE,
        "share_audited": Kind.SHARE,
        "minutes_reading": Kind.MINUTES,
        "minutes_confirming": Kind.MINUTES,
    },
    "calls": {
        "per_night_study_before": Kind.RATE,
        "per_night_study_after": Kind.RATE,
        "minutes_per_call": Kind.MINUTES,
        "{c}_per_hour_night": Kind.MONEY,
        "{c}_per_disturbance": Kind.MONEY,
        "share_cashable": Kind.SHARE,
        "minutes_added_emergency": Kind.MINUTES,
    },
    "quality": {
        "{c}_per_miss": Kind.MONEY,
        "{c}_per_false_positive": Kind.MONEY,
        "qaly_per_miss": Kind.QALY,
        "qaly_per_false_positive": Kind.QALY,
        "{c}_per_qaly": Kind.MONEY,
    },
    "care": {"{c}_saved_per_study": Kind.SAVING},
    "price": {
        "{c}_fixed_per_year": Kind.MONEY,
        "{c}_per_study": Kind.MONEY,
        "{c}_in_kind_per_year": Kind.MONEY,
        "free_months": Kind.MONTHS,
    },
    "costs": {
        **{
            f"{{c}}_{what}_once": Kind.MONEY
            for what in ("integration", "hardware", "approval", "training", "other", "exit")
        },
        **{f"{{c}}_{what}_per_year": Kind.MONEY for what in ("cloud", "platform", "training", "other")},
        "validation_hours_once": Kind.HOURS,
        "monitoring_hours_per_year": Kind.HOURS,
        "feedback_hours_per_year": Kind.HOURS,
        "{c}_per_staff_hour": Kind.MONEY,
    },
    "vendor": {
        "{c}_per_study": Kind.MONEY,
        "{c}_support_per_year": Kind.MONEY,
        "link_hours_once": Kind.HOURS,
        "validation_hours_once": Kind.HOURS,
        "{c}_per_hour": Kind.MONEY,
    },
}
# What counts where a key is left out; nought for all others. Each that is left out is named in the answer.
DEFAULTS: Mapping[str, float] = {
    "population.share_eligible": 1.0,
    "population.share_processed": 1.0,
    "population.share_in_time": 1.0,
    "adoption.share_max": 1.0,
    "calls.share_cashable": 1.0,
}
# Section -> keys without which it says nothing.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "population": ("volume_per_year",),
    "rule_out": ("share_automated", "share_audited", "minutes_reading", "minutes_confirming"),
    "calls": ("per_night_study_before", "per_night_study_after", "minutes_per_call", "{c}_per_hour_night"),
}
# Section -> keys that are no values with a source.
PLAIN: Mapping[str, tuple[str, ...]] = {
    "adoption": ("shares", "source", "from", "date"),
    "accuracy": ("correlation",),
    "rule_out": ("role",),
    "calls": ("beneficiary",),
    "quality": ("beneficiary",),
    "care": ("beneficiary",),
    "price": ("payers", "tiers"),
    "costs": ("payer",),
    "vendor": ("hospitals",),
}
# Who gains from a section, unless the case says otherwise.
BENEFICIARIES: Mapping[str, Account] = {
    "calls": Account.RADIOLOGY_GROUP,
    "quality": Account.INSURER,
    "care": Account.INSURER,
}
MONEY = "money"


def money_key(key: str, currency: str = MONEY) -> str:
    """Put a currency, or the word that stands for any, where ``{c}`` is."""
    return key.replace("{c}", currency)
