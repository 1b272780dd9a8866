"""The words of the page of the reading list, in Dutch and English."""

from collections.abc import Mapping

from collega.model.code import Text


def _t(en: str, nl: str) -> Text:
    return Text(en=en, nl=nl)


QUEUE_WORDS: Mapping[str, Text] = {
    "title": _t("Reading list: what would AI do to the waits?", "Werklijst: wat zou AI met de wachttijden doen?"),
    "lead_list": _t(
        "A plain list under a constant load, as in a textbook. It is NOT your department.",
        "Een eenvoudige lijst met een constante belasting, zoals in een leerboek. Dit is NIET uw afdeling.",
    ),
    "lead_department": _t(
        "Your department, fitted to its own measured times.",
        "Uw afdeling, aangepast aan haar eigen gemeten tijden.",
    ),
    "unfitted": _t(
        "No department has been fitted yet; the command collega queue fit and the setting value.department do that.",
        "Er is nog geen afdeling aangepast; de opdracht collega queue fit en de instelling value.department doen dat.",
    ),
    "to_list": _t("Ask of a plain list", "Vraag het van een eenvoudige lijst"),
    "to_department": _t("Ask of your department", "Vraag het van uw afdeling"),
    "load": _t("Load of the readers (0 to 1)", "Belasting van de beoordelaars (0 tot 1)"),
    "readers": _t("Readers", "Beoordelaars"),
    "prevalence": _t("Prevalence (share)", "Prevalentie (deel)"),
    "sensitivity": _t("Sensitivity of AI (share)", "Sensitiviteit van AI (deel)"),
    "fpf": _t("False positives of AI (share)", "Fout-positieven van AI (deel)"),
    "minutes_diseased": _t("Reading time, diseased (min)", "Leestijd, ziek (min)"),
    "minutes_other": _t("Reading time, others (min)", "Leestijd, overig (min)"),
    "interrupting": _t("Read at once anyhow (share)", "Hoe dan ook direct gelezen (deel)"),
    "interrupting_minutes": _t("Their reading time (min)", "Leestijd daarvan (min)"),
    "minutes": _t("AI answers after (min)", "AI antwoordt na (min)"),
    "failures": _t("No answer of AI (share)", "Geen antwoord van AI (deel)"),
    "volume": _t("Cases, times", "Aantal onderzoeken, maal"),
    "more_readers": _t("More readers", "Extra beoordelaars"),
    "preempts": _t(
        "A flagged case stops the reading of another", "Een gemarkeerd onderzoek onderbreekt het lezen van een ander"
    ),
    "ask": _t("Work out", "Reken uit"),
    "csv": _t("Table as CSV", "Tabel als CSV"),
    "waits": _t("Mean waits in minutes", "Gemiddelde wachttijden in minuten"),
    "unit": _t("minutes, with 95 % intervals", "minuten, met 95%-intervallen"),
    "cases": _t("Cases", "Onderzoeken"),
    "number": _t("Number", "Aantal"),
    "theory": _t("Theory", "Theorie"),
    "simulation": _t("Simulation", "Simulatie"),
    "interval": _t("95 % interval", "95%-interval"),
    "without": _t("Without AI", "Zonder AI"),
    "with": _t("With AI", "Met AI"),
    "difference": _t("Difference (95 % interval)", "Verschil (95%-interval)"),
    "no_ai": _t("without AI", "zonder AI"),
    "ai_positive": _t("AI-positive", "AI-positief"),
    "ai_negative": _t("AI-negative", "AI-negatief"),
    "diseased": _t("diseased", "ziek"),
    "non_diseased": _t("others", "overig"),
    "gain": _t("diseased: change by AI", "ziek: verandering door AI"),
    "computed": _t(
        "Simulated, not measured: it follows from the numbers above and from nothing else.",
        "Gesimuleerd, niet gemeten: het volgt uit de getallen hierboven en uit niets anders.",
    ),
    "no_theory": _t(
        "For these numbers no theory is known: the simulation stands alone.",
        "Voor deze getallen is geen theorie bekend: de simulatie staat alleen.",
    ),
    "faulty": _t("This cannot be answered", "Hierop is geen antwoord"),
    "busy": _t(
        "Another question is being worked out. Ask again in a few seconds.",
        "Een andere vraag wordt nu uitgerekend. Vraag het over enkele seconden opnieuw.",
    ),
    "too_long": _t(
        "This took too long and was stopped. Nothing else was held up by it.",
        "Dit duurde te lang en is gestopt. Niets anders werd hierdoor opgehouden.",
    ),
    "all": _t("all", "alle"),
    "urgent": _t("urgent", "spoed"),
    "day": _t("day", "dag"),
    "evening": _t("evening", "avond"),
    "night": _t("night", "nacht"),
    "weekend": _t("weekend", "weekend"),
    "flagged": _t("flagged", "gemarkeerd"),
    "not flagged": _t("not flagged", "niet gemarkeerd"),
    "AI: diseased": _t("diseased", "ziek"),
    "AI: missed": _t("diseased, missed by AI", "ziek, gemist door AI"),
    "yours": _t(
        "{cases} cases a week, load {load}; {weeks} weeks simulated",
        "{cases} onderzoeken per week, belasting {load}; {weeks} weken gesimuleerd",
    ),
}
