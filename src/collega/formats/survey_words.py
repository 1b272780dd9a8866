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
    "survey_paper": Text(en="Report on paper (PDF)", nl="Verslag op papier (PDF)"),
    "survey_table": Text(en="Figures as a table (CSV)", nl="Cijfers als tabel (CSV)"),
    "survey_refused": Text(en="Not done", nl="Niet gedaan"),
    "survey_remind": Text(en="Remind", nl="Herinneren"),
    "survey_remind_how": Text(
        en="collega knows of a link whether it was used, not who has it. Give all links that were printed when the "
        "survey was opened, one a line; those not used come back, with words to send along. Once a day, and only once "
        "five have begun. Where people drew their links from a box, hang up the words instead.",
        nl="collega weet van een link of hij gebruikt is, niet wie hem heeft. Geef alle links die bij het openen zijn "
        "afgedrukt, één per regel; de ongebruikte komen terug, met woorden om mee te sturen. Eén keer per dag, en pas "
        "als er vijf begonnen zijn. Hebben mensen hun link uit een doos getrokken, hang dan de woorden op.",
    ),
    "survey_all_links": Text(en="All links, one a line", nl="Alle links, één per regel"),
    "survey_pick": Text(en="Show the unused ones", nl="Toon de ongebruikte"),
    "survey_unused": Text(en="were not used", nl="zijn niet gebruikt"),
    "survey_were_used": Text(en="were used", nl="zijn gebruikt"),
    "survey_no_links": Text(en="lines are no links of this survey", nl="regels zijn geen link van deze enquête"),
    "survey_words_along": Text(en="Words to send along", nl="Woorden om mee te sturen"),
    "survey_unused_links": Text(en="Unused links", nl="Ongebruikte links"),
    "survey_chi": Text(en="Groups differ, chi-squared", nl="Groepen verschillen, chi-kwadraat"),
    "survey_trends": Text(en="What changed", nl="Wat veranderde"),
    "survey_waves": Text(en="From - to", nl="Van - tot"),
    "survey_before": Text(en="before", nl="ervoor"),
    "survey_after": Text(en="after", nl="erna"),
    "survey_change": Text(en="change in points (95% interval)", nl="verandering in punten (95%-interval)"),
    "survey_worked": Text(en="Did it work", nl="Hielp het"),
    "survey_worked_yes": Text(en="yes, it is named less", nl="ja, het wordt minder genoemd"),
    "survey_worked_no": Text(en="no, it is named more", nl="nee, het wordt vaker genoemd"),
    "survey_worked_unclear": Text(en="unclear, the interval holds nought", nl="onduidelijk, het interval bevat nul"),
    "survey_who": Text(en="Who", nl="Wie"),
    "survey_when": Text(en="By when", nl="Wanneer klaar"),
    "survey_save": Text(en="Save", nl="Opslaan"),
    "survey_action_open": Text(en="not begun", nl="niet begonnen"),
    "survey_action_under_way": Text(en="under way", nl="bezig"),
    "survey_action_done": Text(en="done", nl="gedaan"),
    "survey_action_dropped": Text(en="dropped", nl="vervallen"),
    "survey_by_group": Text(en="By group", nl="Per groep"),
    "survey_written": Text(en="Written", nl="Gemaakt"),
    "survey_page": Text(en="page", nl="bladzijde"),
    "survey_groups": Text(en="Groups", nl="Groepen"),
    "survey_group_pair": Text(en="Groups held against each other", nl="Vergeleken groepen"),
    "survey_ratio": Text(en="Ratio (95% interval)", nl="Verhouding (95%-interval)"),
    "survey_todo": Text(en="What to do", nl="Wat te doen"),
    "survey_named": Text(en="Named by", nl="Genoemd door"),
    "survey_action": Text(en="Action", nl="Actie"),
    "survey_owner": Text(en="Who, by when", nl="Wie, wanneer"),
}
