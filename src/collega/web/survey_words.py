"""The fixed words of surveys, in Dutch and English."""

from collections.abc import Mapping

from collega.model.code import Text

SURVEY_WORDS: Mapping[str, Text] = {
    "survey_begin": Text(en="Begin", nl="Begin"),
    "survey_next": Text(en="Next", nl="Volgende"),
    "survey_pass": Text(en="No answer", nl="Geen antwoord"),
    "survey_question": Text(en="Question", nl="Vraag"),
    "survey_of": Text(en="of at most", nl="van hoogstens"),
    "survey_until": Text(en="Open up to and including", nl="Open tot en met"),
    "survey_anonymous": Text(
        en="Your answers are anonymous. Nothing is kept of who you are, of when you answered, or of which link you "
        "used. Figures about fewer than five people are shown to nobody.",
        nl="Uw antwoorden zijn anoniem. Er wordt niet bewaard wie u bent, wanneer u antwoordde of welke link u "
        "gebruikte. Cijfers over minder dan vijf mensen krijgt niemand te zien.",
    ),
    "survey_once": Text(
        en="This link works once. Stay on this phone: each answer is saved, and you can go on here later.",
        nl="Deze link werkt één keer. Blijf op deze telefoon: elk antwoord wordt bewaard, en u kunt hier later verder.",
    ),
    "survey_unknown": Text(
        en="This link leads nowhere. Look whether it is complete, or scan the code again.",
        nl="Deze link leidt nergens heen. Kijk of hij volledig is, of scan de code opnieuw.",
    ),
    "survey_used": Text(
        en="This link has been used. If it was you, go on here, on the phone or computer on which you began.",
        nl="Deze link is al gebruikt. Was u dat zelf, ga dan hier verder, op de telefoon of computer waarop u begon.",
    ),
    "survey_go_on": Text(en="Go on", nl="Ga verder"),
    "survey_closed": Text(en="This survey is closed.", nl="Deze enquête is gesloten."),
    "survey_not_here": Text(
        en="This phone has not begun this survey. Open your own link first.",
        nl="Op deze telefoon is deze enquête niet begonnen. Open eerst uw eigen link.",
    ),
    "survey_thanks": Text(en="Thank you. All your answers are saved.", nl="Dank u. Al uw antwoorden zijn bewaard."),
    "survey_come_back": Text(
        en="Come back to this page on this phone after the closing day to see the result.",
        nl="Kom na de sluitingsdag op deze telefoon terug naar deze pagina om de uitslag te zien.",
    ),
    "survey_wrong": Text(en="This is no answer to this question.", nl="Dit is geen antwoord op deze vraag."),
    "survey_several": Text(en="Choose as many as you like.", nl="Kies er zoveel als u wilt."),
    "survey_rank": Text(
        en="Give 1 to what matters most, then 2, and so on; leave out what does not matter.",
        nl="Geef 1 aan het belangrijkste, dan 2, enzovoort; laat weg wat er niet toe doet.",
    ),
    "survey_open": Text(
        en="Do not write names: what you write is read as it stands.",
        nl="Schrijf geen namen: wat u schrijft, wordt gelezen zoals het er staat.",
    ),
    "surveys": Text(en="Surveys", nl="Enquêtes"),
    "surveys_none": Text(
        en="No survey yet: collega survey open starts one.", nl="Nog geen enquête: collega survey open begint er een."
    ),
    "survey_name": Text(en="Survey", nl="Enquête"),
    "survey_opened": Text(en="Opened", nl="Geopend"),
    "survey_last_day": Text(en="Last day", nl="Laatste dag"),
    "survey_tickets": Text(en="Invited", nl="Uitgenodigd"),
    "survey_begun": Text(en="Begun", nl="Begonnen"),
    "survey_done": Text(en="Done", nl="Klaar"),
    "survey_state": Text(en="State", nl="Stand"),
    "survey_is_open": Text(en="open: figures after closing", nl="open: cijfers na sluiting"),
    "survey_is_closed": Text(en="closed", nl="gesloten"),
    "survey_result": Text(en="Result", nl="Uitslag"),
    "survey_people": Text(en="people answered", nl="mensen antwoordden"),
    "survey_answer": Text(en="Answer", nl="Antwoord"),
    "survey_count": Text(en="Count", nl="Aantal"),
    "survey_share": Text(en="Share (95% interval)", nl="Aandeel (95%-interval)"),
    "survey_not_told": Text(en="not told", nl="niet verteld"),
    "survey_few": Text(
        en="Not told: fewer than five people, or it would follow from the rest.",
        nl="Niet verteld: minder dan vijf mensen, of het zou uit de rest volgen.",
    ),
    "survey_groups": Text(en="Groups", nl="Groepen"),
    "survey_group_pair": Text(en="Groups held against each other", nl="Vergeleken groepen"),
    "survey_ratio": Text(en="Ratio (95% interval)", nl="Verhouding (95%-interval)"),
    "survey_todo": Text(en="What to do", nl="Wat te doen"),
    "survey_named": Text(en="Named by", nl="Genoemd door"),
    "survey_action": Text(en="Action", nl="Actie"),
    "survey_owner": Text(en="Who, by when", nl="Wie, wanneer"),
}
