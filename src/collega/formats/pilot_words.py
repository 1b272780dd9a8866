"""The words of the pilot page and of its paper form, in Dutch and English."""

from collections.abc import Mapping

from collega.model.code import Text
from collega.model.pilot import Kpi

KPIS: Mapping[Kpi, Text] = {
    Kpi.PPV: Text(
        en="positive predictive value (by readers' opinions)",
        nl="positief voorspellende waarde (naar oordeel van lezers)",
    ),
    Kpi.SENSITIVITY: Text(en="sensitivity (by readers' opinions)", nl="sensitiviteit (naar oordeel van lezers)"),
    Kpi.IN_TIME: Text(en="visible before the study was opened", nl="zichtbaar voordat het onderzoek werd geopend"),
    Kpi.VIEWED: Text(en="looked at, of those with an answer", nl="bekeken, van die met een antwoord"),
    Kpi.ANALYSED: Text(en="analysed, of those that ended", nl="geanalyseerd, van die klaar zijn"),
}
HOURS: Mapping[str, Text] = {
    "all": Text(en="all", nl="alle"),
    "day": Text(en="day", nl="dag"),
    "evening": Text(en="evening", nl="avond"),
    "night": Text(en="night", nl="nacht"),
    "weekend": Text(en="weekend", nl="weekend"),
}
WORDS: Mapping[str, Text] = {
    "title": Text(en="Pilot", nl="Pilot"),
    "apps": Text(en="Pilots", nl="Pilots"),
    "lead": Text(
        en="What was asked of this app, what was measured here, what its maker claims, and what nobody knows.",
        nl="Wat van deze app gevraagd werd, wat hier gemeten is, wat de maker belooft, en wat niemand weet.",
    ),
    "period": Text(en="Studies received from {since} to {until}", nl="Onderzoeken ontvangen van {since} tot {until}"),
    "versions": Text(en="Versions in these figures", nl="Versies in deze cijfers"),
    "goals": Text(en="Goal", nl="Doel"),
    "no_goal": Text(
        en="No goal has been set: then nothing can be met.", nl="Er is geen doel gesteld: dan is er niets te halen."
    ),
    "kpi": Text(en="Figure", nl="Cijfer"),
    "target": Text(en="Target", nl="Streefwaarde"),
    "by": Text(en="By", nl="Uiterlijk"),
    "guard": Text(en="Guard: what must not happen", nl="Grens: wat niet mag gebeuren"),
    "measured": Text(en="Measured (95 % interval)", nl="Gemeten (95%-interval)"),
    "met": Text(en="met", nl="gehaald"),
    "not_met": Text(en="not met, or not yet certain", nl="niet gehaald, of nog niet zeker"),
    "unknown": Text(en="not known", nl="niet bekend"),
    "set": Text(en="Set a goal", nl="Stel een doel"),
    "save": Text(en="Save", nl="Bewaar"),
    "your_name": Text(en="Your name", nl="Uw naam"),
    "figures": Text(en="Measured here", nl="Hier gemeten"),
    "hours": Text(en="Hours", nl="Uren"),
    "studies": Text(en="Studies", nl="Onderzoeken"),
    "analysed": Text(en="Analysed", nl="Geanalyseerd"),
    "failed": Text(en="Failed", nl="Mislukt"),
    "not_suitable": Text(en="Not suitable", nl="Niet geschikt"),
    "viewed": Text(en="Viewed of offered", nl="Bekeken van aangeboden"),
    "in_time": Text(en="In time", nl="Op tijd"),
    "latency": Text(en="Minutes to visible, median", nl="Minuten tot zichtbaar, mediaan"),
    "waited": Text(en="Minutes waited by readers", nl="Minuten gewacht door lezers"),
    "ppv": Text(en="PPV", nl="PVW"),
    "sensitivity": Text(en="Sensitivity", nl="Sensitiviteit"),
    "reference": Text(
        en="PPV and sensitivity rest on readers' opinions: {judged} findings, {disputed} disputed and left out, "
        "{blind} opinions given before AI was seen. Studies on which nobody gave an opinion are in neither.",
        nl="PVW en sensitiviteit berusten op oordelen van lezers: {judged} bevindingen, {disputed} omstreden en "
        "weggelaten, {blind} oordelen gegeven voordat AI gezien was. Onderzoeken zonder oordeel tellen niet mee.",
    ),
    "not_received": Text(en="Not received", nl="Niet ontvangen"),
    "never_asked": Text(
        en="The PACS was not asked what this app should have had: not known.",
        nl="Het PACS is niet gevraagd wat deze app had moeten krijgen: niet bekend.",
    ),
    "coverage": Text(
        en="{missing} of {eligible} studies never came, {incomplete} incomplete, {maybe} uncertain",
        nl="{missing} van {eligible} onderzoeken kwamen nooit, {incomplete} onvolledig, {maybe} onzeker",
    ),
    "claims": Text(en="Claimed by its maker", nl="Wat de maker belooft"),
    "no_claims": Text(en="Its card names no study.", nl="De kaart noemt geen studie."),
    "causes": Text(en="Causes that readers gave for their doubts", nl="Oorzaken die lezers noemden bij twijfel"),
    "no_causes": Text(en="None were given.", nl="Geen genoemd."),
    "paper": Text(en="As PDF", nl="Als PDF"),
    "accuracy": Text(en="Accuracy by version", nl="Nauwkeurigheid per versie"),
    "unheard": Text(en="Discrepancies that readers are not told of", nl="Discrepanties die lezers niet horen"),
    "page": Text(en="page", nl="bladzijde"),
    "demo": Text(
        en="demonstration, not for clinical use: the figures are of no real app",
        nl="demonstratie, niet voor klinisch gebruik: de cijfers zijn van geen echte app",
    ),
}


def pilot_words(language: str) -> dict[str, str]:
    """Give the fixed words."""
    return {name: text.in_language(language) for name, text in WORDS.items()}
