"""The words of the night list, in Dutch and English."""

from collections.abc import Mapping

from collega.model.code import Text
from collega.model.finding import Evaluation

FOUND: Mapping[Evaluation, Text] = {
    Evaluation.PRESENT: Text(en="something acute", nl="iets acuuts"),
    Evaluation.ABSENT: Text(en="nothing acute", nl="niets acuuts"),
    Evaluation.UNDETERMINED: Text(en="undecided", nl="onbeslist"),
}
PAGE: Mapping[str, Text] = {
    "title": Text(en="Night list", nl="Nachtlijst"),
    "lead": Text(
        en="What the emergency physician and AI said at night, beside the final report. Nobody is named.",
        nl="Wat de SEH-arts en AI 's nachts zeiden, naast het definitieve verslag. Niemand wordt genoemd.",
    ),
    "earlier": Text(en="Night before", nl="Vorige nacht"),
    "later": Text(en="Next night", nl="Volgende nacht"),
    "time": Text(en="Received", nl="Ontvangen"),
    "study": Text(en="Study", nl="Onderzoek"),
    "first": Text(en="First look", nl="Eerste blik"),
    "none_first": Text(en="none noted", nl="geen genoteerd"),
    "ai_seen_yes": Text(en="after AI", nl="na AI"),
    "ai_seen_no": Text(en="before AI", nl="voor AI"),
    "called": Text(en="called", nl="gebeld"),
    "ai": Text(en="AI says", nl="AI zegt"),
    "no_ai": Text(en="no app has a word on it", nl="geen app zegt er iets over"),
    "report": Text(en="Final report", nl="Verslag"),
    "signed": Text(en="signed", nl="getekend"),
    "not_signed": Text(en="not signed yet", nl="nog niet getekend"),
    "says": Text(en="The report says", nl="Het verslag zegt"),
    "recalled": Text(en="patient called back", nl="patiënt teruggebeld"),
    "save": Text(en="Save", nl="Bewaar"),
    "corrected": Text(en="corrected by the report", nl="gecorrigeerd door het verslag"),
    "agrees": Text(en="as the report", nl="als het verslag"),
    "empty": Text(en="No study was received in these hours.", nl="In deze uren kwam geen onderzoek binnen."),
    "figures": Text(en="This night, and the last {n} nights", nl="Deze nacht, en de laatste {n} nachten"),
    "studies": Text(en="Studies", nl="Onderzoeken"),
    "looked": Text(en="with a first look", nl="met een eerste blik"),
    "judged": Text(en="with the report's word", nl="met het woord van het verslag"),
    "first_agrees": Text(en="First look agrees with the report", nl="Eerste blik klopt met het verslag"),
    "ai_agrees": Text(en="AI agrees with the report", nl="AI klopt met het verslag"),
    "corrections": Text(en="First looks corrected", nl="Eerste blikken gecorrigeerd"),
    "few": Text(en="fewer than five people: not shown", nl="minder dan vijf mensen: niet getoond"),
    "recalls": Text(en="Patients called back", nl="Patiënten teruggebeld"),
    "to_correction": Text(en="Median time to correction", nl="Mediane tijd tot correctie"),
    "calls": Text(
        en="Calls per study at night, evening and weekend",
        nl="Telefoontjes per onderzoek 's nachts, 's avonds en in het weekend",
    ),
    "before": Text(en="before AI was shown", nl="voordat AI werd getoond"),
    "after": Text(en="since", nl="sindsdien"),
    "no_calls": Text(en="no call was ever logged: not measured", nl="nooit een telefoontje genoteerd: niet gemeten"),
    "not_begun": Text(en="No app has been shown to readers yet.", nl="Er is nog geen app aan lezers getoond."),
    "interval": Text(en="95 % interval", nl="95%-interval"),
    "this": Text(en="This night", nl="Deze nacht"),
    "lately": Text(en="Last {n} nights", nl="Laatste {n} nachten"),
    "your_name": Text(en="Your name", nl="Uw naam"),
    "min": Text(en="min", nl="min"),
}


def page_words(language: str) -> dict[str, str]:
    """Give the fixed words of the page."""
    return {name: text.in_language(language) for name, text in PAGE.items()}


def found_words(language: str) -> dict[str, str]:
    """Give the words for what a look or a report found."""
    return {one.value: text.in_language(language) for one, text in FOUND.items()}
