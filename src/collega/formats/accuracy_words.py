"""Words of the pages of accuracy, in Dutch and English."""

from collections.abc import Mapping

from collega.model.code import Text

WORDS: Mapping[str, Text] = {
    "accuracy": Text(en="Accuracy", nl="Nauwkeurigheid"),
    "lead": Text(
        en="How often each version of an app was right on studies of this hospital, by where the truth is from.",
        nl="Hoe vaak elke versie van een app gelijk had op onderzoeken van dit ziekenhuis, naar waar de waarheid "
        "vandaan komt.",
    ),
    "none": Text(en="No app has analysed a study yet.", nl="Nog geen app heeft een onderzoek geanalyseerd."),
    "no_labels": Text(
        en="Nothing is known to be true of what this app says: no label of a report, a reader, a panel or follow-up.",
        nl="Van wat deze app zegt is niets bekend als waar: geen label van een verslag, lezer, panel of vervolg.",
    ),
    "without_labels": Text(en="No label, so no figure: {findings}.", nl="Geen label, dus geen getal: {findings}."),
    "figures": Text(en="By version", nl="Per versie"),
    "weak": Text(en="Map of weaknesses", nl="Kaart van zwakke plekken"),
    "against": Text(en="Version against version", nl="Versie tegen versie"),
    "versions": Text(en="Versions", nl="Versies"),
    "studies": Text(en="Studies analysed", nl="Onderzoeken geanalyseerd"),
    "app": Text(en="App", nl="App"),
    "preface": Text(
        en="Sources are never counted together, and what was seen with AI's word in sight stands apart: such a truth "
        "may follow the app. Intervals: Wilson, 95%.",
        nl="Bronnen worden nooit samengeteld, en wat met het woord van AI in zicht is gezien staat apart: zo'n "
        "waarheid kan de app volgen. Intervallen: Wilson, 95%.",
    ),
    "weak_preface": Text(
        en="Each group against all other cases of the same version and source. p is corrected for the number of "
        "comparisons (Holm). Small groups tell little.",
        nl="Elke groep tegen alle andere gevallen van dezelfde versie en bron. p is gecorrigeerd voor het aantal "
        "vergelijkingen (Holm). Kleine groepen zeggen weinig.",
    ),
    "against_preface": Text(
        en="Both versions on the same studies: exact test of McNemar, interval of Tango. Only studies on which they "
        "differ need reading.",
        nl="Beide versies op dezelfde onderzoeken: exacte toets van McNemar, interval van Tango. Alleen onderzoeken "
        "waarop zij verschillen hoeven gelezen.",
    ),
    "one_version": Text(
        en="One version has spoken: there is nothing to compare.",
        nl="Eén versie heeft gesproken: er is niets te vergelijken.",
    ),
    "no_map": Text(
        en="No map of weaknesses: no source has studies with the finding and without it.",
        nl="Geen kaart van zwakke plekken: geen bron heeft onderzoeken met en zonder de bevinding.",
    ),
    "version": Text(en="Version", nl="Versie"),
    "truth_from": Text(en="Truth from", nl="Waarheid van"),
    "strength": Text(en="Strength", nl="Sterkte"),
    "with": Text(en="With", nl="Met"),
    "without": Text(en="Without", nl="Zonder"),
    "left_out": Text(en="Left out", nl="Weggelaten"),
    "sensitivity": Text(en="Sensitivity", nl="Sensitiviteit"),
    "specificity": Text(en="Specificity", nl="Specificiteit"),
    "ppv": Text(en="PPV", nl="PVW"),
    "npv": Text(en="NPV", nl="NVW"),
    "freed_sensitivity": Text(en="Sensitivity, freed of the label's error", nl="Sensitiviteit, zonder labelfout"),
    "freed_specificity": Text(en="Specificity, freed of the label's error", nl="Specificiteit, zonder labelfout"),
    "error_unknown_means": Text(
        en="Label error unknown: figures against signed reports are raw until a label check is done.",
        nl="Labelfout onbekend: cijfers tegen ondertekende verslagen zijn ruw totdat een labelcontrole is gedaan.",
    ),
    "raw_means": Text(
        en="Figures against signed reports are raw on this page; the page of figures has those freed of the label's "
        "error.",
        nl="Cijfers tegen ondertekende verslagen zijn op deze pagina ruw; de pagina met cijfers heeft die zonder "
        "labelfout.",
    ),
    "error_unknown": Text(en="label error unknown", nl="labelfout onbekend"),
    "uncertain": Text(en="uncertain {count}", nl="onzeker {count}"),
    "contradicting": Text(en="contradicting {count}", nl="tegenstrijdig {count}"),
    "app_did_not_analyse": Text(en="not analysed {count}", nl="niet geanalyseerd {count}"),
    "app_did_not_decide": Text(en="not decided {count}", nl="niet beslist {count}"),
    "pair": Text(en="{first}, then {second}; truth from {group}", nl="{first}, dan {second}; waarheid van {group}"),
    "compared": Text(
        en="{cases} studies that both decided, {diseased} with the finding.",
        nl="{cases} onderzoeken waarover beide beslisten, {diseased} met de bevinding.",
    ),
    "no_pair": Text(
        en="{cases} studies that both decided: too few, or all of one class.",
        nl="{cases} onderzoeken waarover beide beslisten: te weinig, of alle van één soort.",
    ),
    "first": Text(en="First", nl="Eerste"),
    "second": Text(en="Second", nl="Tweede"),
    "difference": Text(en="Second less first", nl="Tweede min eerste"),
    "p": Text(en="p (McNemar)", nl="p (McNemar)"),
    "figure": Text(en="Figure", nl="Getal"),
    "flips": Text(en="Studies on which they differ", nl="Onderzoeken waarop zij verschillen"),
    "study": Text(en="Study", nl="Onderzoek"),
    "truth": Text(en="Truth", nl="Waarheid"),
    "present": Text(en="present", nl="aanwezig"),
    "absent": Text(en="absent", nl="afwezig"),
    "change": Text(en="The second is", nl="De tweede is"),
    "gained": Text(en="right", nl="juist"),
    "lost": Text(en="wrong", nl="onjuist"),
    "reading_list": Text(
        en="To be read, in an order that tells nothing", nl="Te lezen, in een volgorde die niets verraadt"
    ),
    "not_found": Text(en="this app has said nothing here", nl="deze app heeft hier niets gezegd"),
    "busy": Text(
        en="Another question is being worked out. Reload in a moment.",
        nl="Er wordt een andere vraag uitgerekend. Laad zo opnieuw.",
    ),
    "too_long": Text(
        en="It took longer than a minute. Ask on the command line: collega reference versions {app}",
        nl="Het duurde langer dan een minuut. Vraag het op de opdrachtregel: collega reference versions {app}",
    ),
}
# Where a truth is from, and whether AI's word had been in sight.
SOURCES: Mapping[str, Text] = {
    "report": Text(en="signed reports", nl="getekende verslagen"),
    "feedback": Text(en="readers", nl="lezers"),
    "panel": Text(en="panel", nl="panel"),
    "follow_up": Text(en="follow-up", nl="vervolg"),
    "other": Text(en="other data", nl="andere gegevens"),
}
VISIBLE: Mapping[str, Text] = {
    "yes": Text(en="AI in sight", nl="AI in zicht"),
    "no": Text(en="AI not in sight", nl="AI niet in zicht"),
    "unknown": Text(en="AI in sight unknown", nl="AI in zicht onbekend"),
}
STRENGTHS: Mapping[str, Text] = {
    "weak": Text(en="weak", nl="zwak"),
    "strong": Text(en="strong", nl="sterk"),
    "mixed": Text(en="mixed", nl="gemengd"),
}
COLUMNS: Mapping[str, Text] = {
    "scanner": Text(en="scanner", nl="scanner"),
    "age": Text(en="age", nl="leeftijd"),
    "sex": Text(en="sex", nl="geslacht"),
    "view": Text(en="view", nl="opnamerichting"),
    "hour": Text(en="hour", nl="uur"),
}
VALUES: Mapping[str, Text] = {
    "not stated": Text(en="not stated", nl="niet vermeld"),
    "day": Text(en="day", nl="dag"),
    "evening": Text(en="evening", nl="avond"),
    "night": Text(en="night", nl="nacht"),
    "weekend": Text(en="weekend", nl="weekend"),
}


def group_words(group: str, language: str) -> str:
    """Name a group of labels, such as report/no, for people."""
    source, _, visible = group.partition("/")
    return f"{SOURCES[source].in_language(language)}, {VISIBLE[visible].in_language(language)}"


def place_words(column: str, value: str, language: str) -> tuple[str, str]:
    """Name a subgroup and its value for people."""
    known = VALUES.get(value)
    return COLUMNS[column].in_language(language), known.in_language(language) if known else value
