"""The sentences of the catalogue, in plain Dutch and English; ``{braces}`` are filled from manifest and card."""

from collections.abc import Mapping
from dataclasses import dataclass

from collega.model.app import Stage
from collega.model.code import Text
from collega.model.runtime import Way


@dataclass(frozen=True, kw_only=True, slots=True)
class Role:
    """Somebody who meets an app: what to do with its word, and which parts of the card they need."""

    id: str
    name: Text
    advice: tuple[Text, ...]
    sections: tuple[str, ...]


ROLES: tuple[Role, ...] = (
    Role(
        id="radiologist",
        name=Text(en="Radiologist", nl="Radioloog"),
        advice=(
            Text(
                en="Its word is one more pair of eyes. Look at the images yourself, and decide.",
                nl="Haar woord is een extra paar ogen. Bekijk de beelden zelf, en beslis.",
            ),
            Text(
                en="'Nothing found' means: nothing of {sought} above its threshold. It is no normal report.",
                nl="'Niets gevonden' betekent: niets van {sought} boven haar drempel. Het is geen normaal verslag.",
            ),
            Text(
                en="A score is not a probability unless the card says that it is calibrated.",
                nl="Een score is geen kans, tenzij de kaart zegt dat zij geijkt is.",
            ),
            Text(
                en="'Not suitable' and 'failed' say nothing of the patient: read as without the app.",
                nl="'Niet geschikt' en 'mislukt' zeggen niets over de patiënt: beoordeel als zonder de app.",
            ),
        ),
        sections=("intended_use", "limits", "training", "evaluation", "mark"),
    ),
    Role(
        id="radiographer",
        name=Text(en="Radiographer", nl="Radiodiagnostisch laborant"),
        advice=(
            Text(
                en="Make the images as always. The app takes what it is made for by itself, and names the rest.",
                nl="Maak de beelden zoals altijd. De app neemt zelf waarvoor zij is gemaakt, en noemt de rest.",
            ),
            Text(
                en="'Not suitable' names what it misses in the images. Do not repeat a scan for the app alone.",
                nl="'Niet geschikt' noemt wat zij in de beelden mist. Herhaal geen scan alleen voor de app.",
            ),
            Text(
                en="Where it finds something you may warn the radiologist. You give no result to the patient.",
                nl="Vindt zij iets, dan mag u de radioloog waarschuwen. U geeft de patiënt geen uitslag.",
            ),
        ),
        sections=("intended_use", "technical"),
    ),
    Role(
        id="emergency-physician",
        name=Text(en="Emergency physician", nl="SEH-arts"),
        advice=(
            Text(
                en="Something found: look at the images, and call the radiologist as your agreement says.",
                nl="Iets gevonden: bekijk de beelden, en bel de radioloog zoals afgesproken.",
            ),
            Text(
                en="Nothing found is no all-clear: the app looks for {sought}, and for nothing else.",
                nl="Niets gevonden is geen vrijgeleide: de app zoekt naar {sought}, en naar niets anders.",
            ),
            Text(
                en="In doubt call, whatever the app says. What you see in the patient weighs heavier.",
                nl="Bel bij twijfel, wat de app ook zegt. Wat u aan de patiënt ziet, weegt zwaarder.",
            ),
            Text(
                en="No word yet is no word: do not wait for the app if the patient cannot.",
                nl="Nog geen woord is geen woord: wacht niet op de app als de patiënt niet kan wachten.",
            ),
        ),
        sections=("intended_use", "limits"),
    ),
    Role(
        id="referring-doctor",
        name=Text(en="Referring doctor", nl="Aanvragend arts"),
        advice=(
            Text(
                en="The radiologist's report is the result. The word of the app beside it is none.",
                nl="Het verslag van de radioloog is de uitslag. Het woord van de app ernaast is dat niet.",
            ),
            Text(
                en="Where the two differ, the radiologist has seen both. Ask if you need to know why.",
                nl="Waar de twee verschillen, heeft de radioloog beide gezien. Vraag ernaar als u wilt weten waarom.",
            ),
        ),
        sections=("intended_use", "limits"),
    ),
    Role(
        id="manager",
        name=Text(en="Manager", nl="Manager"),
        advice=(
            Text(
                en="A CE mark lets it be sold. Whether it helps here you see by the evidence and by measuring.",
                nl="Met een CE-markering mag zij verkocht worden. Of zij hier helpt, tonen bewijs en metingen.",
            ),
            Text(
                en="Ask the maker for what the card leaves open, before a contract is signed.",
                nl="Vraag de maker wat de kaart open laat, voordat een contract getekend wordt.",
            ),
        ),
        sections=("maker", "mark", "evaluation", "price", "technical", "upkeep", "privacy"),
    ),
    Role(
        id="patient",
        name=Text(en="Patient", nl="Patiënt"),
        advice=(
            Text(
                en="A computer program looks along with your images. A doctor looks at all of them and decides.",
                nl="Een computerprogramma kijkt mee met uw beelden. Een arts bekijkt ze allemaal en beslist.",
            ),
            Text(
                en="You may say that you do not want this. It does not change your care. Tell your doctor.",
                nl="U mag zeggen dat u dit niet wilt. Uw zorg verandert er niet door. Zeg het uw arts.",
            ),
            Text(
                en="You get your result from your doctor, not from the program.",
                nl="U krijgt de uitslag van uw arts, niet van het programma.",
            ),
        ),
        sections=("privacy",),
    ),
)

WAYS: Mapping[Way, Text] = {
    Way.AUTOMATIC: Text(
        en="It looks at every study that suits it, without anyone's doing.",
        nl="Zij bekijkt elk onderzoek dat bij haar past, zonder dat iemand iets doet.",
    ),
    Way.ON_DEMAND: Text(
        en="Its word is kept ready, and shown when a reader asks for it.",
        nl="Haar woord ligt klaar, en wordt getoond als een beoordelaar erom vraagt.",
    ),
    Way.OWN_SCREEN: Text(
        en="It has a screen of its own, which is opened from the study.",
        nl="Zij heeft een eigen scherm, dat vanuit het onderzoek wordt geopend.",
    ),
}
WAY_NAMES: Mapping[Way, Text] = {
    Way.AUTOMATIC: Text(en="automatic", nl="vanzelf"),
    Way.ON_DEMAND: Text(en="on demand", nl="op verzoek"),
    Way.OWN_SCREEN: Text(en="own screen", nl="eigen scherm"),
}
STAGES: Mapping[Stage, Text] = {
    Stage.OFF: Text(en="It is switched off here.", nl="Zij staat hier uit."),
    Stage.SHADOW: Text(
        en="Here it runs in the shadow: nobody sees what it says, and it changes nothing.",
        nl="Hier draait zij in de schaduw: niemand ziet wat zij zegt, en zij verandert niets.",
    ),
    Stage.PILOT: Text(
        en="Here it is in a pilot: it is seen, and it does not change the order of work.",
        nl="Hier is zij in een proef: men ziet haar, en zij verandert de volgorde van het werk niet.",
    ),
    Stage.LIVE: Text(en="Here it is in use.", nl="Hier is zij in gebruik."),
    Stage.SUSPENDED: Text(en="It has been silenced here.", nl="Zij is hier tot zwijgen gebracht."),
}
STAGE_NAMES: Mapping[Stage, Text] = {
    Stage.OFF: Text(en="off", nl="uit"),
    Stage.SHADOW: Text(en="shadow", nl="schaduw"),
    Stage.PILOT: Text(en="pilot", nl="proef"),
    Stage.LIVE: Text(en="live", nl="in gebruik"),
    Stage.SUSPENDED: Text(en="suspended", nl="opgeschort"),
}
LOOKS_FOR = Text(en="It looks for {sought}, and for nothing else.", nl="Zij zoekt naar {sought}, en naar niets anders.")
MANY = Text(en="{n} findings, among them {names}", nl="{n} bevindingen, waaronder {names}")
DEMONSTRATION = Text(
    en="It is a demonstration: no patient may be treated by its word.",
    nl="Zij is een demonstratie: geen patiënt mag op haar woord behandeld worden.",
)
SIMULATOR = Text(
    en="It is a simulator: it looks at no image, and plays back a record with errors put in on purpose.",
    nl="Zij is een simulator: zij bekijkt geen beeld, en speelt af wat is vastgelegd, met opzettelijke fouten.",
)
WITHHELD: Mapping[str, Text] = {
    "may_prioritise": Text(
        en="It may not move a study forward in the list.", nl="Zij mag een onderzoek niet naar voren halen in de lijst."
    ),
    "may_rule_out": Text(
        en="It may not say that nothing was found.", nl="Zij mag niet zeggen dat er niets is gevonden."
    ),
    "may_localise": Text(en="It may not show where.", nl="Zij mag niet aanwijzen waar."),
}
SCORE_FROM_WORD = Text(
    en="made from its word, present or absent, where the app gives no number",
    nl="gemaakt van haar woord, aanwezig of afwezig, waar de app geen getal geeft",
)
SCORE_FROM_WORD_MEANS = Text(
    en="Where it gives no number, its score is made from its word: then 100 is 'present' and 0 'absent', and it tells "
    "nothing of how sure the app is.",
    nl="Waar zij geen getal geeft, is haar score gemaakt van haar woord: dan is 100 'aanwezig' en 0 'afwezig', en zegt "
    "zij niets over hoe zeker de app is.",
)
NO_CARD = Text(
    en="There is no card: its maker tells nothing of where it is weak.",
    nl="Er is geen kaart: haar maker vertelt niets over waar zij zwak is.",
)
UNTOLD: Mapping[str, Text] = {
    "limits.known": Text(en="Where it is weak: {word}.", nl="Waar zij zwak is: {word}."),
    "limits.contraindications": Text(en="What it is not for: {word}.", nl="Waarvoor zij niet is: {word}."),
}
NOT_FOR = Text(en="Not for: {text}.", nl="Niet voor: {text}.")
BIAS = Text(en="Known bias: {text}", nl="Bekende vertekening: {text}")
SENSITIVE = Text(
    en="{name}: of 100 cases with the finding it finds {share} (95% interval {low} to {high}).",
    nl="{name}: van 100 gevallen met de bevinding vindt zij er {share} (95%-interval {low} tot {high}).",
)
SPECIFIC = Text(
    en="{name}: of 100 cases without the finding it calls {share} wrongly (95% interval {low} to {high}).",
    nl="{name}: van 100 gevallen zonder de bevinding noemt zij {share} ten onrechte (95%-interval {low} tot {high}).",
)
LEVEL = Text(en="Evidence level {level} of 6: {meaning}.", nl="Bewijsniveau {level} van 6: {meaning}.")
LABELS = Text(
    en="Taught by labels from {source}; readers per case: {readers}; their agreement: {agreement}.",
    nl="Getraind op labels van {source}; beoordelaars per geval: {readers}; hun overeenstemming: {agreement}.",
)
DISCLOSURES: Mapping[str, Text] = {
    "not disclosed": Text(en="not disclosed", nl="niet bekendgemaakt"),
    "missing": Text(en="not filled in", nl="niet ingevuld"),
    "not applicable": Text(en="does not apply", nl="niet van toepassing"),
    "not measured": Text(en="not measured", nl="niet gemeten"),
}
# Words of a card that stand for a choice; what is not here is shown as the maker wrote it.
CHOICES: Mapping[str, Text] = {
    "none": Text(en="none", nl="geen"),
    "free": Text(en="free", nl="gratis"),
    "fixed": Text(en="fixed", nl="vast"),
    "per study": Text(en="per study", nl="per onderzoek"),
    "tiered": Text(en="tiered", nl="in staffels"),
    "free months": Text(en="free months", nl="gratis maanden"),
    "contribution in kind": Text(en="contribution in kind", nl="bijdrage in natura"),
    "on premises": Text(en="on premises", nl="in huis"),
    "cloud": Text(en="cloud", nl="cloud"),
    "hybrid": Text(en="hybrid", nl="hybride"),
}
YES_NO = {True: Text(en="yes", nl="ja"), False: Text(en="no", nl="nee")}
