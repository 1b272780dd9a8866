"""Roles and rights in words."""

from collections.abc import Mapping

from collega.model.access import Action, PersonRole
from collega.model.code import Text

ROLES: Mapping[PersonRole, Text] = {
    PersonRole.RADIOLOGIST: Text(en="radiologist", nl="radioloog"),
    PersonRole.RESIDENT: Text(en="resident", nl="arts in opleiding"),
    PersonRole.RADIOGRAPHER: Text(en="radiographer", nl="laborant"),
    PersonRole.EMERGENCY_PHYSICIAN: Text(en="emergency physician", nl="SEH-arts"),
    PersonRole.AI_LEAD: Text(en="AI lead", nl="AI-projectleider"),
    PersonRole.PHYSICIST: Text(en="clinical physicist", nl="klinisch fysicus"),
    PersonRole.MANAGER: Text(en="manager", nl="manager"),
    PersonRole.PRIVACY_OFFICER: Text(en="privacy officer", nl="functionaris gegevensbescherming"),
    PersonRole.ADMINISTRATOR: Text(en="administrator", nl="beheerder"),
    PersonRole.SERVICE: Text(en="service", nl="programma"),
}
ACTIONS: Mapping[Action, Text] = {
    Action.SEE_PATIENTS: Text(
        en="see the board, studies and what apps say of them", nl="werklijst en onderzoeken zien"
    ),
    Action.NOTE_READING: Text(en="note that a study was opened or read", nl="noteren dat een onderzoek is gelezen"),
    Action.ASK_APP: Text(en="ask an app, open its screen", nl="een app vragen, zijn scherm openen"),
    Action.GIVE_OPINION: Text(
        en="say what one thinks of an app's word, and what it missed",
        nl="zeggen wat men van een app vindt, en wat deze miste",
    ),
    Action.FIRST_LOOK: Text(en="note a first look", nl="een eerste blik noteren"),
    Action.SEE_NIGHTS: Text(en="see the night list", nl="de nachtlijst zien"),
    Action.NOTE_REPORT: Text(en="note what a final report says", nl="noteren wat een definitief verslag zegt"),
    Action.SEE_DISCREPANCIES: Text(
        en="see where AI and the signed report differ", nl="zien waar AI en het getekende verslag verschillen"
    ),
    Action.SETTLE_DISCREPANCY: Text(
        en="take, close and reopen a discrepancy", nl="een verschil oppakken, sluiten en heropenen"
    ),
    Action.SEE_PANELS: Text(en="see panels and what came of them", nl="panels en hun uitkomst zien"),
    Action.READ_PANEL: Text(
        en="read the cases of a panel that names one as its reader",
        nl="de casussen lezen van een panel dat iemand als beoordelaar noemt",
    ),
    Action.MAKE_PANEL: Text(en="make and close panels", nl="panels maken en sluiten"),
    Action.SEE_LABEL_CHECK: Text(en="see the error of report labels", nl="de fout van verslaglabels zien"),
    Action.CHECK_LABELS: Text(en="read reports for a label check", nl="verslagen lezen voor een labelcontrole"),
    Action.SEE_PACKS: Text(en="see feedback for makers of apps", nl="terugkoppeling aan makers zien"),
    Action.KEEP_PACKS: Text(
        en="prepare feedback, take its file, note answers",
        nl="terugkoppeling voorbereiden, ophalen, antwoorden noteren",
    ),
    Action.DECIDE_PACK: Text(en="let feedback leave, or refuse it", nl="terugkoppeling vrijgeven of weigeren"),
    Action.SEE_PACK_FIGURES: Text(
        en="see in counts what makers answered", nl="in aantallen zien wat makers antwoordden"
    ),
    Action.SEE_SHADOW: Text(
        en="see over DICOMweb what apps in shadow have made", nl="via DICOMweb zien wat apps in schaduw maakten"
    ),
    Action.SEE_UNHEARD: Text(
        en="see where an app that readers do not hear differs from the signed report",
        nl="zien waar een app die lezers niet horen van het getekende verslag verschilt",
    ),
    Action.SETTLE_UNHEARD: Text(
        en="take, close and reopen such a discrepancy", nl="zo'n verschil oppakken, sluiten en heropenen"
    ),
    Action.STORE_OBJECTS: Text(en="store objects over DICOMweb", nl="objecten opslaan via DICOMweb"),
    Action.STORE_REPORTS: Text(en="give reports", nl="verslagen aanleveren"),
    Action.SEE_COVERAGE: Text(en="see which studies never arrived", nl="zien welke onderzoeken niet aankwamen"),
    Action.SEE_FIGURES: Text(en="see figures of time and availability", nl="cijfers van tijd en beschikbaarheid zien"),
    Action.SEE_SURVEYS: Text(en="see what people answered, in figures", nl="in cijfers zien wat mensen antwoordden"),
    Action.SEE_VALIDATIONS: Text(en="see how often apps were right", nl="zien hoe vaak apps gelijk hadden"),
    Action.SEE_APPS: Text(en="see apps, their cards and stages", nl="apps, hun kaarten en fasen zien"),
    Action.SEE_VALUE: Text(en="see business cases", nl="businesscases zien"),
    Action.KEEP_CASES: Text(en="change business cases", nl="businesscases wijzigen"),
    Action.SET_GOALS: Text(en="set the goals of a pilot", nl="doelen van een pilot stellen"),
    Action.KEEP_SURVEYS: Text(
        en="make questionnaires, start a survey, remind of it, say who does what about barriers",
        nl="vragenlijsten maken, een enquête beginnen, eraan herinneren, vastleggen wie wat doet aan belemmeringen",
    ),
    Action.STOP_APP: Text(en="stop an app", nl="een app stilzetten"),
    Action.RESUME_APP: Text(en="let a stopped app go on", nl="een app weer laten werken"),
    Action.SEE_ACCEPTANCE: Text(en="see the report of acceptance", nl="het acceptatieverslag zien"),
    Action.ANSWER_ACCEPTANCE: Text(en="answer its questions", nl="vragen van de acceptatie beantwoorden"),
    Action.READ_FHIR: Text(en="read over FHIR", nl="lezen via FHIR"),
    Action.SEE_METRICS: Text(en="read the figures of a monitor", nl="de cijfers voor bewaking lezen"),
    Action.SEE_OPERATION: Text(en="see how the machine does", nl="de toestand van de machine zien"),
    Action.SEE_OBJECTIONS: Text(en="see objections of patients", nl="bezwaren van patiënten zien"),
    Action.KEEP_OBJECTIONS: Text(en="note and end objections", nl="bezwaren noteren en beëindigen"),
    Action.READ_AUDIT: Text(en="read the audit record", nl="het logboek lezen"),
    Action.BREAK_GLASS: Text(en="take emergency access", nl="noodtoegang nemen"),
    Action.REVIEW_GLASS: Text(en="review emergency accesses", nl="noodtoegang beoordelen"),
    Action.KEEP_ACCOUNTS: Text(en="keep accounts", nl="accounts beheren"),
    Action.OWN_ACCOUNT: Text(en="keep the own account and sessions", nl="het eigen account en de sessies beheren"),
}
