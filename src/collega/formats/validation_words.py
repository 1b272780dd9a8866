"""Words of the report of a validation, in Dutch and English."""

import re
from collections.abc import Mapping

from collega.model.code import Text

WORDS: Mapping[str, Text] = {
    "report": Text(en="Validation", nl="Validatie"),
    "validations": Text(en="Validations", nl="Validaties"),
    "validations_lead": Text(
        en="How often an app was right on cases of this hospital. collega validate report --keep adds one.",
        nl="Hoe vaak een app gelijk had op gevallen van dit ziekenhuis. collega validate report --keep voegt er een "
        "toe.",
    ),
    "accuracy_here": Text(en="What the site's own labels say by version", nl="Wat de eigen labels zeggen per versie"),
    "no_validation": Text(en="No validation has been kept.", nl="Er is geen validatie bewaard."),
    "kept": Text(en="Kept", nl="Bewaard"),
    "without_answer": Text(en="Failed or not suitable", nl="Mislukt of niet geschikt"),
    "deviations": Text(en="Deviations from the plan", nl="Afwijkingen van het plan"),
    "compares": Text(en="Compares two", nl="Vergelijkt twee"),
    "weak_lead": Text(
        en="Subgroups that were worse than all other cases of the same validation, with p below 0.05 after correction "
        "for their number (Holm).",
        nl="Deelgroepen die slechter waren dan alle andere gevallen van dezelfde validatie, met p onder 0,05 na "
        "correctie voor hun aantal (Holm).",
    ),
    "no_weak": Text(
        en="None was found. That shows no app to be equally good everywhere: small groups tell little.",
        nl="Geen gevonden. Dat toont niet dat een app overal even goed is: kleine groepen zeggen weinig.",
    ),
    "comparison": Text(en="Comparison of two versions or vendors", nl="Vergelijking van twee versies of leveranciers"),
    "asks": Text(
        en="Order and numbers after STARD 2015, kept by STARD-AI (AI: what that adds, our count); DECIDE-AI "
        "beside. In our own words.",
        nl="Volgorde en nummers naar STARD 2015, gevolgd door STARD-AI (AI: wat die toevoegt, onze telling); "
        "DECIDE-AI ernaast. In eigen woorden.",
    ),
    "not_reported": Text(en="Not reported", nl="Niet gerapporteerd"),
    "weak": Text(
        en="The truth of this study is weak: nobody who judged the images made it. Figures tell how often the "
        "app agrees with these labels; how often it is right may differ.",
        nl="De waarheid van dit onderzoek is zwak: niemand die de beelden beoordeelde heeft haar gemaakt. De "
        "cijfers zeggen hoe vaak de app met deze labels overeenkomt; hoe vaak zij gelijk heeft kan "
        "verschillen.",
    ),
    "label_error_unknown": Text(
        en="Label error unknown: labels that a program read from reports count here, and no reader has checked them.",
        nl="Labelfout onbekend: labels die een programma uit verslagen las tellen hier mee, en geen lezer heeft ze "
        "gecontroleerd.",
    ),
    "reserved_language": Text(
        en="{count} signed reports look as if they were in another language than reports are read in: they have no "
        "label, and count in no figure.",
        nl="{count} ondertekende verslagen lijken in een andere taal te zijn dan waarin verslagen worden gelezen: zij "
        "hebben geen label, en tellen in geen cijfer mee.",
    ),
    "reserved_guess": Text(
        en="{count} signed reports are called normal only because they name nothing that is known: a guess, as long as "
        "no score is trained on reports of this hospital.",
        nl="{count} ondertekende verslagen heten normaal alleen omdat zij niets bekends noemen: een gok, zolang er "
        "geen score is geleerd van verslagen van dit ziekenhuis.",
    ),
    "label_error": Text(
        en="By source of the label and whether AI was visible; freed of the label's error as the label check found it "
        "(Rogan-Gladen)",
        nl="Naar bron van het label en of AI zichtbaar was; bevrijd van de labelfout zoals de labelcontrole haar vond "
        "(Rogan-Gladen)",
    ),
    "group": Text(en="source/AI visible", nl="bron/AI zichtbaar"),
    "label_right": Text(
        en="label's sensitivity; specificity (reports read)", nl="sensitiviteit; specificiteit van label (gelezen)"
    ),
    "freed_sensitivity": Text(en="sensitivity, corrected", nl="sensitiviteit, gecorrigeerd"),
    "freed_specificity": Text(en="specificity, corrected", nl="specificiteit, gecorrigeerd"),
    "error_unknown": Text(en="unknown", nl="onbekend"),
    "no_program": Text(en="no label of a program", nl="geen label van een programma"),
    "without_run": Text(
        en="{count} studies have a label and no run of this version: they are no cases here.",
        nl="{count} onderzoeken hebben een label en geen run van deze versie: zij zijn hier geen gevallen.",
    ),
    "mixed": Text(
        en="Weak and strong labels stand mixed in these figures.",
        nl="Zwakke en sterke labels staan gemengd in deze cijfers.",
    ),
    "app": Text(en="{app} {version}", nl="{app} {version}"),
    "threshold": Text(
        en="Positive from a score of {threshold} on, as the plan says.",
        nl="Positief vanaf een score van {threshold}, zoals het plan zegt.",
    ),
    "methods": Text(
        en="Proportions: {interval} interval. Area: DeLong, logit scale. Likelihood ratios: Simel. Subgroups: each "
        "against all others, Newcombe, Fisher, Holm. Band of the curve: Wilson's interval of the sensitivity at each "
        "point. Confidence {confidence}. {primary} decides.",
        nl="Proporties: {interval}-interval. Oppervlak: DeLong, logitschaal. Aannemelijkheidsverhoudingen: Simel. "
        "Deelgroepen: elk tegen alle andere, Newcombe, Fisher, Holm. Band van de curve: Wilsons interval van de "
        "sensitiviteit in elk punt. Betrouwbaarheid {confidence}. {primary} beslist.",
    ),
    "neither": Text(
        en="A study that the app failed on or called not suitable counts as such below, and in the worst "
        "case as wrong.",
        nl="Een onderzoek waarop de app faalde of dat zij niet geschikt noemde, telt hieronder als zodanig, "
        "en in het slechtste geval als fout.",
    ),
    "planned": Text(en="Planned: {cases}. Included: {found}.", nl="Gepland: {cases}. Opgenomen: {found}."),
    "summary": Text(
        en="{analysed} of {included} included studies could be held against the truth. Sensitivity {sensitivity}; "
        "specificity {specificity}; area under the ROC curve {auc}. The app failed on {failed} and called "
        "{not_suitable} not suitable.",
        nl="{analysed} van {included} opgenomen onderzoeken konden tegen de waarheid gehouden worden. Sensitiviteit "
        "{sensitivity}; specificiteit {specificity}; oppervlak onder de ROC-curve {auc}. De app faalde op {failed} en "
        "noemde {not_suitable} niet geschikt.",
    ),
    "no_calibration": Text(
        en="Calibration is not reported: nobody says that the scores are probabilities.",
        nl="Kalibratie is niet gerapporteerd: niemand zegt dat de scores kansen zijn.",
    ),
    "unstated": Text(
        en="Neither plan nor table says whether the labels are weak or strong.",
        nl="Plan noch tabel zegt of de labels zwak of sterk zijn.",
    ),
    "no_claims": Text(
        en="No claims of the app's card were given to set beside these.",
        nl="Er zijn geen beloften van de kaart van de app gegeven om hiernaast te zetten.",
    ),
    "no_subgroups": Text(
        en="No planned subgroup is stated for any case: no map of weaknesses can be made.",
        nl="Geen geplande deelgroep is voor enig geval vermeld: er kan geen kaart van zwakke plekken gemaakt worden.",
    ),
    "listed_in": Text(
        en="False positives: {fp}. False negatives: {fn}. Of each, at most the {most} furthest from the threshold "
        "are listed.",
        nl="Fout-positieven: {fp}. Fout-negatieven: {fn}. Van elk staan hooguit de {most} die het verst van de drempel "
        "liggen hieronder.",
    ),
    "hash": Text(en="SHA-256 of the plan: {hash}", nl="SHA-256 van het plan: {hash}"),
    "hash_kept": Text(
        en="It is the one under which the plan was frozen.", nl="Het is die waaronder het plan is vastgelegd."
    ),
    "no_deviation": Text(en="No deviation from the plan.", nl="Geen afwijking van het plan."),
    "visible": Text(
        en="AI visible to who made the label, by case", nl="AI zichtbaar voor wie het label maakte, per geval"
    ),
    "visible_yes": Text(
        en="Where the label was made with the AI in sight, agreement is flattered (incorporation bias).",
        nl="Waar het label met de AI in beeld gemaakt is, is de overeenkomst geflatteerd (incorporatiebias).",
    ),
    "flow": Text(en="Flow of studies", nl="Verloop van onderzoeken"),
    "eligible": Text(en="Eligible", nl="In aanmerking"),
    "excluded": Text(en="Excluded", nl="Uitgesloten"),
    "none": Text(en="none", nl="geen"),
    "included": Text(en="Included", nl="Opgenomen"),
    "not_run": Text(en="Not given to the app", nl="Niet aan de app gegeven"),
    "failed": Text(en="Failed", nl="Mislukt"),
    "not_suitable": Text(en="Not suitable", nl="Niet geschikt"),
    "answered": Text(en="Answered", nl="Beantwoord"),
    "reference_missing": Text(en="Reference missing", nl="Referentie ontbreekt"),
    "analysed": Text(en="Analysed", nl="Geanalyseerd"),
    "tp": Text(en="True positive", nl="Terecht positief"),
    "fp": Text(en="False positive", nl="Fout-positief"),
    "fn": Text(en="False negative", nl="Fout-negatief"),
    "tn": Text(en="True negative", nl="Terecht negatief"),
    "step": Text(en="Step", nl="Stap"),
    "studies": Text(en="Studies", nl="Onderzoeken"),
    "outcomes": Text(en="How runs ended, of all included", nl="Hoe runs eindigden, van alle opgenomen"),
    "table": Text(en="Test by truth", nl="Test naar waarheid"),
    "figures": Text(en="Figures", nl="Cijfers"),
    "figure": Text(en="Figure", nl="Cijfer"),
    "value": Text(en="Value", nl="Waarde"),
    "low": Text(en="Low", nl="Laag"),
    "high": Text(en="High", nl="Hoog"),
    "of": Text(en="k / n", nl="k / n"),
    "note": Text(en="Note", nl="Opmerking"),
    "sensitivity": Text(en="Sensitivity", nl="Sensitiviteit"),
    "specificity": Text(en="Specificity", nl="Specificiteit"),
    "ppv": Text(en="PPV, at this share of disease", nl="PVW, bij dit ziekte-aandeel"),
    "npv": Text(en="NPV, at this share of disease", nl="NVW, bij dit ziekte-aandeel"),
    "accuracy": Text(en="Accuracy", nl="Nauwkeurigheid"),
    "prevalence": Text(en="Share of disease", nl="Ziekte-aandeel"),
    "lr_positive": Text(en="Likelihood ratio, positive", nl="Aannemelijkheidsverhouding, positief"),
    "lr_negative": Text(en="Likelihood ratio, negative", nl="Aannemelijkheidsverhouding, negatief"),
    "auc": Text(en="Area under the ROC curve", nl="Oppervlak onder de ROC-curve"),
    "worst_sensitivity": Text(en="Sensitivity, worst case", nl="Sensitiviteit, slechtste geval"),
    "worst_specificity": Text(en="Specificity, worst case", nl="Specificiteit, slechtste geval"),
    "at_ppv": Text(en="PPV where {share} have it", nl="PVW waar {share} het hebben"),
    "at_npv": Text(en="NPV where {share} have it", nl="NVW waar {share} het hebben"),
    "brier": Text(en="Brier score", nl="Brierscore"),
    "intercept": Text(en="Calibration, intercept", nl="Kalibratie, intercept"),
    "slope": Text(en="Calibration, slope", nl="Kalibratie, helling"),
    "roc": Text(
        en="ROC curve with the interval of its sensitivity", nl="ROC-curve met het interval van haar sensitiviteit"
    ),
    "from_score": Text(en="Positive from", nl="Positief vanaf"),
    "false_positive_fraction": Text(en="1 - specificity", nl="1 - specificiteit"),
    "calibration": Text(en="Calibration", nl="Kalibratie"),
    "told": Text(en="Probability told", nl="Vertelde kans"),
    "observed": Text(en="Share that has it", nl="Aandeel dat het heeft"),
    "histogram": Text(en="Scores by truth", nl="Scores naar waarheid"),
    "score": Text(en="Score", nl="Score"),
    "cases": Text(en="Cases", nl="Gevallen"),
    "diseased": Text(en="with the disease", nl="met de ziekte"),
    "other": Text(en="without", nl="zonder"),
    "from": Text(en="From", nl="Van"),
    "to": Text(en="To", nl="Tot"),
    "forest": Text(en="Map of weaknesses", nl="Kaart van zwakke plekken"),
    "subgroup": Text(en="Subgroup", nl="Deelgroep"),
    "share_here": Text(en="Share of disease in it", nl="Ziekte-aandeel erin"),
    "group_ppv": Text(en="PPV, at each group's share of disease", nl="PVW, bij het ziekte-aandeel van elke groep"),
    "group_npv": Text(en="NPV, at each group's share of disease", nl="NVW, bij het ziekte-aandeel van elke groep"),
    "share_value": Text(en="Where {share} have it", nl="Waar {share} het hebben"),
    "share_low": Text(en="Low, where {share} have it", nl="Laag, waar {share} het hebben"),
    "share_high": Text(en="High, where {share} have it", nl="Hoog, waar {share} het hebben"),
    "predictive_means": Text(
        en="Predictive values follow the share of disease: those of groups with another share cannot be compared, and "
        "are not tested. At one share, where the plan names one, they can be.",
        nl="Voorspellende waarden volgen het ziekte-aandeel: die van groepen met een ander aandeel zijn niet te "
        "vergelijken, en worden niet getoetst. Bij één aandeel, waar het plan er een noemt, kan het wel.",
    ),
    "p_adjusted": Text(en="p against the rest (Holm)", nl="p tegen de rest (Holm)"),
    "stated": Text(en="Stated", nl="Vermeld"),
    "characteristic": Text(en="Characteristic", nl="Kenmerk"),
    "claims": Text(en="Claimed against measured", nl="Beloofd tegen gemeten"),
    "study": Text(en="Study of the card", nl="Onderzoek van de kaart"),
    "claimed": Text(en="Claimed", nl="Beloofd"),
    "measured": Text(en="Measured", nl="Gemeten"),
    "verdict": Text(en="Verdict", nl="Oordeel"),
    "within": Text(en="claim lies within the interval", nl="belofte ligt binnen het interval"),
    "below_claim": Text(en="measured below the claim", nl="gemeten onder de belofte"),
    "above_claim": Text(en="measured above the claim", nl="gemeten boven de belofte"),
    "unknown": Text(en="no interval: not known", nl="geen interval: niet bekend"),
    "truth": Text(en="Where labels are from", nl="Waar labels vandaan zijn"),
    "label_source": Text(en="source", nl="bron"),
    "label_strength": Text(en="strength", nl="sterkte"),
    "ai_visible": Text(en="AI visible", nl="AI zichtbaar"),
    "what": Text(en="What", nl="Wat"),
    "wrong": Text(en="Errors", nl="Fouten"),
    "case": Text(en="Case", nl="Geval"),
    "false_positives": Text(en="False positive", nl="Fout-positief"),
    "false_negatives": Text(en="False negative", nl="Fout-negatief"),
    "first": Text(en="First", nl="Eerste"),
    "second": Text(en="Second", nl="Tweede"),
    "difference": Text(en="Second less first", nl="Tweede min eerste"),
    "p": Text(en="p (McNemar exact, DeLong)", nl="p (McNemar exact, DeLong)"),
    "not_worse": Text(en="Not worse by more than {margin}", nl="Niet meer dan {margin} slechter"),
    "yes": Text(en="yes", nl="ja"),
    "no": Text(en="no, or not certain", nl="nee, of niet zeker"),
    "no_margin": Text(en="no margin", nl="geen marge"),
    "compared": Text(
        en="{cases} cases that both analysed, {diseased} with the disease; not analysed: {first} by the first, "
        "{second} by the second; in one table alone: {left_out}.",
        nl="{cases} gevallen die beide analyseerden, {diseased} met de ziekte; niet geanalyseerd: {first} door "
        "de eerste, {second} door de tweede; in één tabel alleen: {left_out}.",
    ),
    "flips": Text(en="Cases on which they differ", nl="Gevallen waarop zij verschillen"),
    "change": Text(en="Change", nl="Verandering"),
    "gained": Text(en="second right", nl="tweede goed"),
    "lost": Text(en="first right", nl="eerste goed"),
    "table_of": Text(en="Table", nl="Tabel"),
    "page": Text(en="Page", nl="Pagina"),
    "limits": Text(en="Limits", nl="Beperkingen"),
}
DEVIATIONS: Mapping[str, Text] = {
    "no_hash": Text(
        en="Nobody gave the hash under which the plan was frozen: that it was not changed since is not shown.",
        nl="Niemand gaf de hash waaronder het plan is vastgelegd: dat het sindsdien niet is gewijzigd, is niet "
        "aangetoond.",
    ),
    "plan_changed": Text(
        en="The plan was changed after it was frozen: {expected} then, {found} now.",
        nl="Het plan is gewijzigd nadat het was vastgelegd: toen {expected}, nu {found}.",
    ),
    "other_version": Text(
        en="Planned was version {planned}; the scores are of version {found}.",
        nl="Gepland was versie {planned}; de scores zijn van versie {found}.",
    ),
    "fewer_cases": Text(
        en="{found} cases included, {planned} planned.", nl="{found} gevallen opgenomen, {planned} gepland."
    ),
    "more_cases": Text(
        en="{found} cases included, {planned} planned.", nl="{found} gevallen opgenomen, {planned} gepland."
    ),
    "not_run": Text(
        en="{count} included cases were not given to the app.",
        nl="{count} opgenomen gevallen zijn niet aan de app gegeven.",
    ),
    "reference_missing": Text(
        en="{count} answered cases have no truth.", nl="{count} beantwoorde gevallen hebben geen waarheid."
    ),
    "nothing_stated": Text(
        en="Subgroup {column} was planned and is stated for no case: nothing is shown of it.",
        nl="Deelgroep {column} was gepland en is voor geen geval vermeld: er wordt niets van getoond.",
    ),
}
# Limits that statistics state in English, and how they read in Dutch.
LIMITS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), dutch)
    for pattern, dutch in (
        (r"(\w+): no case of that kind", r"\1: geen geval van die soort"),
        (r"no case of that kind", "geen geval van die soort"),
        (
            r"(\w+): a cell of the table is empty: no interval of a ratio",
            r"\1: een cel van de tabel is leeg: geen interval",
        ),
        (r"a cell of the table is empty: no interval of a ratio", "een cel van de tabel is leeg: geen interval"),
        (
            r"a cell of the table is empty: interval of counts with .*",
            "een cel van de tabel is leeg: interval van tellingen met elk een half z-kwadraat erbij (aangepaste logit)",
        ),
        (r"fewer than two cases of a class: no variance", "minder dan twee gevallen van een klasse: geen variantie"),
        (r"every score is the same: no interval", "elke score is gelijk: geen interval"),
        (r"every score is the same: nothing is told apart", "elke score is gelijk: niets wordt onderscheiden"),
        (
            r"the classes do not overlap: interval of independent pairs, not DeLong's",
            "de klassen overlappen niet: interval van onafhankelijke paren, niet van DeLong",
        ),
        (
            r"the classes do not overlap, or all probabilities are equal",
            "de klassen overlappen niet, of alle kansen zijn gelijk",
        ),
        (
            r"both order the cases alike: the difference has no variance",
            "beide ordenen de gevallen gelijk: het verschil heeft geen variantie",
        ),
        (r"(\d+) cases, and the plan asks for (\d+)", r"\1 gevallen, en het plan vraagt er \2"),
        # As reports say that were kept earlier.
        (r"(\d+) cases in its smaller class are few", r"weinig: \1 in de kleinste klasse"),
        (r"few: (\d+) in its smaller class", r"weinig: \1 in de kleinste klasse"),
        (
            r"(\d+) comparisons with the other cases: .*",
            (
                r"\1 vergelijkingen met de andere gevallen: door toeval alleen heeft ongeveer een op twintig "
                r"p onder 0,05; de p "
                r"is naar hun aantal gecorrigeerd (Holm), intervallen niet"
            ),
        ),
    )
)


def limit_in(said: str, language: str) -> str:
    """Say a limit in a language; one without Dutch words stays English, so that nothing is lost."""
    if language != "nl":
        return said
    return next((match.expand(dutch) for pattern, dutch in LIMITS if (match := pattern.fullmatch(said))), said)
