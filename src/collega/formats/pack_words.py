"""The words of feedback to makers, in Dutch and English."""

from collections.abc import Mapping

from collega.model.code import Text
from collega.model.pack import AnswerStatus, CaseSource, LeftOut, PackState

STATES: Mapping[PackState, Text] = {
    PackState.PREPARED: Text(en="prepared: to be approved", nl="klaargezet: nog goed te keuren"),
    PackState.APPROVED: Text(en="approved: may leave", nl="goedgekeurd: mag naar buiten"),
    PackState.REFUSED: Text(en="refused: stays here", nl="afgekeurd: blijft hier"),
    PackState.TAKEN: Text(en="taken", nl="meegenomen"),
}
SOURCES: Mapping[CaseSource, Text] = {
    CaseSource.OPINION: Text(en="a reader disagrees", nl="een beoordelaar is het oneens"),
    CaseSource.MISSED: Text(
        en="a reader saw what the app did not name", nl="een beoordelaar zag wat de app niet noemde"
    ),
    CaseSource.REPORT: Text(
        en="report and app differ; the report was right", nl="verslag en app verschillen; het verslag had gelijk"
    ),
}
LEFT_OUT: Mapping[LeftOut, Text] = {
    LeftOut.WITHHELD: Text(en="kept here by the hospital", nl="door het ziekenhuis hier gehouden"),
    LeftOut.OBJECTION: Text(en="the patient objects", nl="de patiënt heeft bezwaar"),
    LeftOut.IMAGES_REMOVED: Text(en="the images are not kept any more", nl="de beelden worden niet meer bewaard"),
    LeftOut.BURNED_IN: Text(en="text may stand in the images", nl="in de beelden kan tekst staan"),
    LeftOut.RECOGNIZABLE: Text(en="a face may be seen", nl="een gezicht kan te zien zijn"),
    LeftOut.IDENTITY_LEFT: Text(
        en="the patient could not be taken out", nl="de patiënt kon er niet uit worden gehaald"
    ),
}
ANSWERS: Mapping[AnswerStatus, Text] = {
    AnswerStatus.ACCEPTED: Text(en="accepted: will be looked into", nl="aanvaard: wordt bekeken"),
    AnswerStatus.FIXED: Text(en="fixed in version", nl="opgelost in versie"),
    AnswerStatus.NOT_REPRODUCIBLE: Text(en="not reproducible", nl="niet te reproduceren"),
    AnswerStatus.AS_DESIGNED: Text(en="works as designed", nl="werkt zoals bedoeld"),
}
NO_ANSWER = Text(en="no answer yet", nl="nog geen antwoord")
LETTER: Mapping[str, Text] = {
    "title": Text(en="Feedback on your AI application", nl="Terugkoppeling over uw AI-toepassing"),
    "to": Text(en="To", nl="Aan"),
    "from": Text(en="From", nl="Van"),
    "number": Text(en="Pack", nl="Pakket"),
    "prepared": Text(en="Prepared on", nl="Klaargezet op"),
    "lead": Text(
        en="Our readers looked again at these answers of your application and were of another opinion. The images and"
        " the answers are enclosed, about nobody: names, numbers and UIDs are pseudonyms, and dates have moved.",
        nl="Onze beoordelaars keken opnieuw naar deze antwoorden van uw toepassing en waren van een ander oordeel. De"
        " beelden en de antwoorden zijn bijgesloten, over niemand: namen, nummers en UID's zijn pseudoniemen, en"
        " datums zijn verschoven.",
    ),
    "ask": Text(
        en="Please answer each case by its number: accepted, fixed in version, not reproducible, or works as designed.",
        nl="Antwoord alstublieft op elk geval met zijn nummer: aanvaard, opgelost in versie, niet te reproduceren of"
        " werkt zoals bedoeld.",
    ),
    "counts": Text(en="How many", nl="Hoeveel"),
    "in_pack": Text(en="cases in the pack", nl="gevallen in het pakket"),
    "enclosed": Text(en="enclosed", nl="bijgesloten"),
    "left_out": Text(en="left out", nl="weggelaten"),
    "causes": Text(en="Causes, as readers see them", nl="Oorzaken, zoals beoordelaars ze zien"),
    "no_cause": Text(en="no cause named", nl="geen oorzaak genoemd"),
    "cases": Text(en="Cases", nl="Gevallen"),
    "case": Text(en="Case", nl="Geval"),
    "app": Text(en="Application", nl="Toepassing"),
    "finding": Text(en="Finding", nl="Bevinding"),
    "source": Text(en="Why", nl="Waarom"),
    "cause": Text(en="Cause", nl="Oorzaak"),
    "check": Text(
        en="SHA256SUMS holds a checksum of each file: sha256sum --check SHA256SUMS.",
        nl="SHA256SUMS bevat een controlegetal van elk bestand: sha256sum --check SHA256SUMS.",
    ),
    "reader": Text(
        en="A reader's opinion is no proof, and one reader may be wrong. Who read is not told.",
        nl="Het oordeel van een beoordelaar is geen bewijs, en één beoordelaar kan het mis hebben. Wie beoordeelde,"
        " wordt niet gemeld.",
    ),
}
FIGURES: Mapping[str, Text] = {
    "figures_title": Text(en="Answers of makers", nl="Antwoorden van makers"),
    "figures_lead": Text(
        en="What left as feedback for each maker, and what became of it: counts alone, of no patient and no reader.",
        nl="Wat als terugkoppeling naar elke maker ging, en wat ermee gebeurde: alleen aantallen, van geen patiënt en"
        " geen beoordelaar.",
    ),
    "figures_note": Text(
        en="Days run from the disagreement to the first answer, of the cases that have one; between brackets the 95 %"
        " interval, which few cases cannot give. A maker who never answers has no median: the oldest open case tells.",
        nl="Dagen lopen van het meningsverschil tot het eerste antwoord, van de gevallen die er een hebben; tussen"
        " haakjes het 95%-interval, dat weinig gevallen niet geven. Een maker die nooit antwoordt heeft geen mediaan:"
        " het oudste open geval zegt het dan.",
    ),
    "none_taken": Text(en="No feedback has left yet.", nl="Er is nog geen terugkoppeling naar buiten gegaan."),
    "maker": Text(en="Maker", nl="Maker"),
    "packs_taken": Text(en="Packs taken", nl="Pakketten meegenomen"),
    "answered": Text(en="Answered", nl="Beantwoord"),
    "open": Text(en="Open", nl="Open"),
    "median_days": Text(en="Days to an answer, median", nl="Dagen tot een antwoord, mediaan"),
    "oldest_open": Text(en="Oldest open, days", nl="Oudste open, dagen"),
}
PAGE: Mapping[str, Text] = {
    "title": Text(en="Feedback to makers", nl="Terugkoppeling aan makers"),
    "lead": Text(
        en="Where readers found an app wrong, per maker. Nothing leaves before somebody who may has approved it.",
        nl="Waar beoordelaars een app fout vonden, per maker. Niets gaat naar buiten voordat iemand met het recht het"
        " heeft goedgekeurd.",
    ),
    "none": Text(en="No packs yet.", nl="Nog geen pakketten."),
    "prepare": Text(en="Prepare what is new", nl="Zet klaar wat nieuw is"),
    "pack": Text(en="Pack", nl="Pakket"),
    "for": Text(en="for", nl="voor"),
    "state": Text(en="Stands", nl="Stand"),
    "prepared": Text(en="Prepared", nl="Klaargezet"),
    "cases": Text(en="Cases", nl="Gevallen"),
    "causes": Text(en="Causes", nl="Oorzaken"),
    "answers": Text(en="Answers", nl="Antwoorden"),
    "time": Text(en="Days until an answer", nl="Dagen tot een antwoord"),
    "median": Text(
        en="{median} (95 % interval {low} to {high}; {answered} of {cases} cases answered)",
        nl="{median} (95%-interval {low} tot {high}; {answered} van {cases} gevallen beantwoord)",
    ),
    "no_median": Text(en="{cases} cases, none answered yet", nl="{cases} gevallen, nog geen beantwoord"),
    "oldest": Text(
        en="the oldest without an answer waits {days} days", nl="het oudste zonder antwoord wacht {days} dagen"
    ),
    "unknown": Text(en="not known", nl="niet bekend"),
    "case": Text(en="Case", nl="Geval"),
    "study": Text(en="to the study", nl="naar het onderzoek"),
    "why": Text(en="Why", nl="Waarom"),
    "app": Text(en="App", nl="App"),
    "finding": Text(en="Finding", nl="Bevinding"),
    "readers": Text(en="Readers", nl="Beoordelaars"),
    "text": Text(en="Words of readers", nl="Woorden van beoordelaars"),
    "stays": Text(en="stay here unless ticked", nl="blijven hier, tenzij aangevinkt"),
    "goes": Text(en="go along", nl="gaan mee"),
    "with_text": Text(
        en="I have read these words: they name nobody and may go along",
        nl="Ik heb deze woorden gelezen: ze noemen niemand en mogen mee",
    ),
    "withhold": Text(en="Keep this case here", nl="Houd dit geval hier"),
    "objects": Text(
        en="The patient objects: this case will not leave.", nl="De patiënt heeft bezwaar: dit geval gaat niet mee."
    ),
    "left_out": Text(en="Left out", nl="Weggelaten"),
    "decide": Text(en="Decide", nl="Besluit"),
    "approve": Text(en="Approve: it may leave", nl="Keur goed: het mag naar buiten"),
    "refuse": Text(en="Refuse: it stays here", nl="Keur af: het blijft hier"),
    "take": Text(en="Take the file", nl="Neem het bestand mee"),
    "take_means": Text(
        en="The file is made now, without patients who object, and counts as having left.",
        nl="Het bestand wordt nu gemaakt, zonder patiënten met bezwaar, en telt als vertrokken.",
    ),
    "sum": Text(en="SHA-256 of the file", nl="SHA-256 van het bestand"),
    "answer": Text(en="Answer of the maker", nl="Antwoord van de maker"),
    "note": Text(en="Note the answer to case", nl="Leg het antwoord vast op geval"),
    "fixed_in": Text(en="Version (if fixed)", nl="Versie (als opgelost)"),
    "on": Text(en="Day of the answer", nl="Dag van het antwoord"),
    "writer": Text(en="Who wrote it", nl="Wie schreef het"),
    "reason": Text(en="Reason", nl="Reden"),
    "reason_refuse": Text(en="Reason (if refused)", nl="Reden (bij afkeuren)"),
    "back": Text(en="All packs", nl="Alle pakketten"),
}
