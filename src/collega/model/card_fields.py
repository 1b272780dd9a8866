"""The fields of a card: what public registers and the CHAI Applied Model Card (v0.2) ask of an app, as a table.

Sources: Health AI Register (radiology); van Leeuwen and others, Eur Radiol 2021, 31:3797 (levels of efficacy after
Fryback and Thornbury); van Leeuwen and others, Insights Imaging 2024, 15:51 (six parts of an intended use); MDR
(EU) 2017/745 annex VI C (UDI); Coalition for Health AI, mc-schema v0.2. Which field comes from where stands in
``docs/reference/card-toml.md``.
"""

from typing import Any

from collega.model.card import CardField, Kind
from collega.model.code import Text

SECTIONS: dict[str, Text] = {
    "maker": Text(en="Maker", nl="Maker"),
    "mark": Text(en="Marks", nl="Keurmerken"),
    "intended_use": Text(en="Intended use", nl="Beoogd gebruik"),
    "limits": Text(en="Limits and risks", nl="Grenzen en risico's"),
    "training": Text(en="What it was taught on", nl="Waarop het is getraind"),
    "evaluation": Text(en="Evidence", nl="Bewijs"),
    "studies": Text(en="Studies", nl="Studies"),
    "price": Text(en="Price", nl="Prijs"),
    "technical": Text(en="Technical", nl="Techniek"),
    "upkeep": Text(en="Upkeep", nl="Onderhoud"),
    "privacy": Text(en="Security and privacy", nl="Beveiliging en privacy"),
}
NO_CE, NO_FDA = ("mark.ce_class", "none"), ("mark.fda_pathway", "none")
PRICES = "price.models"
FREE, IN_KIND = "free months", "contribution in kind"


def _field(key: str, kind: Kind, en: str, nl: str, **more: Any) -> CardField:  # noqa: ANN401 - fields of the record
    return CardField(key=key, kind=kind, label=Text(en=en, nl=nl), **more)


FIELDS: tuple[CardField, ...] = (
    _field("maker.name", Kind.TEXT, "name", "naam"),
    _field("maker.contact", Kind.TEXT, "contact", "contact"),
    _field("maker.country", Kind.TEXT, "country", "land"),
    _field("maker.website", Kind.TEXT, "website", "website"),
    _field("maker.released", Kind.DATE, "this version released", "deze versie uitgebracht"),
    _field("maker.funding", Kind.TEXT, "who paid for the development", "wie de ontwikkeling betaalde"),
    _field(
        "mark.ce_class",
        Kind.CHOICE,
        "CE class",
        "CE-klasse",
        choices=("none", "I", "IIa", "IIb", "III", "A", "B", "C", "D"),
    ),
    _field(
        "mark.ce_regulation", Kind.CHOICE, "regulation", "verordening", choices=("MDR", "MDD", "IVDR"), unless=NO_CE
    ),
    _field("mark.ce_certificate", Kind.TEXT, "CE certificate number", "nummer CE-certificaat", unless=NO_CE),
    _field("mark.ce_notified_body", Kind.TEXT, "notified body", "aangemelde instantie", unless=NO_CE),
    _field("mark.ce_issued", Kind.DATE, "CE certificate of", "CE-certificaat van", unless=NO_CE),
    _field("mark.ce_valid_until", Kind.DATE, "CE certificate valid until", "CE-certificaat geldig tot", unless=NO_CE),
    _field("mark.udi_di", Kind.TEXT, "UDI-DI", "UDI-DI", unless=NO_CE),
    _field("mark.basic_udi_di", Kind.TEXT, "Basic UDI-DI", "Basis-UDI-DI", unless=NO_CE),
    _field("mark.fda_pathway", Kind.CHOICE, "FDA pathway", "FDA-route", choices=("none", "510(k)", "De Novo", "PMA")),
    _field("mark.fda_number", Kind.TEXT, "FDA number", "FDA-nummer", unless=NO_FDA),
    _field("mark.fda_date", Kind.DATE, "FDA decision of", "FDA-besluit van", unless=NO_FDA),
    _field("intended_use.indication", Kind.BOTH, "indication", "indicatie"),
    _field("intended_use.modality", Kind.WORDS, "modality", "modaliteit"),
    _field("intended_use.body_part", Kind.WORDS, "body part", "lichaamsdeel"),
    _field("intended_use.population", Kind.BOTH, "population", "populatie"),
    _field("intended_use.age_years", Kind.RANGE, "age in years", "leeftijd in jaren"),
    _field("intended_use.sex", Kind.CHOICES, "sex", "geslacht", choices=("F", "M", "O")),
    _field("intended_use.users", Kind.BOTH, "users", "gebruikers"),
    _field("intended_use.environment", Kind.BOTH, "environment", "omgeving"),
    _field("intended_use.operating_principle", Kind.BOTH, "operating principle", "werkingsprincipe"),
    _field("intended_use.workflow", Kind.BOTH, "place in the work", "plaats in het werk"),
    _field("limits.contraindications", Kind.BOTH, "not to be used for", "niet te gebruiken voor"),
    _field("limits.known", Kind.BOTH, "known limits", "bekende grenzen"),
    _field("limits.bias", Kind.BOTH, "known bias", "bekende vertekening"),
    _field("limits.risk", Kind.BOTH, "what an error does", "wat een fout doet"),
    _field("training.method", Kind.TEXT, "method", "methode"),
    _field("training.source", Kind.TEXT, "source of the data", "herkomst van de data"),
    _field("training.countries", Kind.WORDS, "countries", "landen"),
    _field("training.years", Kind.RANGE, "years of the data", "jaren van de data"),
    _field("training.scanners", Kind.WORDS, "scanners", "scanners"),
    _field("training.n", Kind.NUMBER, "studies", "onderzoeken"),
    _field("training.labels_source", Kind.BOTH, "reference labels from", "referentielabels van"),
    _field("training.readers_per_case", Kind.NUMBER, "readers per case", "beoordelaars per geval"),
    _field(
        "training.agreement_statistic", Kind.TEXT, "their agreement, measured as", "hun overeenstemming, gemeten als"
    ),
    _field("training.agreement", Kind.NUMBER, "their agreement", "hun overeenstemming"),
    _field("training.against_bias", Kind.TEXT, "done against bias", "gedaan tegen vertekening"),
    _field("evaluation.level", Kind.CHOICE, "evidence level", "bewijsniveau", choices=tuple("0123456")),
    _field("evaluation.summary", Kind.BOTH, "evidence in words", "bewijs in woorden"),
    _field("evaluation.subgroups", Kind.TEXT, "measured apart for", "apart gemeten voor"),
    _field("studies.name", Kind.BOTH, "study", "studie"),
    _field("studies.setting", Kind.TEXT, "setting and patients", "setting en patiënten"),
    _field("studies.n", Kind.NUMBER, "cases", "gevallen"),
    _field("studies.positives", Kind.NUMBER, "with the finding", "met de bevinding"),
    _field("studies.sensitivity", Kind.ESTIMATE, "sensitivity (95 % interval)", "sensitiviteit (95 %-interval)"),
    _field("studies.specificity", Kind.ESTIMATE, "specificity (95 % interval)", "specificiteit (95 %-interval)"),
    _field("studies.auc", Kind.ESTIMATE, "AUC (95 % interval)", "AUC (95 %-interval)"),
    _field("studies.peer_reviewed", Kind.FLAG, "peer-reviewed", "collegiaal getoetst"),
    _field(
        "studies.citation", Kind.TEXT, "citation, or the command that makes it", "bron, of de opdracht die het maakt"
    ),
    _field("studies.independent", Kind.FLAG, "independent of the maker", "onafhankelijk van de maker"),
    _field(
        PRICES,
        Kind.CHOICES,
        "price model",
        "prijsmodel",
        choices=("free", "fixed", "per study", "tiered", FREE, IN_KIND),
    ),
    _field("price.amount", Kind.TEXT, "amount", "bedrag"),
    _field("price.free_months", Kind.NUMBER, "free months", "gratis maanden", only_if=(PRICES, FREE)),
    _field("price.in_kind", Kind.TEXT, "contribution in kind", "bijdrage in natura", only_if=(PRICES, IN_KIND)),
    _field("technical.inputs", Kind.BOTH, "inputs", "invoer"),
    _field("technical.outputs", Kind.BOTH, "outputs", "uitvoer"),
    _field(
        "technical.seconds_p50", Kind.NUMBER, "seconds for a study, half within", "seconden per onderzoek, helft binnen"
    ),
    _field(
        "technical.seconds_p95", Kind.NUMBER, "seconds for a study, 95 % within", "seconden per onderzoek, 95 % binnen"
    ),
    _field("technical.measured_by", Kind.TEXT, "time measured by", "tijd gemeten door"),
    _field("technical.integration", Kind.WORDS, "integration", "integratie"),
    _field("technical.deployment", Kind.CHOICES, "deployment", "plaatsing", choices=("on premises", "cloud", "hybrid")),
    _field("technical.languages", Kind.WORDS, "languages", "talen"),
    _field("upkeep.updates", Kind.TEXT, "how it is updated", "hoe het wordt bijgewerkt"),
    _field("upkeep.monitoring", Kind.TEXT, "how the maker watches it", "hoe de maker het bewaakt"),
    _field("privacy.data_goes_to", Kind.BOTH, "where the data goes", "waar de data heen gaat"),
    _field("privacy.kept", Kind.TEXT, "what is kept, and how long", "wat bewaard wordt, en hoe lang"),
    _field("privacy.security", Kind.TEXT, "security", "beveiliging"),
    _field("privacy.patient_told", Kind.TEXT, "what patients are told", "wat patiënten wordt verteld"),
)

# Fryback and Thornbury, Med Decis Making 1991, 11:88, as van Leeuwen and others use them; 0 where there is nothing.
LEVELS: dict[str, Text] = {
    "0": Text(en="no evidence", nl="geen bewijs"),
    "1": Text(
        en="technical efficacy: it does what it was built to do", nl="technisch: het doet waarvoor het is gebouwd"
    ),
    "2": Text(en="diagnostic accuracy of the app alone", nl="diagnostische nauwkeurigheid van de app alleen"),
    "3": Text(en="effect on what readers conclude", nl="effect op wat beoordelaars concluderen"),
    "4": Text(en="effect on treatment", nl="effect op de behandeling"),
    "5": Text(en="effect on how patients fare", nl="effect op hoe het patiënten vergaat"),
    "6": Text(en="effect on society: costs and benefits", nl="effect op de samenleving: kosten en baten"),
}
