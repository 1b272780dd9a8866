"""Cases for tests, written as their files are."""

from collections.abc import Mapping
from typing import Any

from collega.value.case import Case
from collega.value.read_case import read_case

HEAD: dict[str, Any] = {
    "title": "A case",
    "currency": "EUR",
    "prices_of": "2026-01-01",
    "horizon_years": 5,
    "discount_costs": 0.03,
    "discount_effects": 0.015,
}
SAID = 'source = "expert", from = "test", date = 2026-01-01'


def written(sections: Mapping[str, Mapping[str, Any]], head: Mapping[str, Any] = {}, adoption: object = ()) -> str:
    """Write a case: numbers as inputs, tables as inputs with more than a value, the rest as it stands."""
    lines = ["[case]", *(f"{key} = {_plain(key, value)}" for key, value in (HEAD | dict(head)).items())]
    if adoption:
        lines += ["[adoption]", f"shares = {adoption}", *SAID.split(", ")]
    for section, keys in sections.items():
        lines += [f"[{section}]", *(f"{key} = {_item(value)}" for key, value in keys.items())]
    return "\n".join(lines) + "\n"


def case_of(sections: Mapping[str, Mapping[str, Any]], head: Mapping[str, Any] = {}, adoption: object = ()) -> Case:
    """Read a written case."""
    return read_case(written(sections, head, adoption), "case.toml")


def _plain(key: str, value: object) -> str:
    return str(value) if key == "prices_of" else _quoted(value)


def _quoted(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _item(value: object) -> str:
    if isinstance(value, str):
        return value
    said = value if isinstance(value, dict) else {"value": value}
    return "{ " + ", ".join([*(f"{key} = {_quoted(one)}" for key, one in said.items()), SAID]) + " }"


GOLDEN: dict[str, dict[str, Any]] = {
    "population": {"volume_per_year": 45000},
    "roles.radiologist": {"eur_per_hour": 150, "share_cashable": 1},
    "rule_out": {"share_automated": 0.2, "share_audited": 0.1, "minutes_reading": 1.5, "minutes_confirming": 0.1},
    "price": {"eur_fixed_per_year": 70000},
    "costs": {"eur_other_once": 50000},
}
ADOPTION = [0.3, 0.7, 1.0]
# A department at night, with something in every part of the model.
FULL: dict[str, dict[str, Any]] = {
    "population": {
        "volume_per_year": {"value": 4000, "low": 3500, "high": 4500, "distribution": "gamma"},
        "growth_per_year": 0.03,
        "share_night": {"value": 0.3, "low": 0.25, "high": 0.35, "distribution": "beta"},
        "prevalence": {"counts": [110, 1000]},
        "share_eligible": 0.95,
        "share_processed": 0.97,
        "share_in_time": 0.8,
    },
    "accuracy": {
        "sensitivity_app": {"counts": [92, 100]},
        "specificity_app": {"counts": [830, 890]},
        "sensitivity_before": 0.93,
        "sensitivity_after": {"value": 0.96, "low": 0.93, "high": 0.98, "distribution": "beta"},
        "specificity_before": 0.98,
        "specificity_after": 0.975,
        "correlation": "-0.4",
    },
    "roles.radiologist": {
        "eur_per_hour": {"value": 140, "low": 110, "high": 170, "distribution": "lognormal"},
        "share_cashable": 0.3,
        "minutes_before": 8,
        "minutes_after": 7.5,
        "minutes_after_fp": 9,
        "minutes_waited": 0.1,
    },
    "roles.emergency_physician": {"eur_per_hour": 110, "share_cashable": 0},
    "calls": {
        "per_night_study_before": 0.2,
        "per_night_study_after": {"value": 0.15, "low": 0.1, "high": 0.2, "distribution": "pert"},
        "minutes_per_call": 12,
        "eur_per_hour_night": 210,
        "eur_per_disturbance": 20,
        "minutes_added_emergency": 0.5,
    },
    "quality": {
        "eur_per_miss": 3000,
        "eur_per_false_positive": 200,
        "qaly_per_miss": 0.3,
        "qaly_per_false_positive": 0.001,
        "eur_per_qaly": 50000,
    },
    "care": {"eur_saved_per_study": {"value": 1.5}},
    "price": {
        "eur_fixed_per_year": 9000,
        "eur_per_study": 1.5,
        "free_months": 3,
        "eur_in_kind_per_year": 1000,
        "payers": "{ hospital = 0.6, radiology_group = 0.4 }",
    },
    "costs": {
        "eur_integration_once": 12000,
        "eur_exit_once": 2000,
        "validation_hours_once": 60,
        "monitoring_hours_per_year": 20,
        "eur_per_staff_hour": 120,
    },
    "vendor": {"eur_per_study": 0.4, "link_hours_once": 80, "eur_per_hour": 90},
}
