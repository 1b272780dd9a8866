"""Every event that is logged: its words, and the message of PS3.15 A.5.3 by which a repository is told."""

from collections.abc import Mapping
from dataclasses import dataclass

from collega.model.code import Text

# PS3.15 A.5.3: the messages by their codes (CID 400), and of what a line of ours must name for each.
APPLICATION_ACTIVITY = "110100"
AUDIT_LOG_USED = "110101"
BEGIN_TRANSFERRING = "110102"
INSTANCES_ACCESSED = "110103"
INSTANCES_TRANSFERRED = "110104"
STUDY_DELETED = "110105"
EXPORT = "110106"
IMPORT = "110107"
NETWORK_ENTRY = "110108"
ORDER_RECORD = "110109"
PATIENT_RECORD = "110110"
PROCEDURE_RECORD = "110111"
QUERY = "110112"
SECURITY_ALERT = "110113"
USER_AUTHENTICATION = "110114"

# Types of event (CID 401 and 403).
APPLICATION_START, APPLICATION_STOP = "110120", "110121"
LOGIN, LOGOUT = "110122", "110123"
NODE_AUTHENTICATION = "110126"
EMERGENCY_OVERRIDE, RESTRICTED_FUNCTION, USER_ATTRIBUTES = "110127", "110132", "110137"
SECURITY_CONFIGURATION, SOFTWARE_CONFIGURATION = "110129", "110131"
OBJECT_SECURITY_ATTRIBUTES = "110135"


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditKind:
    """One kind of event.

    Parameters
    ----------
    message, type : str
        Codes of DCM; an empty type where the message has none.
    action : str
        C, R, U, D or E, as A.5.3 allows for that message.
    comes_in : bool
        Of a transfer: from elsewhere to collega, not the other way.
    """

    message: str
    action: str
    words: Text
    type: str = ""
    comes_in: bool = False


def _kind(  # noqa: PLR0913 - the columns of the table below
    message: str, action: str, en: str, nl: str, type_: str = "", *, comes_in: bool = False
) -> AuditKind:
    return AuditKind(message=message, action=action, words=Text(en=en, nl=nl), type=type_, comes_in=comes_in)


EVENTS: Mapping[str, AuditKind] = {
    "started": _kind(APPLICATION_ACTIVITY, "E", "part started", "onderdeel gestart", APPLICATION_START),
    "stopped": _kind(APPLICATION_ACTIVITY, "E", "part stopped", "onderdeel gestopt", APPLICATION_STOP),
    "audit record read": _kind(AUDIT_LOG_USED, "R", "audit record read", "logboek gelezen"),
    "board viewed": _kind(INSTANCES_ACCESSED, "R", "board viewed", "werklijst bekeken"),
    "worklist read": _kind(INSTANCES_ACCESSED, "R", "worklist read", "werklijst opgevraagd"),
    "study viewed": _kind(INSTANCES_ACCESSED, "R", "study viewed", "onderzoek bekeken"),
    "app word viewed": _kind(INSTANCES_ACCESSED, "R", "word of an app viewed", "antwoord van een app bekeken"),
    "file viewed": _kind(INSTANCES_ACCESSED, "R", "file of an app viewed", "bestand van een app bekeken"),
    "jobs listed": _kind(INSTANCES_ACCESSED, "R", "jobs listed", "taken opgevraagd"),
    "coverage viewed": _kind(INSTANCES_ACCESSED, "R", "coverage viewed", "dekking bekeken"),
    "route explained": _kind(INSTANCES_ACCESSED, "R", "route explained", "route uitgelegd"),
    "comparison viewed": _kind(INSTANCES_ACCESSED, "R", "comparison viewed", "vergelijking bekeken"),
    "validation viewed": _kind(INSTANCES_ACCESSED, "R", "validation viewed", "validatie bekeken"),
    "reading noted": _kind(INSTANCES_ACCESSED, "U", "reading noted", "beoordeling genoteerd"),
    "image viewed": _kind(INSTANCES_ACCESSED, "R", "image viewed", "beeld bekeken"),
    "night list viewed": _kind(INSTANCES_ACCESSED, "R", "night list viewed", "nachtlijst bekeken"),
    "discrepancies viewed": _kind(INSTANCES_ACCESSED, "R", "discrepancies shown", "discrepanties getoond"),
    "reference viewed": _kind(INSTANCES_ACCESSED, "R", "reference labels shown", "referentielabels getoond"),
    "reference changed": _kind(INSTANCES_ACCESSED, "U", "reference labels added", "referentielabels toegevoegd"),
    "panel case viewed": _kind(INSTANCES_ACCESSED, "R", "case of a panel shown", "casus van een panel getoond"),
    "panel changed": _kind(INSTANCES_ACCESSED, "U", "panel made, read or closed", "panel gemaakt, gelezen of gesloten"),
    "report checked": _kind(
        INSTANCES_ACCESSED, "U", "label of a report checked", "label van een verslag gecontroleerd"
    ),
    "report shown for a check": _kind(
        INSTANCES_ACCESSED, "R", "report shown for a label check", "verslag getoond voor een labelcontrole"
    ),
    "discrepancy changed": _kind(INSTANCES_ACCESSED, "U", "discrepancy changed", "discrepantie gewijzigd"),
    "opinion given": _kind(INSTANCES_ACCESSED, "U", "opinion given", "oordeel gegeven"),
    "first look noted": _kind(INSTANCES_ACCESSED, "U", "first look noted", "eerste blik genoteerd"),
    "word asked": _kind(INSTANCES_ACCESSED, "U", "word of an app asked", "antwoord van een app gevraagd"),
    "screen launched": _kind(INSTANCES_ACCESSED, "R", "screen of an app opened", "scherm van een app geopend"),
    "study given": _kind(INSTANCES_ACCESSED, "R", "study given to a screen", "onderzoek aan een scherm gegeven"),
    "image given": _kind(INSTANCES_ACCESSED, "R", "image given to a screen", "beeld aan een scherm gegeven"),
    "result taken": _kind(INSTANCES_ACCESSED, "U", "result of a screen taken", "antwoord van een scherm opgenomen"),
    "study held": _kind(INSTANCES_ACCESSED, "U", "study held", "onderzoek vastgehouden"),
    "study released": _kind(INSTANCES_ACCESSED, "U", "study released", "onderzoek vrijgegeven"),
    "job retried": _kind(INSTANCES_ACCESSED, "U", "job retried", "taak opnieuw gestart"),
    "job discarded": _kind(INSTANCES_ACCESSED, "U", "job discarded", "taak terzijde gelegd"),
    "fhir read": _kind(INSTANCES_ACCESSED, "R", "asked over FHIR", "via FHIR opgevraagd"),
    "studies searched": _kind(
        INSTANCES_ACCESSED, "R", "studies searched over DICOMweb", "onderzoeken gezocht via DICOMweb"
    ),
    "study retrieved": _kind(
        INSTANCES_ACCESSED, "R", "study retrieved over DICOMweb", "onderzoek opgehaald via DICOMweb"
    ),
    "order viewed": _kind(ORDER_RECORD, "R", "order viewed", "aanvraag bekeken"),
    "order created": _kind(ORDER_RECORD, "C", "order taken from the RIS", "aanvraag overgenomen uit het RIS"),
    "order changed": _kind(ORDER_RECORD, "U", "order changed by the RIS", "aanvraag gewijzigd door het RIS"),
    "patient read": _kind(PATIENT_RECORD, "R", "patient read over FHIR", "patiënt via FHIR opgevraagd"),
    "patient changed": _kind(PATIENT_RECORD, "U", "patient changed by the RIS", "patiënt gewijzigd door het RIS"),
    "patients merged": _kind(PATIENT_RECORD, "U", "patient numbers merged", "patiëntnummers samengevoegd"),
    "procedure step viewed": _kind(PROCEDURE_RECORD, "R", "procedure step viewed", "onderzoeksstap bekeken"),
    "procedure step begun": _kind(PROCEDURE_RECORD, "C", "procedure step begun", "onderzoeksstap begonnen"),
    "procedure step changed": _kind(PROCEDURE_RECORD, "U", "procedure step changed", "onderzoeksstap gewijzigd"),
    "message read": _kind(PATIENT_RECORD, "R", "message of the RIS read", "bericht van het RIS gelezen"),
    "message replayed": _kind(INSTANCES_ACCESSED, "U", "message of the RIS replayed", "bericht van het RIS herhaald"),
    "message retried": _kind(INSTANCES_ACCESSED, "U", "message sent again", "bericht opnieuw verzonden"),
    "message discarded": _kind(INSTANCES_ACCESSED, "U", "message put aside", "bericht terzijde gelegd"),
    "files removed": _kind(STUDY_DELETED, "D", "files removed by rule", "bestanden volgens regel verwijderd"),
    "study received": _kind(INSTANCES_TRANSFERRED, "C", "study received", "onderzoek ontvangen", comes_in=True),
    "transfer begun": _kind(BEGIN_TRANSFERRING, "E", "sending begun", "verzenden begonnen"),
    "transferred": _kind(INSTANCES_TRANSFERRED, "C", "results sent", "resultaten verzonden"),
    "asked elsewhere": _kind(QUERY, "E", "asked elsewhere about a patient", "elders naar een patiënt gevraagd"),
    "archive asked": _kind(QUERY, "E", "archive asked for studies", "archief naar onderzoeken gevraagd"),
    "app stage changed": _kind(
        SECURITY_ALERT, "E", "stage of an app changed", "fase van een app gewijzigd", SOFTWARE_CONFIGURATION
    ),
    "app rights changed": _kind(
        SECURITY_ALERT, "E", "rights of an app changed", "rechten van een app gewijzigd", SECURITY_CONFIGURATION
    ),
    "token made": _kind(SECURITY_ALERT, "E", "service token made", "toegangssleutel gemaakt", SECURITY_CONFIGURATION),
    "token revoked": _kind(
        SECURITY_ALERT, "E", "service token revoked", "toegangssleutel ingetrokken", SECURITY_CONFIGURATION
    ),
    "case step noted": _kind(
        SECURITY_ALERT, "E", "step of a case noted", "stap van een casus vastgelegd", SOFTWARE_CONFIGURATION
    ),
    "baseline frozen": _kind(SECURITY_ALERT, "E", "baseline frozen", "nulmeting vastgelegd", SOFTWARE_CONFIGURATION),
    "threshold changed": _kind(SECURITY_ALERT, "E", "threshold changed", "drempel gewijzigd", SOFTWARE_CONFIGURATION),
    "comparison begun": _kind(
        SECURITY_ALERT, "E", "comparison of apps begun", "vergelijking van apps begonnen", SOFTWARE_CONFIGURATION
    ),
    "validation kept": _kind(SECURITY_ALERT, "E", "validation kept", "validatie bewaard", SOFTWARE_CONFIGURATION),
    "questionnaire saved": _kind(
        SECURITY_ALERT, "E", "questionnaire saved", "vragenlijst bewaard", SOFTWARE_CONFIGURATION
    ),
    "survey opened": _kind(SECURITY_ALERT, "E", "survey opened", "enquête geopend", SOFTWARE_CONFIGURATION),
    "survey closed": _kind(SECURITY_ALERT, "E", "survey closed", "enquête gesloten", SOFTWARE_CONFIGURATION),
    "survey brought in": _kind(
        SECURITY_ALERT,
        "E",
        "answers of a survey brought in",
        "antwoorden van enquête ingebracht",
        SOFTWARE_CONFIGURATION,
    ),
    "survey reminded": _kind(SECURITY_ALERT, "E", "survey reminded", "aan enquête herinnerd", SOFTWARE_CONFIGURATION),
    "survey action set": _kind(
        SECURITY_ALERT, "E", "action of a survey set", "actie uit een enquête vastgelegd", SOFTWARE_CONFIGURATION
    ),
    "site check": _kind(SECURITY_ALERT, "E", "site check begun", "controle begonnen", SOFTWARE_CONFIGURATION),
    "site check answered": _kind(
        SECURITY_ALERT, "E", "site check answered", "controle beantwoord", SOFTWARE_CONFIGURATION
    ),
    "retention run": _kind(
        SECURITY_ALERT, "E", "rule of retention applied", "bewaarregel toegepast", OBJECT_SECURITY_ATTRIBUTES
    ),
    "association rejected": _kind(
        SECURITY_ALERT, "E", "association rejected", "verbinding geweigerd", NODE_AUTHENTICATION
    ),
    "TLS refused": _kind(SECURITY_ALERT, "E", "TLS refused", "TLS geweigerd", NODE_AUTHENTICATION),
    "timeline exported": _kind(EXPORT, "R", "timeline exported", "tijdlijn geëxporteerd"),
    "sending outside begun": _kind(
        BEGIN_TRANSFERRING, "E", "sending outside the house begun", "verzenden buiten het huis begonnen"
    ),
    "sent outside": _kind(INSTANCES_TRANSFERRED, "C", "sent outside the house", "buiten het huis verzonden"),
    "pseudonym read back": _kind(INSTANCES_ACCESSED, "R", "pseudonym read back", "pseudoniem herleid"),
    "objections read": _kind(INSTANCES_ACCESSED, "R", "objections read", "bezwaren gelezen"),
    "objection noted": _kind(SECURITY_ALERT, "E", "objection noted", "bezwaar vastgelegd", OBJECT_SECURITY_ATTRIBUTES),
    "objection withdrawn": _kind(
        SECURITY_ALERT, "E", "objection withdrawn", "bezwaar ingetrokken", OBJECT_SECURITY_ATTRIBUTES
    ),
    "cloud permission changed": _kind(
        SECURITY_ALERT, "E", "cloud permission changed", "toestemming voor buiten gewijzigd", SECURITY_CONFIGURATION
    ),
    "feedback packs viewed": _kind(
        INSTANCES_ACCESSED, "R", "feedback to makers viewed", "terugkoppeling aan makers bekeken"
    ),
    "feedback pack prepared": _kind(
        INSTANCES_ACCESSED, "C", "feedback pack prepared", "pakket terugkoppeling klaargezet"
    ),
    "feedback pack decided": _kind(
        INSTANCES_ACCESSED, "U", "feedback pack approved or refused", "pakket terugkoppeling goed- of afgekeurd"
    ),
    "feedback pack taken": _kind(EXPORT, "R", "feedback pack taken", "pakket terugkoppeling meegenomen"),
    "feedback answered": _kind(INSTANCES_ACCESSED, "U", "answer of a maker noted", "antwoord van een maker vastgelegd"),
    "keys renewed": _kind(
        SECURITY_ALERT, "E", "keys of pseudonyms renewed", "sleutels van pseudoniemen vernieuwd", SECURITY_CONFIGURATION
    ),
    "signed in": _kind(USER_AUTHENTICATION, "E", "signed in", "aangemeld", LOGIN),
    "sign-in refused": _kind(USER_AUTHENTICATION, "E", "sign-in refused", "aanmelding geweigerd", LOGIN),
    "signed out": _kind(USER_AUTHENTICATION, "E", "signed out", "afgemeld", LOGOUT),
    "session locked": _kind(USER_AUTHENTICATION, "E", "session locked", "sessie vergrendeld", LOGOUT),
    "session unlocked": _kind(USER_AUTHENTICATION, "E", "session unlocked", "sessie ontgrendeld", LOGIN),
    "account changed": _kind(SECURITY_ALERT, "E", "account changed", "account gewijzigd", USER_ATTRIBUTES),
    "access refused": _kind(SECURITY_ALERT, "E", "access refused", "toegang geweigerd", RESTRICTED_FUNCTION),
    "glass broken": _kind(SECURITY_ALERT, "E", "emergency access taken", "noodtoegang genomen", EMERGENCY_OVERRIDE),
    "glass reviewed": _kind(AUDIT_LOG_USED, "R", "emergency access reviewed", "noodtoegang beoordeeld"),
    "backup made": _kind(EXPORT, "R", "backup made", "reservekopie gemaakt"),
    "backup restored": _kind(IMPORT, "C", "backup restored", "reservekopie teruggezet"),
}
