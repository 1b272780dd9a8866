"""The words of a business case, in Dutch and English: figures, accounts, lines, inputs, labels."""

from collections.abc import Mapping

from collega.model.code import Text


def _t(en: str, nl: str) -> Text:
    return Text(en=en, nl=nl)


# The label that every number carries.
SOURCES: Mapping[str, Text] = {
    "measured": _t("measured", "gemeten"),
    "literature": _t("literature", "literatuur"),
    "expert": _t("assumed", "aangenomen"),
    "": _t("computed", "berekend"),
}
ACCOUNTS: Mapping[str, Text] = {
    "hospital": _t("hospital", "ziekenhuis"),
    "radiology_group": _t("radiology group", "maatschap radiologie"),
    "emergency_department": _t("emergency department", "spoedeisende hulp"),
    "other_department": _t("other department", "andere afdeling"),
    "insurer": _t("insurer", "verzekeraar"),
    "patient_society": _t("patient and society", "patiënt en samenleving"),
    "vendor": _t("vendor", "leverancier"),
    "resources": _t("(hours, machines, care)", "(uren, machines, zorg)"),
}
ROLES: Mapping[str, Text] = {
    "radiologist": _t("radiologist", "radioloog"),
    "resident": _t("resident", "arts-assistent"),
    "radiographer": _t("radiographer", "laborant"),
    "administrator": _t("administrator", "beheerder"),
    "emergency_physician": _t("emergency physician", "SEH-arts"),
    "requester": _t("requester", "aanvrager"),
    "called": _t("on call", "dienst"),
}
LINES: Mapping[str, Text] = {
    "time": _t("minutes of reading", "leesminuten"),
    "waiting": _t("waiting for the app", "wachten op de app"),
    "rule_out": _t("studies not read", "niet gelezen onderzoeken"),
    "calls": _t("calls at night", "telefoontjes in de nacht"),
    "calls_emergency": _t("more work at night", "meer werk in de nacht"),
    "misses": _t("missed findings", "gemiste bevindingen"),
    "false_positives": _t("work-up for nothing", "vervolgonderzoek voor niets"),
    "care": _t("care saved", "bespaarde zorg"),
    "price_per_year": _t("price a year", "prijs per jaar"),
    "price_per_study": _t("price per study", "prijs per onderzoek"),
    "price_tiers": _t("price by tiers", "prijs in staffels"),
    "in_kind": _t("contribution in kind", "bijdrage in natura"),
    "integration_once": _t("integration", "koppeling"),
    "hardware_once": _t("hardware", "hardware"),
    "approval_once": _t("approval", "goedkeuring"),
    "training_once": _t("training, once", "scholing, eenmalig"),
    "other_once": _t("other set-up", "overige opzet"),
    "validation_once": _t("validation hours", "validatie-uren"),
    "cloud_per_year": _t("cloud", "cloud"),
    "platform_per_year": _t("share of the platform", "aandeel in het platform"),
    "training_per_year": _t("training", "scholing"),
    "other_per_year": _t("other costs", "overige kosten"),
    "monitoring_per_year": _t("monitoring hours", "uren voor bewaking"),
    "feedback_per_year": _t("feedback hours", "uren voor terugkoppeling"),
    "exit": _t("exit", "beëindiging"),
    "vendor_per_study": _t("vendor: each study", "leverancier: per onderzoek"),
    "vendor_support_per_year": _t("vendor: support", "leverancier: ondersteuning"),
    "vendor_link": _t("vendor: links", "leverancier: koppelingen"),
    "vendor_validation": _t("vendor: validation", "leverancier: validatie"),
}
SECTIONS: Mapping[str, Text] = {
    "population": _t("population", "populatie"),
    "adoption": _t("adoption", "gebruik"),
    "accuracy": _t("accuracy", "nauwkeurigheid"),
    "roles": _t("time", "tijd"),
    "rule_out": _t("filter", "filter"),
    "calls": _t("calls", "telefoontjes"),
    "quality": _t("quality", "kwaliteit"),
    "care": _t("care", "zorg"),
    "price": _t("price", "prijs"),
    "costs": _t("costs", "kosten"),
    "vendor": _t("vendor", "leverancier"),
}
# Parts of the names of inputs, the longest first where one begins another.
INPUTS: Mapping[str, Text] = {
    "volume_per_year": _t("studies a year", "onderzoeken per jaar"),
    "growth_per_year": _t("growth a year", "groei per jaar"),
    "share_night": _t("share at night", "aandeel 's nachts"),
    "prevalence": _t("prevalence", "prevalentie"),
    "share_eligible": _t("share suitable", "aandeel geschikt"),
    "share_processed": _t("share processed", "aandeel verwerkt"),
    "share_in_time": _t("share in time", "aandeel op tijd"),
    "shares": _t("use in the last year of the table", "gebruik in het laatste jaar van de tabel"),
    "tier": _t("per study, in the tier", "per onderzoek, in de staffel"),
    "share_max": _t("highest use", "hoogste gebruik"),
    "steepness_per_year": _t("steepness", "steilheid"),
    "midpoint_year": _t("year of half use", "jaar van half gebruik"),
    "sensitivity_app": _t("sensitivity of the app", "sensitiviteit van de app"),
    "specificity_app": _t("specificity of the app", "specificiteit van de app"),
    "sensitivity_before": _t("sensitivity before", "sensitiviteit ervoor"),
    "specificity_before": _t("specificity before", "specificiteit ervoor"),
    "sensitivity_after": _t("sensitivity after", "sensitiviteit erna"),
    "specificity_after": _t("specificity after", "specificiteit erna"),
    "money_per_hour": _t("cost of an hour", "kosten per uur"),
    "share_cashable": _t("share of freed time that is money", "aandeel vrijgekomen tijd dat geld is"),
    "minutes_before": _t("minutes before", "minuten ervoor"),
    "minutes_after": _t("minutes after", "minuten erna"),
    "minutes_waited": _t("minutes waited", "minuten gewacht"),
    "share_automated": _t("share not read", "aandeel niet gelezen"),
    "share_audited": _t("share audited", "aandeel gecontroleerd"),
    "minutes_reading": _t("minutes of reading", "leesminuten"),
    "minutes_confirming": _t("minutes of confirming", "minuten bevestigen"),
    "per_night_study_before": _t("per study of the night, before", "per onderzoek in de nacht, ervoor"),
    "per_night_study_after": _t("per study of the night, after", "per onderzoek in de nacht, erna"),
    "minutes_per_call": _t("minutes per call", "minuten per telefoontje"),
    "money_per_hour_night": _t("cost of an hour at night", "kosten per uur 's nachts"),
    "money_per_disturbance": _t("cost of a disturbance", "kosten van een verstoring"),
    "minutes_added_emergency": _t("minutes added in emergency care", "extra minuten op de SEH"),
    "money_per_miss": _t("cost of a miss", "kosten van een gemiste bevinding"),
    "money_per_false_positive": _t("cost of a false positive", "kosten van een fout-positief"),
    "qaly_per_miss": _t("QALYs lost by a miss", "QALY's verloren door een gemiste bevinding"),
    "qaly_per_false_positive": _t("QALYs lost by a false positive", "QALY's verloren door een fout-positief"),
    "money_per_qaly": _t("worth of a QALY", "waarde van een QALY"),
    "money_saved_per_study": _t("saved on each study", "bespaard per onderzoek"),
    "money_fixed_per_year": _t("a year", "per jaar"),
    "money_per_study": _t("per study", "per onderzoek"),
    "money_in_kind_per_year": _t("in kind, a year", "in natura, per jaar"),
    "free_months": _t("free months", "gratis maanden"),
    "money_integration_once": _t("integration", "koppeling"),
    "money_hardware_once": _t("hardware", "hardware"),
    "money_approval_once": _t("approval", "goedkeuring"),
    "money_training_once": _t("training, once", "scholing, eenmalig"),
    "money_other_once": _t("other set-up", "overige opzet"),
    "money_exit_once": _t("exit", "beëindiging"),
    "money_cloud_per_year": _t("cloud, a year", "cloud, per jaar"),
    "money_platform_per_year": _t("share of the platform, a year", "aandeel in het platform, per jaar"),
    "money_training_per_year": _t("training, a year", "scholing, per jaar"),
    "money_other_per_year": _t("other, a year", "overig, per jaar"),
    "validation_hours_once": _t("validation hours", "validatie-uren"),
    "monitoring_hours_per_year": _t("monitoring hours a year", "uren bewaking per jaar"),
    "feedback_hours_per_year": _t("feedback hours a year", "uren terugkoppeling per jaar"),
    "money_per_staff_hour": _t("cost of a staff hour", "kosten per uur eigen personeel"),
    "money_support_per_year": _t("support a year", "ondersteuning per jaar"),
    "link_hours_once": _t("hours for links", "uren voor koppelingen"),
}
WORDS: Mapping[str, Text] = {
    "paper": _t("Business case", "Businesscase"),
    "price_volume": _t("Price of a year, by number of studies", "Prijs van een jaar, naar aantal onderzoeken"),
    "price_month": _t("Price added up by month of use", "Prijs opgeteld per maand van gebruik"),
    "price_lead": _t(
        "Free months are not charged, what comes in kind is taken off, the share of the platform stays in the house.",
        "Gratis maanden tellen niet, een bijdrage in natura gaat eraf, het aandeel in het platform blijft in huis.",
    ),
    "price_after": _t("after month", "na maand"),
    "price_studies": _t("studies", "aantal"),
    "price_fixed": _t("fixed", "vast"),
    "price_per_study": _t("per study", "per onderzoek"),
    "price_tiers": _t("tiers", "staffel"),
    "price_in_kind": _t("in kind", "in natura"),
    "price_platform": _t("platform", "platform"),
    "price_total": _t("together", "samen"),
    "price_by_study": _t("for each study", "voor elk onderzoek"),
    "digest": _t("Digest of last month (PDF)", "Overzicht van vorige maand (PDF)"),
    "board": _t("Value", "Waarde"),
    "vendors_view": _t("As the vendor sees it", "Zoals de leverancier het ziet"),
    "vendors_lead": _t(
        "Prices for each study. What links and validation cost the vendor stands in the lines above; it weighs most "
        "where there are few studies.",
        "Prijzen per onderzoek. Wat koppelingen en validatie de leverancier kosten staat in de regels hierboven; dat "
        "weegt het zwaarst waar weinig onderzoeken zijn.",
    ),
    "hospital_type": _t("Type of hospital", "Type ziekenhuis"),
    "studies_a_year": _t("Studies a year", "Onderzoeken per jaar"),
    "lowest_price": _t("Vendor breaks even at", "Leverancier speelt quitte bij"),
    "highest_price": _t("House breaks even at", "Huis speelt quitte bij"),
    "possible": _t("A price for both", "Een prijs voor beide"),
    "vendors_value": _t("Vendor's value at the price of the case", "Waarde leverancier bij de prijs van de case"),
    "edit": _t("Change the numbers", "Getallen wijzigen"),
    "pays": _t("Pays", "Verdient zich terug"),
    "does_not_pay": _t("Does not pay", "Verdient zich niet terug"),
    "learning": _t(
        "Bought to learn: judged by what is learned, not by its return alone.",
        "Gekocht om te leren: beoordeeld op wat geleerd wordt, niet alleen op de opbrengst.",
    ),
    "problem": _t("The problem", "Het probleem"),
    "goal": _t("The goal", "Het doel"),
    "kpi": _t("figure", "maat"),
    "baseline": _t("now", "nu"),
    "target": _t("target", "doel"),
    "by": _t("by", "voor"),
    "guard": _t("what must not get worse", "wat niet slechter mag worden"),
    "who": _t("Who it is about", "Om wie het gaat"),
    "figures": _t("What it comes to", "Waar het op uitkomt"),
    "terms": _t(
        "prices of {prices}, {years} years, costs discounted by {costs}, for: {perspective}",
        "prijzen van {prices}, {years} jaar, kosten verdisconteerd met {costs}, voor: {perspective}",
    ),
    "npv": _t("net present value", "netto contante waarde"),
    "interval": _t("95 % of draws from {low} to {high}", "95 % van de trekkingen van {low} tot {high}"),
    "p_positive": _t("probability that it is positive", "kans dat die positief is"),
    "roi": _t("return on costs of {costs}", "rendement op kosten van {costs}"),
    "bcr": _t("benefits to costs", "baten gedeeld door kosten"),
    "payback": _t("payback (years)", "terugverdientijd (jaren)"),
    "irr": _t("internal rate of return", "interne rentevoet"),
    "volume": _t("break-even volume a year (running costs)", "break-even aantal per jaar (lopende kosten)"),
    "volume_setup": _t("break-even volume a year (with set-up)", "break-even aantal per jaar (met opzet)"),
    "price": _t("break-even price per study", "break-even prijs per onderzoek"),
    "adoption": _t("break-even use", "break-even gebruik"),
    "all_cash": _t("if every freed minute were money", "als elke vrijgekomen minuut geld was"),
    "no_cash": _t("if no freed minute were money", "als geen vrijgekomen minuut geld was"),
    "delay": _t("cost of a delay (years: {years})", "kosten van {years} jaar uitstel"),
    "qalys": _t("health, apart (QALYs)", "gezondheid, apart (QALY's)"),
    "never": _t("never", "nooit"),
    "none": _t("none", "geen"),
    "no_price": _t("not even for nothing", "ook gratis niet"),
    "waterfall": _t("From benefits and costs to the value", "Van baten en kosten naar de waarde"),
    "ledger": _t("Who pays and who gains", "Wie betaalt en wie ontvangt"),
    "each": _t("Every line of the ledger", "Elke regel van het grootboek"),
    "line": _t("line", "regel"),
    "payer": _t("from", "van"),
    "beneficiary": _t("to", "naar"),
    "value": _t("value", "waarde"),
    "label": _t("source", "bron"),
    "account": _t("who", "wie"),
    "paid": _t("pays", "betaalt"),
    "received": _t("receives", "ontvangt"),
    "net": _t("is left with", "houdt over"),
    "not_gain": _t("{who} pays but does not gain.", "{who} betaalt maar wint er niet bij."),
    "side": _t(
        "Would settle it: {payer} pays {taker} {amount}.", "Zou het oplossen: {payer} betaalt {taker} {amount}."
    ),
    "short": _t(
        "No side payment settles it: {amount} are missing.", "Geen verrekening lost het op: er ontbreekt {amount}."
    ),
    "hours": _t(
        "Hours freed in the last year, by role (negative: more work)",
        "Uren vrij in het laatste jaar, per rol (negatief: meer werk)",
    ),
    "sure": _t("How sure it is", "Hoe zeker het is"),
    "draws": _t("{draws} draws, seed {seed}.", "{draws} trekkingen, startgetal {seed}."),
    "tornado": _t(
        "What moves the value most: one input low, and high", "Wat de waarde het meest beweegt: één getal laag, en hoog"
    ),
    "fan": _t(
        "Money gathered by the end of each year, as it is worth today",
        "Opgebouwd geld aan het eind van elk jaar, naar de waarde van nu",
    ),
    "year": _t("year", "jaar"),
    "next": _t("What to measure next", "Wat hierna te meten"),
    "worth": _t("knowing it is worth up to", "het weten is ten hoogste waard"),
    "nothing_next": _t(
        "Knowing any one of these numbers better would not change the decision.",
        "Geen van deze getallen beter kennen zou de beslissing veranderen.",
    ),
    "inputs": _t("Every number, with its source", "Elk getal, met zijn bron"),
    "input": _t("input", "getal"),
    "low_high": _t("low to high", "laag tot hoog"),
    "origin": _t("who says so", "wie dat zegt"),
    "date": _t("date", "datum"),
    "doubts": _t("Doubts", "Twijfels"),
    "computed": _t(
        "Figures on this page are computed; the weakest number behind them is: {label}.",
        "De uitkomsten hier zijn berekend; het zwakste getal erachter is: {label}.",
    ),
    "page": _t("page", "pagina"),
    "lead": _t(
        "What each app brings, to whom, and how sure that is.", "Wat elke app oplevert, voor wie, en hoe zeker dat is."
    ),
    "pdf": _t("on paper (PDF)", "op papier (PDF)"),
    "to_needs": _t("Where could AI help, and baselines", "Waar AI zou kunnen helpen, en nulmetingen"),
    "xlsx": _t("as a spreadsheet (XLSX)", "als rekenblad (XLSX)"),
    "case": _t("case", "casus"),
    "verdict": _t("verdict", "oordeel"),
    "no_cases": _t(
        "No case yet: name the folder of your cases in value.cases.",
        "Nog geen casus: noem de map met uw casussen in value.cases.",
    ),
    "faulty": _t("cannot be read", "niet te lezen"),
    "together": _t("The portfolio", "Het portfolio"),
    "losers": _t("how many pay but do not gain", "hoeveel betalen maar er niet bij winnen"),
    "platform": _t("the platform costs", "het platform kost"),
    "alone": _t("value alone", "waarde alleen"),
    "share": _t("share of the platform", "aandeel in het platform"),
    "taken": _t("taken", "gekozen"),
    "costs": _t("costs", "kosten"),
    "per_cost": _t("value per {unit} of costs", "waarde per {unit} kosten"),
    "why_left": _t("why not", "waarom niet"),
    "nothing_fits": _t(
        "Nothing is taken: no set of these cases brings more than it costs within the budget.",
        "Er is niets gekozen: geen combinatie van deze casussen brengt binnen het budget meer op dan zij kost.",
    ),
    "budget_told": _t(
        "Budget {budget}: what is taken costs {costs}, {left} is left.",
        "Budget {budget}: wat gekozen is kost {costs}, er blijft {left} over.",
    ),
    "no_budget": _t(
        "No budget is set: everything that is worth its costs is taken, for {costs}.",
        "Er is geen budget opgegeven: alles wat zijn kosten waard is, is gekozen, voor {costs}.",
    ),
    "budget_binds": _t("The budget forgoes {beyond}.", "Door het budget blijft {beyond} liggen."),
    "budget_enough": _t("A larger budget would bring nothing more.", "Een groter budget zou niets meer opleveren."),
    "yes": _t("yes", "ja"),
    "no": _t("no", "nee"),
    "sum": _t("the rest", "de rest"),
}


LEFT: Mapping[str, Text] = {
    "": _t("", ""),
    "no_value": _t("brings less than it costs", "brengt minder op dan het kost"),
    "platform": _t("together they do not carry the platform", "samen dragen zij het platform niet"),
    "no_room": _t("does not fit the budget, not even alone", "past niet in het budget, ook niet alleen"),
    "dearer": _t("others bring more within the budget", "andere brengen binnen het budget meer op"),
}


def word(table: Mapping[str, Text], key: str, language: str) -> str:
    """Give a word of a table; the key itself where it has none."""
    return table[key].in_language(language) if key in table else key


def input_words(key: str, language: str) -> str:
    """Name an input, such as ``roles.radiologist.minutes_after_fp``."""
    section, _, rest = key.partition(".")
    role, _, name = rest.rpartition(".")
    cell = next((end for end in ("_tp", "_fp", "_fn", "_tn") if name.endswith(end)), "")
    parts = [word(ROLES, role, language) if role else word(SECTIONS, section, language)]
    plain, _, place = name.removesuffix(cell).partition("tier_")
    parts.append(f"{word(INPUTS, 'tier', language)} {place}" if place else word(INPUTS, plain, language))
    return ": ".join(parts) + (f" ({cell[1:].upper()})" if cell else "")


def line_words(name: str, language: str) -> str:
    """Name a line of the ledger, such as ``time.radiologist``."""
    kind, _, role = name.partition(".")
    said = word(LINES, kind, language)
    return f"{said}, {word(ROLES, role, language)}" if role else said
