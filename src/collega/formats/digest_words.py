"""The words of the monthly digest, in Dutch and English."""

from collections.abc import Mapping

from collega.model.code import Text


def _t(en: str, nl: str) -> Text:
    return Text(en=en, nl=nl)


DIGEST_WORDS: Mapping[str, Text] = {
    "digest": _t("Monthly digest of AI", "Maandoverzicht AI"),
    "page": _t("Page", "Pagina"),
    "period": _t("{since} to {until}", "{since} tot en met {until}"),
    "not_whole": _t("The month is not over.", "De maand is nog niet voorbij."),
    "lead": _t(
        "Every number says where it comes from; what is not known is not shown as 0. The difference to "
        "the month before may be chance.",
        "Bij elk getal staat waar het vandaan komt; wat niet bekend is staat er niet als 0. Het verschil met de maand "
        "ervoor kan toeval zijn.",
    ),
    "no_apps": _t("No app is installed.", "Er is geen app geïnstalleerd."),
    "stage": _t("stage", "fase"),
    "figure": _t("Figure", "Cijfer"),
    "this_month": _t("This month", "Deze maand"),
    "month_before": _t("Month before", "Maand ervoor"),
    "label": _t("Source", "Bron"),
    "studies": _t("Studies that the app was given", "Onderzoeken die de app kreeg"),
    "in_time": _t(
        "Result visible before the study was opened", "Resultaat zichtbaar voordat het onderzoek werd geopend"
    ),
    "waited": _t("Minutes that readers waited for the app", "Minuten dat lezers op de app wachtten"),
    "waited_by": _t("{minutes} min in {n} studies", "{minutes} min bij {n} onderzoeken"),
    "waited_more": _t(
        "; {left} left before the result, {never} never got one",
        "; {left} gingen weg voor het resultaat, {never} kregen er geen",
    ),
    "share": _t("{share} ({low} to {high}), {k} of {n}", "{share} ({low} tot {high}), {k} van {n}"),
    "sensitivity": _t("Sensitivity", "Sensitiviteit"),
    "specificity": _t("Specificity", "Specificiteit"),
    "accuracy": _t(
        "{name}, all labels until now ({group}, {n} studies)", "{name}, alle labels tot nu ({group}, {n} onderzoeken)"
    ),
    "error_unknown": _t("; error of the labels not known", "; fout van de labels niet bekend"),
    "cost": _t("Cost so far, set-up included", "Kosten tot nu toe, met invoering"),
    "cost_plan": _t("Planned until now", "Tot nu toe gepland"),
    "cost_by": _t("{amount} for {n} studies", "{amount} voor {n} onderzoeken"),
    "cost_label": _t(
        "computed: measured use at the prices of the case, no bills",
        "berekend: gemeten gebruik tegen de prijzen van de businesscase, geen facturen",
    ),
    "plan_label": _t("computed from the case", "berekend uit de businesscase"),
    "value": _t("Net present value of the case", "Netto contante waarde van de businesscase"),
    "not_used": _t("readers are not shown the app yet", "lezers zien de app nog niet"),
    "measured": _t("measured", "gemeten"),
    "not_installed": _t("not installed", "niet geïnstalleerd"),
    "not_known": _t("not known", "niet bekend"),
    "changes": _t("What changed", "Wat er veranderde"),
    "no_changes": _t("Nothing was decided.", "Er is niets besloten."),
    "change": _t(
        "{day}: version {version}, {what} {value} ({actor}: {reason})",
        "{day}: versie {version}, {what} {value} ({actor}: {reason})",
    ),
    "rights": _t("rights", "rechten"),
    "due": _t("Decisions due", "Te nemen besluiten"),
    "no_due": _t("None.", "Geen."),
    "unknown": _t("Not known", "Niet bekend"),
    "no_unknown": _t("Nothing of this list.", "Niets van deze lijst."),
    "faults": _t("Cases that cannot be read", "Businesscases die niet te lezen zijn"),
}
STAGES: Mapping[str, Text] = {
    "off": _t("off", "uit"),
    "shadow": _t("shadow", "schaduw"),
    "pilot": _t("pilot", "pilot"),
    "live": _t("live", "live"),
    "suspended": _t("suspended", "stilgezet"),
}
GROUPS: Mapping[str, Text] = {
    "report": _t("reports", "verslagen"),
    "feedback": _t("opinions of readers", "oordelen van lezers"),
    "panel": _t("panel", "panel"),
    "follow_up": _t("follow-up", "vervolg"),
    "other": _t("other data", "andere gegevens"),
}
SIGHT: Mapping[str, Text] = {
    "yes": _t("app seen before", "app vooraf gezien"),
    "no": _t("app not seen before", "app niet vooraf gezien"),
    "unknown": _t("not known whether the app was seen", "onbekend of de app gezien was"),
}
DUE: Mapping[str, Text] = {
    "goal": _t(
        "Goal of the case: its date is {on}. Reached, or stop?",
        "Doel van de businesscase: de datum is {on}. Gehaald, of stoppen?",
    ),
    "shadow_long": _t(
        "In shadow since {on}: show it to readers, or stop?", "In schaduw sinds {on}: aan lezers tonen, of stoppen?"
    ),
    "pilot_long": _t("In pilot since {on}: live, or stop?", "In pilot sinds {on}: live, of stoppen?"),
    "suspended": _t("Suspended since {on}: resume, or stop?", "Stilgezet sinds {on}: hervatten, of stoppen?"),
    "prices_old": _t("Prices are of {on}: ask for new ones.", "Prijzen zijn van {on}: vraag nieuwe op."),
    "contract_end": _t(
        "The years of the case end on {on}: renew, replace, or stop?",
        "De jaren van de businesscase eindigen op {on}: verlengen, vervangen of stoppen?",
    ),
    "does_not_pay": _t(
        "Readers are shown it, and its case does not pay: negotiate, accept, or stop?",
        "Lezers zien de app, en de businesscase kost geld: onderhandelen, aanvaarden of stoppen?",
    ),
}
UNKNOWN: Mapping[str, Text] = {
    "no_case": _t(
        "What it brings and costs: no business case names this app.",
        "Wat het oplevert en kost: geen businesscase noemt deze app.",
    ),
    "no_studies": _t(
        "How it does: it was given no study this month.", "Hoe het gaat: de app kreeg deze maand geen onderzoek."
    ),
    "in_time": _t(
        "Whether results came in time: no study that showed the app is known to have been opened.",
        "Of resultaten op tijd waren: van geen onderzoek dat de app toonde is bekend dat het is geopend.",
    ),
    "waited": _t(
        "How long readers waited: nobody is known to have opened a study before the result.",
        "Hoe lang lezers wachtten: van niemand is bekend dat een onderzoek vóór het resultaat werd geopend.",
    ),
    "no_finding": _t(
        "Accuracy: the case names no finding to hold the app against.",
        "Nauwkeurigheid: de businesscase noemt geen bevinding om de app aan te toetsen.",
    ),
    "no_labels": _t(
        "Accuracy: no label, or no answer of the app, on the finding of the case.",
        "Nauwkeurigheid: geen label, of geen antwoord van de app, over de bevinding van de businesscase.",
    ),
    "since_when": _t(
        "Since when readers are shown it: no decision is on record, so the cost so far is not known.",
        "Sinds wanneer lezers de app zien: er is geen besluit vastgelegd, dus de kosten tot nu toe zijn niet bekend.",
    ),
    "assumed": _t(
        "{n} of {of} numbers of the case are assumed.", "{n} van {of} getallen van de businesscase zijn aangenomen."
    ),
}
