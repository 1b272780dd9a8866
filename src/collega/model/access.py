"""Who may do what: one table of roles and actions. The server asks it before every page, stream and call."""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Role(StrEnum):
    """What a person, or a program, is to this house."""

    RADIOLOGIST = "radiologist"
    RESIDENT = "resident"
    RADIOGRAPHER = "radiographer"
    EMERGENCY_PHYSICIAN = "emergency_physician"
    AI_LEAD = "ai_lead"
    PHYSICIST = "physicist"
    MANAGER = "manager"
    PRIVACY_OFFICER = "privacy_officer"
    ADMINISTRATOR = "administrator"
    SERVICE = "service"


class Action(StrEnum):
    """What can be done."""

    SEE_PATIENTS = "see_patients"
    NOTE_READING = "note_reading"
    ASK_APP = "ask_app"
    SEE_COVERAGE = "see_coverage"
    SEE_FIGURES = "see_figures"
    SEE_APPS = "see_apps"
    STOP_APP = "stop_app"
    RESUME_APP = "resume_app"
    SEE_ACCEPTANCE = "see_acceptance"
    ANSWER_ACCEPTANCE = "answer_acceptance"
    READ_FHIR = "read_fhir"
    SEE_OPERATION = "see_operation"
    READ_AUDIT = "read_audit"
    BREAK_GLASS = "break_glass"
    REVIEW_GLASS = "review_glass"
    KEEP_ACCOUNTS = "keep_accounts"
    OWN_ACCOUNT = "own_account"


A = Action
_ALL = frozenset({A.SEE_FIGURES, A.SEE_APPS, A.SEE_OPERATION, A.OWN_ACCOUNT})
_READS = _ALL | {A.SEE_PATIENTS, A.NOTE_READING, A.ASK_APP, A.ANSWER_ACCEPTANCE, A.SEE_ACCEPTANCE}
_STEERS = frozenset({A.SEE_PATIENTS, A.SEE_COVERAGE, A.STOP_APP, A.SEE_ACCEPTANCE, A.ANSWER_ACCEPTANCE})

# Who looks after accounts or money sees no patient; who looks after privacy sees who saw whom, and no image.
RIGHTS: Mapping[Role, frozenset[Action]] = {
    Role.RADIOLOGIST: _READS | {A.SEE_COVERAGE, A.STOP_APP, A.BREAK_GLASS},
    Role.RESIDENT: _READS | {A.BREAK_GLASS},
    Role.RADIOGRAPHER: _READS | {A.SEE_COVERAGE, A.BREAK_GLASS},
    Role.EMERGENCY_PHYSICIAN: _READS | {A.BREAK_GLASS},
    Role.AI_LEAD: _ALL | _STEERS | {A.RESUME_APP, A.BREAK_GLASS},
    Role.PHYSICIST: _ALL | _STEERS | {A.BREAK_GLASS},
    Role.MANAGER: _ALL | {A.SEE_ACCEPTANCE},
    Role.PRIVACY_OFFICER: _ALL | {A.READ_AUDIT, A.REVIEW_GLASS},
    Role.ADMINISTRATOR: _ALL | {A.SEE_ACCEPTANCE, A.STOP_APP, A.KEEP_ACCOUNTS, A.BREAK_GLASS},
    Role.SERVICE: frozenset(
        {A.SEE_PATIENTS, A.NOTE_READING, A.ASK_APP, A.SEE_COVERAGE, A.SEE_FIGURES, A.READ_FHIR, A.SEE_OPERATION}
    ),
}
# Roles whose rights can be had for a limited time, for a reason that is told: those of care, not those of keeping.
BY_BREAKING_GLASS = (Role.RADIOLOGIST, Role.EMERGENCY_PHYSICIAN, Role.AI_LEAD)
# A person signs in with one of these; a program is a service.
OF_PEOPLE = tuple(role for role in Role if role is not Role.SERVICE)


def may(roles: Iterable[Role], action: Action) -> bool:
    """Tell whether one of the roles has the right."""
    return any(action in RIGHTS[role] for role in roles)
