"""Which right each address asks for. An address that stands here not is for nobody."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from starlette.routing import compile_path

from collega.model.access import Action
from collega.web.audit import RETRIEVED, SEARCHED, STUDY, UNHEARD, UNHEARD_ONE


class Open(StrEnum):
    """Why an address asks for no right."""

    ANYONE = "anyone"
    HERE = "this machine, or see_metrics"
    TOKEN = "its own token"  # noqa: S105 - no secret
    NAMELESS = "its own token, and nobody is asked who they are"


@dataclass(frozen=True, kw_only=True, slots=True)
class ByWord:
    """The right depends on a word of the address; another word is for nobody."""

    word: str
    actions: Mapping[str, Action]


Need = Action | Open | ByWord
A = Action
ACCESS: Mapping[tuple[str, str], Need] = {
    ("GET", "/static/{path:path}"): Open.ANYONE,
    ("GET", "/healthz"): Open.ANYONE,
    ("GET", "/metrics"): Open.HERE,
    ("GET", "/openapi.json"): A.SEE_OPERATION,
    ("GET", "/api/disk"): A.SEE_OPERATION,
    # ------------------------------------------------- people
    ("GET", "/sign-in"): Open.ANYONE,
    ("POST", "/sign-in"): Open.ANYONE,
    ("GET", "/sign-in/hospital"): Open.ANYONE,
    ("GET", "/sign-in/hospital/back"): Open.ANYONE,
    ("GET", "/set-up/{token}"): Open.TOKEN,
    ("POST", "/set-up/{token}"): Open.TOKEN,
    ("POST", "/sign-out"): A.OWN_ACCOUNT,
    ("GET", "/locked"): A.OWN_ACCOUNT,
    ("GET", "/session/state"): A.OWN_ACCOUNT,
    ("POST", "/session/active"): A.OWN_ACCOUNT,
    ("POST", "/session/lock"): A.OWN_ACCOUNT,
    ("POST", "/session/unlock"): A.OWN_ACCOUNT,
    ("GET", "/me"): A.OWN_ACCOUNT,
    ("POST", "/me/password"): A.OWN_ACCOUNT,
    ("POST", "/me/pin"): A.OWN_ACCOUNT,
    ("POST", "/me/sessions/{key}/end"): A.OWN_ACCOUNT,
    ("GET", "/accounts"): A.KEEP_ACCOUNTS,
    ("POST", "/accounts"): A.KEEP_ACCOUNTS,
    ("POST", "/accounts/{name}/{what}"): A.KEEP_ACCOUNTS,
    ("GET", "/break-glass"): A.BREAK_GLASS,
    ("POST", "/break-glass"): A.BREAK_GLASS,
    ("GET", "/broken-glass"): A.REVIEW_GLASS,
    ("POST", "/broken-glass/{key}"): A.REVIEW_GLASS,
    ("GET", "/audit"): A.READ_AUDIT,
    # ------------------------------------------------- surveys
    ("GET", "/s/{ticket}"): Open.NAMELESS,
    ("POST", "/s/{ticket}"): Open.NAMELESS,
    ("GET", "/survey/{key}"): Open.NAMELESS,
    ("POST", "/survey/{key}"): Open.NAMELESS,
    ("GET", "/surveys"): A.SEE_SURVEYS,
    ("GET", "/surveys/counts"): A.SEE_SURVEYS,
    ("GET", "/surveys/builder"): A.KEEP_SURVEYS,
    ("POST", "/surveys/builder"): A.KEEP_SURVEYS,
    ("GET", "/surveys/questionnaires"): A.KEEP_SURVEYS,
    ("POST", "/surveys/questionnaires"): A.KEEP_SURVEYS,
    ("GET", "/surveys/questionnaires/{name}/{number}"): A.KEEP_SURVEYS,
    ("GET", "/surveys/questionnaires/{name}/{number}/start"): A.KEEP_SURVEYS,
    ("POST", "/surveys/questionnaires/{name}/{number}/start"): A.KEEP_SURVEYS,
    ("POST", "/surveys/questionnaires/{name}/{number}/answers"): A.KEEP_SURVEYS,
    ("POST", "/surveys/{key}/sheet"): A.KEEP_SURVEYS,
    ("GET", "/surveys/{key}"): A.SEE_SURVEYS,
    ("GET", "/surveys/{key}/figures.csv"): A.SEE_SURVEYS,
    ("GET", "/surveys/{key}/report.pdf"): A.SEE_SURVEYS,
    ("POST", "/surveys/{key}/remind"): A.KEEP_SURVEYS,
    ("POST", "/surveys/{key}/actions"): A.KEEP_SURVEYS,
    # ------------------------------------------------- studies
    ("GET", "/"): A.SEE_PATIENTS,
    ("GET", "/board/rows"): A.SEE_PATIENTS,
    ("GET", "/api/live"): A.SEE_PATIENTS,
    ("GET", "/api/worklist"): A.SEE_PATIENTS,
    ("GET", f"/api{STUDY}"): A.SEE_PATIENTS,
    ("POST", f"/api{STUDY}/events"): A.NOTE_READING,
    ("POST", f"/api{STUDY}/readings"): A.NOTE_READING,
    ("POST", f"/api{STUDY}/opened"): A.NOTE_READING,
    ("GET", f"{STUDY}/timeline"): A.SEE_PATIENTS,
    ("GET", f"{STUDY}/apps/{{app_id}}"): A.SEE_PATIENTS,
    ("GET", f"{STUDY}/apps/{{app_id}}/kept/{{number}}"): A.SEE_PATIENTS,
    ("POST", f"{STUDY}/apps/{{app_id}}/ask"): A.ASK_APP,
    ("POST", f"/api{STUDY}/apps/{{app_id}}/ask"): A.ASK_APP,
    ("GET", "/launch/{study_instance_uid}/{app_id}"): A.ASK_APP,
    ("POST", "/api/launches"): Open.TOKEN,
    ("GET", "/api/launches/{session}/study.json"): Open.TOKEN,
    ("GET", "/api/launches/{session}/dicom/{number}.dcm"): Open.TOKEN,
    ("GET", "/api/launches/{session}/priors/{prior}/{name}.dcm"): Open.TOKEN,
    ("POST", "/api/launches/{session}/result"): Open.TOKEN,
    ("GET", "/studies"): A.SEE_PATIENTS,
    ("GET", STUDY): A.SEE_PATIENTS,
    ("GET", f"{STUDY}/images"): A.SEE_PATIENTS,
    ("GET", f"{STUDY}/images/{{key}}/{{number}}"): A.SEE_PATIENTS,
    ("GET", f"{STUDY}/overlays"): A.SEE_PATIENTS,
    ("GET", f"{STUDY}/overlays/{{source}}/{{number}}"): A.SEE_PATIENTS,
    ("POST", f"{STUDY}/opinions"): A.GIVE_OPINION,
    ("POST", f"{STUDY}/missed"): A.GIVE_OPINION,
    ("POST", f"{STUDY}/missed/{{mark}}/withdrawn"): A.GIVE_OPINION,
    ("POST", f"{STUDY}/first-look"): A.FIRST_LOOK,
    ("POST", f"{STUDY}/report-read"): A.NOTE_REPORT,
    ("GET", "/viewer"): A.SEE_PATIENTS,
    ("GET", "/viewer/"): A.SEE_PATIENTS,
    ("GET", "/viewer/viewer"): A.SEE_PATIENTS,
    ("GET", "/viewer/{path:path}"): Open.ANYONE,  # OHIF's own files, which hold nobody's data
    ("GET", "/night"): A.SEE_NIGHTS,
    ("GET", "/api/night"): A.SEE_NIGHTS,
    ("GET", "/discrepancies"): A.SEE_DISCREPANCIES,
    ("GET", "/discrepancies/rows"): A.SEE_DISCREPANCIES,
    ("GET", "/api/discrepancies/counts"): A.SEE_DISCREPANCIES,
    ("GET", f"{STUDY}/discrepancies/{{key}}"): A.SEE_DISCREPANCIES,
    **{("POST", f"{STUDY}/discrepancies/{{key}}/{act}"): A.SETTLE_DISCREPANCY for act in ("take", "close", "reopen")},
    ("GET", UNHEARD): A.SEE_UNHEARD,
    ("GET", f"{UNHEARD}/rows"): A.SEE_UNHEARD,
    ("GET", UNHEARD_ONE): A.SEE_UNHEARD,
    **{("POST", f"{UNHEARD_ONE}/{act}"): A.SETTLE_UNHEARD for act in ("take", "close", "reopen")},
    ("GET", "/api/coverage"): A.SEE_COVERAGE,
    # ------------------------------------------------- programs, and people who have the right
    **{("GET", f"/dicom-web{path}"): A.SEE_PATIENTS for path in (*SEARCHED, *(f"{STUDY}{one}" for one in RETRIEVED))},
    ("POST", "/dicom-web/studies"): A.STORE_OBJECTS,
    ("POST", f"/dicom-web{STUDY}"): A.STORE_OBJECTS,
    ("POST", "/api/reports"): A.STORE_REPORTS,
    **{(method, "/fhir/{rest:path}"): A.READ_FHIR for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")},
    ("GET", "/api/objections"): A.SEE_OBJECTIONS,
    ("POST", "/api/objections"): A.KEEP_OBJECTIONS,
    ("POST", "/api/objections/{key}/withdraw"): A.KEEP_OBJECTIONS,
    ("GET", "/objections"): A.SEE_OBJECTIONS,
    ("POST", "/objections"): A.KEEP_OBJECTIONS,
    ("POST", "/objections/{key}/withdraw"): A.KEEP_OBJECTIONS,
    # ------------------------------------------------- the reference
    ("GET", "/panels"): A.SEE_PANELS,
    ("POST", "/panels"): A.MAKE_PANEL,
    ("GET", "/panels/{key}"): A.SEE_PANELS,
    ("GET", "/panels/{key}/tables/{name}"): A.SEE_PANELS,
    ("POST", "/panels/{key}/close"): A.MAKE_PANEL,
    ("GET", "/panels/{key}/read"): A.READ_PANEL,
    ("GET", "/panels/{key}/cases/{case}"): A.READ_PANEL,
    ("POST", "/panels/{key}/cases/{case}"): A.READ_PANEL,
    ("GET", "/panels/{key}/cases/{case}/images"): A.READ_PANEL,
    ("GET", "/panels/{key}/cases/{case}/images/{image}/{number}"): A.READ_PANEL,
    ("GET", "/label-check"): A.SEE_LABEL_CHECK,
    ("POST", "/label-check"): A.CHECK_LABELS,
    ("GET", "/label-check/{key}/{number}"): A.CHECK_LABELS,
    ("POST", "/label-check/{key}/{number}"): A.CHECK_LABELS,
    # ------------------------------------------------- those who steer
    ("GET", "/feedback-packs"): A.SEE_PACKS,
    ("POST", "/feedback-packs"): A.KEEP_PACKS,
    ("GET", "/feedback-packs/{key}"): A.SEE_PACKS,
    ("POST", "/feedback-packs/{key}/decision"): A.DECIDE_PACK,
    ("POST", "/feedback-packs/{key}/file"): A.KEEP_PACKS,
    ("POST", "/feedback-packs/{key}/answers/{case}"): A.KEEP_PACKS,
    ("GET", "/feedback-figures"): A.SEE_PACK_FIGURES,
    ("GET", "/api/feedback-figures"): A.SEE_PACK_FIGURES,
    ("GET", "/pilots/{app_id}"): A.SEE_FIGURES,
    ("GET", "/pilots/{app_id}/pilot.pdf"): A.SEE_FIGURES,
    ("GET", "/api/pilots/{app_id}"): A.SEE_FIGURES,
    ("POST", "/pilots/{app_id}/goals"): A.SET_GOALS,
    ("GET", "/validations"): A.SEE_VALIDATIONS,
    ("GET", "/validations/{key}"): A.SEE_VALIDATIONS,
    ("GET", "/validations/{key}/report.pdf"): A.SEE_VALIDATIONS,
    ("GET", "/validations/{key}/tables/{name}"): A.SEE_VALIDATIONS,
    ("GET", "/accuracy"): A.SEE_VALIDATIONS,
    ("GET", "/accuracy/{app_id}"): A.SEE_VALIDATIONS,
    ("GET", "/accuracy/{app_id}/{what}"): A.SEE_VALIDATIONS,
    ("GET", "/accuracy/{app_id}/{what}/{name}"): A.SEE_VALIDATIONS,
    ("GET", "/value"): A.SEE_VALUE,
    ("GET", "/needs"): A.SEE_VALUE,
    ("GET", "/digest.pdf"): A.SEE_VALUE,
    ("GET", "/value/{name}"): A.SEE_VALUE,
    ("GET", "/value/{name}/paper.pdf"): A.SEE_VALUE,
    ("GET", "/value/{name}/figures.xlsx"): A.SEE_VALUE,
    ("GET", "/value/{name}/edit"): A.KEEP_CASES,
    ("POST", "/value/{name}/steps"): A.KEEP_CASES,
    ("POST", "/value/{name}/try"): A.KEEP_CASES,
    ("POST", "/value/{name}/edit"): A.KEEP_CASES,
    ("GET", "/api/value/{name}"): A.SEE_VALUE,
    ("GET", "/queue"): A.SEE_VALUE,
    ("GET", "/queue/figures.csv"): A.SEE_VALUE,
    ("GET", "/api/availability"): A.SEE_FIGURES,
    ("GET", "/api/timeline"): A.SEE_FIGURES,
    ("GET", "/timeline"): A.SEE_FIGURES,
    ("GET", "/catalogue"): A.SEE_APPS,
    ("GET", "/catalogue/{app}"): A.SEE_APPS,
    ("GET", "/catalogue/{app}/{role}"): A.SEE_APPS,
    ("GET", "/stages"): A.SEE_APPS,
    ("POST", "/stages/{app_id}/{wanted}"): ByWord(word="wanted", actions={"stop": A.STOP_APP, "resume": A.RESUME_APP}),
    ("GET", "/acceptance"): A.SEE_ACCEPTANCE,
    ("GET", "/acceptance.pdf"): A.SEE_ACCEPTANCE,
    ("POST", "/acceptance/answers"): A.ANSWER_ACCEPTANCE,
}
# What a session that is locked may still ask for.
WHEN_LOCKED = frozenset(
    {("GET", "/locked"), ("GET", "/session/state"), ("POST", "/session/unlock"), ("POST", "/sign-out")}
)
# Asked for by a page that is open: nobody need sit before it.
BY_ITSELF = frozenset(
    {
        "/board/rows",
        "/discrepancies/rows",
        f"{UNHEARD}/rows",
        "/api/discrepancies/counts",
        "/api/live",
        "/api/disk",
        "/api/worklist",
        "/surveys/counts",
        "/session/state",
        "/locked",
    }
)
# Answers that go on: they end with the session.
STREAMS = frozenset({"/api/live"})
_WORDS = re.compile(r"\{(\w+)")
# Addresses without a variable part first: what is named is meant.
_PATTERNS = sorted(
    ((len(_WORDS.findall(path)), method, path, compile_path(path)[0]) for method, path in ACCESS),
    key=lambda one: (one[0], -len(one[2])),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Door:
    """What an address is, and asks for; neither where it stands in no table."""

    path: str = ""
    need: Action | Open | None = None


def door(method: str, path: str) -> Door:
    """Find what an address asks for."""
    asked = "GET" if method == "HEAD" else method
    for _, of_method, template, pattern in _PATTERNS:
        if of_method == asked and (match := pattern.match(path)):
            need = ACCESS[of_method, template]
            if isinstance(need, ByWord):
                return Door(path=template, need=need.actions.get(match[need.word]))
            return Door(path=template, need=need)
    return Door()
