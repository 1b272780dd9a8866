"""The words of the board, in Dutch and English."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from collega.formats import local
from collega.formats.wording import OUTCOMES
from collega.model.code import Text
from collega.model.finding import Evaluation, Outcome
from collega.model.message import ReportStatus
from collega.model.order import Standing
from collega.model.result import NoAnswer
from collega.model.study import Priority, StudyState
from collega.read.board import ANSWERED, OPEN, AppLine, AppState, Entry

STATES: Mapping[AppState, Text] = {
    AppState.EXPECTED: Text(en="expected at {at}", nl="verwacht om {at}"),
    AppState.RUNNING: Text(en="running, expected at {at}", nl="bezig, verwacht om {at}"),
    AppState.LATE: Text(en="late, was expected at {at}", nl="te laat, was verwacht om {at}"),
    AppState.UNAVAILABLE: Text(en="app unavailable since {at}", nl="app niet beschikbaar sinds {at}"),
    **{state: OUTCOMES[outcome] for outcome, state in ANSWERED.items() if isinstance(outcome, Outcome)},
    AppState.NO_RULE_OUT: OUTCOMES[NoAnswer.NO_RULE_OUT],
    AppState.READY: Text(en="ready: ask for it", nl="klaar: vraag erom"),
    AppState.OWN_SCREEN: Text(en="own screen: not opened", nl="eigen scherm: niet geopend"),
    AppState.HELD: Text(en="stopped, waits until it is resumed", nl="stilgezet, wacht tot hij hervat wordt"),
    AppState.TIMED_OUT: Text(en="timed out", nl="tijd verstreken"),
    AppState.PUT_ASIDE: Text(en="put aside", nl="terzijde gelegd"),
}
LAUNCHED = Text(en="own screen: opened at {at}, no result yet", nl="eigen scherm: geopend om {at}, nog geen uitslag")
LOOKED_FOR = Text(en="looked for {names}", nl="gezocht naar {names}")
LOOKED_FOR_MORE = Text(en="looked for {names} and {more} others", nl="gezocht naar {names} en {more} andere")
MOST_SOUGHT = 4
PRIORITIES: Mapping[Priority, Text] = {
    Priority.STAT: Text(en="Stat", nl="Spoed"),
    Priority.HIGH: Text(en="High", nl="Hoog"),
    Priority.ROUTINE: Text(en="Routine", nl="Routine"),
    Priority.LOW: Text(en="Low", nl="Laag"),
    Priority.UNKNOWN: Text(en="Unknown", nl="Onbekend"),
}
ARRIVING = Text(en="waiting for images", nl="wacht op beelden")
MORE_ARRIVING = Text(
    en="more images are arriving: AI spoke of the earlier ones",
    nl="er komen beelden bij: AI sprak over de eerdere",
)
TO_BE_ROUTED = Text(en="images are here, apps are being chosen", nl="beelden zijn er, apps worden gekozen")
NO_APP = Text(en="no app: not looked at by AI", nl="geen app: niet door AI bekeken")

# What a reader must not overlook: an order that nobody wants any more.
STANDINGS: Mapping[str, Text] = {
    Standing.CANCELLED: Text(en="order cancelled", nl="aanvraag geannuleerd"),
    Standing.DISCONTINUED: Text(en="order discontinued", nl="aanvraag gestopt"),
}
REPORTS: Mapping[str, Text] = {
    ReportStatus.PRELIMINARY: Text(en="preliminary report", nl="voorlopig verslag"),
    ReportStatus.FINAL: Text(en="final report", nl="definitief verslag"),
    ReportStatus.CORRECTED: Text(en="corrected report", nl="gecorrigeerd verslag"),
    ReportStatus.ADDENDUM: Text(en="report with addendum", nl="verslag met aanvulling"),
}


def order_word(standing: str, language: str) -> str:
    """Say that an order is no longer wanted; empty while it is, or where there is none."""
    return STANDINGS[standing].in_language(language) if standing in STANDINGS else ""


def report_word(status: str, language: str) -> str:
    """Say how far the report is; empty where there is none."""
    return REPORTS[status].in_language(language) if status in REPORTS else ""


def clock(moment: datetime, zone: ZoneInfo, now: datetime, language: str) -> str:
    """Hours and minutes at the site; with the day where it is not today's."""
    return local.clock(moment.astimezone(zone), now.astimezone(zone), language)


def app_word(app: AppLine, language: str, zone: ZoneInfo, now: datetime) -> str:
    """One app's state in words; what is not a negative never reads like one."""
    state = app.state(now)
    is_launched = state is AppState.OWN_SCREEN and app.launched_at is not None
    moments = {AppState.UNAVAILABLE: app.unavailable_since, AppState.OWN_SCREEN: app.launched_at}
    at = moments.get(state, app.expected_at)
    text = LAUNCHED if is_launched else STATES[state]
    word = text.in_language(language).format(at=clock(at or now, zone, now, language))
    return f"{word}: {detail}" if (detail := _detail(app, state, language)) else word


def sought_words(app: AppLine, language: str) -> str:
    """Name all that an app looked for; empty where it does not say."""
    return LOOKED_FOR.in_language(language).format(names=_names(app.sought, language)) if app.sought else ""


def _sought(app: AppLine, language: str) -> str:
    """Name what an app looked for, the first few of many: a board is read at a glance."""
    more = len(app.sought) - MOST_SOUGHT
    if more <= 1:
        return sought_words(app, language)
    names = _names(app.sought[:MOST_SOUGHT], language)
    return LOOKED_FOR_MORE.in_language(language).format(names=names, more=more)


def _detail(app: AppLine, state: AppState, language: str) -> str:
    if state is AppState.FOUND:
        present = [name for name, finding in app.findings if finding.evaluation is Evaluation.PRESENT]
        return _names(present, language)
    if state in {AppState.NOTHING_FOUND, AppState.NO_RULE_OUT}:
        return _sought(app, language)
    if state not in OPEN and app.reason is not None and state is not AppState.TIMED_OUT:
        return app.reason.in_language(language)
    return ""


def _names(names: list[Text] | tuple[Text, ...], language: str) -> str:
    return ", ".join(name.in_language(language) for name in names)


def study_word(entry: Entry, language: str) -> str:
    """Say what holds for the study before its apps speak; empty where they speak for themselves."""
    if entry.study_state is StudyState.ROUTED:
        return "" if entry.apps else NO_APP.in_language(language)
    if entry.apps:
        return MORE_ARRIVING.in_language(language)
    return (ARRIVING if entry.study_state is StudyState.RECEIVING else TO_BE_ROUTED).in_language(language)
