"""Who may do what: one table of roles and actions. The server asks it before every page, stream and call."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from collega.model.token import TokenRight


class PersonRole(StrEnum):
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
    GIVE_OPINION = "give_opinion"
    FIRST_LOOK = "first_look"
    SEE_NIGHTS = "see_nights"
    NOTE_REPORT = "note_report"
    SEE_DISCREPANCIES = "see_discrepancies"
    SETTLE_DISCREPANCY = "settle_discrepancy"
    SEE_PANELS = "see_panels"
    READ_PANEL = "read_panel"
    MAKE_PANEL = "make_panel"
    SEE_LABEL_CHECK = "see_label_check"
    CHECK_LABELS = "check_labels"
    SEE_PACKS = "see_packs"
    KEEP_PACKS = "keep_packs"
    DECIDE_PACK = "decide_pack"
    SEE_PACK_FIGURES = "see_pack_figures"
    SEE_SHADOW = "see_shadow"
    SEE_UNHEARD = "see_unheard"
    SETTLE_UNHEARD = "settle_unheard"
    STORE_OBJECTS = "store_objects"
    STORE_REPORTS = "store_reports"
    SEE_COVERAGE = "see_coverage"
    SEE_FIGURES = "see_figures"
    SEE_VALIDATIONS = "see_validations"
    SEE_APPS = "see_apps"
    SET_GOALS = "set_goals"
    SEE_VALUE = "see_value"
    KEEP_CASES = "keep_cases"
    SEE_SURVEYS = "see_surveys"
    KEEP_SURVEYS = "keep_surveys"
    STOP_APP = "stop_app"
    RESUME_APP = "resume_app"
    SEE_ACCEPTANCE = "see_acceptance"
    ANSWER_ACCEPTANCE = "answer_acceptance"
    READ_FHIR = "read_fhir"
    SEE_OPERATION = "see_operation"
    SEE_METRICS = "see_metrics"
    SEE_OBJECTIONS = "see_objections"
    KEEP_OBJECTIONS = "keep_objections"
    READ_AUDIT = "read_audit"
    BREAK_GLASS = "break_glass"
    REVIEW_GLASS = "review_glass"
    KEEP_ACCOUNTS = "keep_accounts"
    OWN_ACCOUNT = "own_account"


_ALL = frozenset({Action.SEE_FIGURES, Action.SEE_APPS, Action.SEE_OPERATION, Action.OWN_ACCOUNT})
_READS = _ALL | {
    Action.SEE_PATIENTS,
    Action.NOTE_READING,
    Action.ASK_APP,
    Action.ANSWER_ACCEPTANCE,
    Action.SEE_ACCEPTANCE,
}
_SAYS = frozenset({Action.GIVE_OPINION, Action.FIRST_LOOK, Action.SEE_NIGHTS})
_SETTLES = frozenset({Action.SEE_DISCREPANCIES, Action.SETTLE_DISCREPANCY})
# A panel is read, and reports are read again, by those who read for a living.
_REFERS = frozenset({Action.SEE_PANELS, Action.READ_PANEL, Action.SEE_LABEL_CHECK, Action.CHECK_LABELS})
_STEERS = frozenset(
    {
        Action.SEE_PATIENTS,
        Action.SEE_NIGHTS,
        Action.SEE_SHADOW,
        Action.SEE_UNHEARD,
        Action.SEE_COVERAGE,
        Action.STOP_APP,
        Action.SEE_ACCEPTANCE,
        Action.ANSWER_ACCEPTANCE,
    }
)

# What a program may do by each right of its service token.
BY_TOKEN: Mapping[TokenRight, frozenset[Action]] = {
    TokenRight.READ: frozenset(
        {
            Action.SEE_PATIENTS,
            Action.SEE_NIGHTS,
            Action.SEE_COVERAGE,
            Action.SEE_FIGURES,
            Action.SEE_OPERATION,
            Action.SEE_OBJECTIONS,
            Action.READ_FHIR,
        }
    ),
    TokenRight.WRITE: frozenset(
        {
            Action.NOTE_READING,
            Action.ASK_APP,
            Action.STORE_OBJECTS,
            Action.STORE_REPORTS,
            Action.KEEP_OBJECTIONS,
        }
    ),
    TokenRight.SHADOW: frozenset({Action.SEE_SHADOW}),
    # A right of its own: a monitor of many machines is no reader of studies.
    TokenRight.METRICS: frozenset({Action.SEE_METRICS}),
}
# Who looks after accounts or money sees no patient; who looks after privacy sees who saw whom, and no image.
RIGHTS: Mapping[PersonRole, frozenset[Action]] = {
    PersonRole.RADIOLOGIST: _READS
    | _SAYS
    | _SETTLES
    | _REFERS
    | {Action.NOTE_REPORT, Action.SEE_COVERAGE, Action.STOP_APP, Action.BREAK_GLASS},
    PersonRole.RESIDENT: _READS | _SAYS | _SETTLES | _REFERS | {Action.NOTE_REPORT, Action.BREAK_GLASS},
    PersonRole.RADIOGRAPHER: _READS | {Action.SEE_COVERAGE, Action.BREAK_GLASS},
    PersonRole.EMERGENCY_PHYSICIAN: _READS | _SAYS | {Action.BREAK_GLASS},
    PersonRole.AI_LEAD: _ALL
    | _STEERS
    | _SETTLES
    | _REFERS
    | {Action.MAKE_PANEL, Action.NOTE_REPORT, Action.SET_GOALS, Action.RESUME_APP, Action.SETTLE_UNHEARD}
    | {Action.SEE_VALUE, Action.KEEP_CASES, Action.SEE_SURVEYS, Action.KEEP_SURVEYS}
    | {Action.SEE_PACKS, Action.KEEP_PACKS, Action.DECIDE_PACK, Action.SEE_VALIDATIONS, Action.BREAK_GLASS}
    | {Action.SEE_PACK_FIGURES},
    PersonRole.PHYSICIST: _ALL
    | _STEERS
    | {Action.SEE_PANELS, Action.SEE_LABEL_CHECK, Action.SEE_VALIDATIONS}
    | {Action.SEE_DISCREPANCIES, Action.SEE_PACKS, Action.KEEP_PACKS, Action.SEE_PACK_FIGURES, Action.BREAK_GLASS},
    PersonRole.MANAGER: _ALL
    | {Action.SEE_ACCEPTANCE, Action.SEE_VALIDATIONS, Action.SEE_VALUE, Action.KEEP_CASES, Action.SEE_SURVEYS}
    | {Action.SEE_PACK_FIGURES, Action.KEEP_SURVEYS},
    PersonRole.PRIVACY_OFFICER: _ALL
    | {Action.SEE_OBJECTIONS, Action.KEEP_OBJECTIONS, Action.READ_AUDIT, Action.REVIEW_GLASS}
    | {Action.SEE_PACKS, Action.DECIDE_PACK, Action.SEE_PACK_FIGURES},
    PersonRole.ADMINISTRATOR: _ALL
    | {Action.SEE_ACCEPTANCE, Action.STOP_APP, Action.KEEP_ACCOUNTS, Action.SEE_METRICS, Action.BREAK_GLASS},
    PersonRole.SERVICE: BY_TOKEN[TokenRight.READ] | BY_TOKEN[TokenRight.WRITE],
}
# Roles whose rights can be had for a limited time, for a reason that is told: those of care, not those of keeping.
BY_BREAKING_GLASS = (PersonRole.RADIOLOGIST, PersonRole.EMERGENCY_PHYSICIAN, PersonRole.AI_LEAD)
# What only somebody can do who is known, also where nobody need sign in: whoever made an account there could keep out
# all others, and a reader who is told what an app in shadow says cannot judge without it any more.
OF_SOMEBODY = frozenset(
    {
        *(Action.OWN_ACCOUNT, Action.BREAK_GLASS, Action.REVIEW_GLASS, Action.KEEP_ACCOUNTS),
        *(Action.SEE_UNHEARD, Action.SETTLE_UNHEARD),
    }
)
# A person signs in with one of these; a program is a service.
OF_PEOPLE = tuple(role for role in PersonRole if role is not PersonRole.SERVICE)


def may(roles: Iterable[PersonRole], action: Action) -> bool:
    """Tell whether one of the roles has the right."""
    return any(action in RIGHTS[role] for role in roles)


def of_token(rights: Iterable[TokenRight]) -> frozenset[Action]:
    """Give what a program may do whose token has these rights."""
    return frozenset().union(*(BY_TOKEN[right] for right in rights))
