"""The fixed words of the pages on which people sign in, in Dutch and English."""

from collections.abc import Mapping

from collega.model.code import Text

PEOPLE_WORDS: Mapping[str, Text] = {
    "open_mode": Text(
        en="Nobody signs in here: for development and demonstrations on this machine alone, not for patients.",
        nl="Hier meldt niemand zich aan: alleen om te ontwikkelen en te tonen op deze machine, niet voor patiënten.",
    ),
    "sign_in": Text(en="Sign in", nl="Aanmelden"),
    "sign_out": Text(en="Sign out", nl="Afmelden"),
    "lock": Text(en="Lock", nl="Vergrendelen"),
    "unlock": Text(en="Unlock", nl="Ontgrendelen"),
    "me": Text(en="My account", nl="Mijn account"),
    "name": Text(en="Account name", nl="Accountnaam"),
    "full_name": Text(en="Your name", nl="Uw naam"),
    "password": Text(en="Password", nl="Wachtwoord"),
    "password_or_pin": Text(en="Password or PIN", nl="Wachtwoord of pincode"),
    "old_password": Text(en="Present password", nl="Huidig wachtwoord"),
    "new_password": Text(en="New password", nl="Nieuw wachtwoord"),
    "pin": Text(en="PIN", nl="Pincode"),
    "pin_means": Text(
        en="A PIN of 6 to 12 digits unlocks a page on which you are signed in. It does not sign in.",
        nl="Een pincode van 6 tot 12 cijfers ontgrendelt een pagina waarop u bent aangemeld; u meldt er niet mee aan.",
    ),
    "code": Text(en="Code of your authenticator", nl="Code van uw authenticator"),
    "code_or_recovery": Text(en="Code, or a recovery code", nl="Code, of een herstelcode"),
    "by_hospital": Text(en="Sign in with", nl="Aanmelden met"),
    "wrong": Text(
        en="Name, password or code is not right. A code counts once: wait for the next one.",
        nl="Naam, wachtwoord of code klopt niet. Een code telt één keer: wacht op de volgende.",
    ),
    "paused": Text(
        en="Too many wrong tries. Wait a while, and try again.",
        nl="Te vaak verkeerd. Wacht even en probeer het opnieuw.",
    ),
    "no_role": Text(
        en="The hospital knows you, but collega does not: none of your groups has a role here.",
        nl="Het ziekenhuis kent u, maar collega niet: geen van uw groepen heeft hier een rol.",
    ),
    "hospital_failed": Text(
        en="Signing in with the hospital's account did not succeed. Try again.",
        nl="Aanmelden met het ziekenhuisaccount is niet gelukt. Probeer het opnieuw.",
    ),
    "no_accounts": Text(
        en="There is no account yet. Open the set-up link that collega printed when it started, or ask for one with",
        nl="Er is nog geen account. Open de installatielink die collega bij het starten gaf, of vraag er een met",
    ),
    "locked": Text(en="Locked", nl="Vergrendeld"),
    "locked_means": Text(
        en="Nobody has touched this page for a while. Your work is still there.",
        nl="Niemand heeft deze pagina een tijd aangeraakt. Uw werk staat er nog.",
    ),
    "wrong_word": Text(en="That is not right.", nl="Dat klopt niet."),
    "other_person": Text(en="Somebody else? Sign out.", nl="Iemand anders? Meld af."),
    "set_up": Text(en="Set up your account", nl="Uw account instellen"),
    "set_up_first": Text(
        en="This makes the first administrator, who lets others in.",
        nl="Hiermee maakt u de eerste beheerder, die anderen toegang geeft.",
    ),
    "set_up_gone": Text(
        en="This link does not count any more. Ask your administrator for a new one.",
        nl="Deze link is niet meer geldig. Vraag uw beheerder om een nieuwe.",
    ),
    "password_means": Text(
        en="At least 12 characters; a sentence is fine. No rules on digits or signs.",
        nl="Minstens 12 tekens; een zin mag. Geen regels over cijfers of leestekens.",
    ),
    "scan": Text(
        en="Scan this with the authenticator on your phone, then type the code that it shows.",
        nl="Scan dit met de authenticator op uw telefoon en typ de code die hij toont.",
    ),
    "or_type": Text(en="Or type this key into it:", nl="Of typ deze sleutel erin:"),
    "optional": Text(en="(may be left empty)", nl="(mag leeg blijven)"),
    "recovery": Text(en="Recovery codes", nl="Herstelcodes"),
    "recovery_means": Text(
        en="Each stands in for your authenticator once. Keep them in a safe place: they are not shown again.",
        nl="Elk vervangt één keer uw authenticator. Bewaar ze goed: ze worden niet opnieuw getoond.",
    ),
    "go_on": Text(en="Go on", nl="Verder"),
    "fault_short": Text(en="The password is shorter than 12 characters.", nl="Het wachtwoord is korter dan 12 tekens."),
    "fault_long": Text(en="The password is longer than 128 characters.", nl="Het wachtwoord is langer dan 128 tekens."),
    "fault_common": Text(
        en="That password is one of those that everybody tries first.",
        nl="Dat wachtwoord is een van de eerste die iedereen probeert.",
    ),
    "fault_named": Text(
        en="The password is little more than a name.", nl="Het wachtwoord is weinig meer dan een naam."
    ),
    "fault_pin": Text(
        en="A PIN has 6 to 12 digits, not all the same and not in a row.",
        nl="Een pincode heeft 6 tot 12 cijfers, niet allemaal gelijk en niet op een rij.",
    ),
    "fault_code": Text(en="That is not the code of this moment.", nl="Dat is niet de code van dit moment."),
    "fault_name": Text(
        en="An account name has letters, digits, dots and hyphens; a name has 1 to 80 characters.",
        nl="Een accountnaam heeft letters, cijfers, punten en streepjes; een naam heeft 1 tot 80 tekens.",
    ),
    "fault_taken": Text(en="There is such an account already.", nl="Dat account bestaat al."),
    "fault_wrong": Text(en="The present password is not right.", nl="Het huidige wachtwoord klopt niet."),
    "kept_now": Text(
        en="It is kept; your other sessions have ended.", nl="Het is bewaard; uw andere sessies zijn beëindigd."
    ),
    "signed_in_as": Text(en="Signed in as", nl="Aangemeld als"),
    "role": Text(en="Role", nl="Rol"),
    "sessions": Text(en="Where I am signed in", nl="Waar ik ben aangemeld"),
    "since": Text(en="Since", nl="Sinds"),
    "last_seen": Text(en="Last used", nl="Laatst gebruikt"),
    "from_where": Text(en="From", nl="Vanaf"),
    "this_one": Text(en="this one", nl="deze"),
    "end_session": Text(en="End", nl="Beëindigen"),
    "accounts": Text(en="Accounts", nl="Accounts"),
    "add_account": Text(en="Add an account", nl="Account toevoegen"),
    "set_up_link": Text(
        en="Give this link to its person. It counts once, for a day, and is not shown again:",
        nl="Geef deze link aan de persoon. Hij telt één keer, een dag lang, en wordt niet opnieuw getoond:",
    ),
    "state_of_account": Text(en="State", nl="Toestand"),
    "state_ready": Text(en="ready", nl="in gebruik"),
    "state_not set up": Text(en="not set up", nl="niet ingesteld"),
    "state_disabled": Text(en="disabled", nl="uitgeschakeld"),
    "disable": Text(en="Disable", nl="Uitschakelen"),
    "enable": Text(en="Enable", nl="Inschakelen"),
    "reset": Text(en="Reset", nl="Herstellen"),
    "change_roles": Text(en="Change roles", nl="Rollen wijzigen"),
    "break_glass": Text(en="Emergency access", nl="Noodtoegang"),
    "break_means": Text(
        en="For the care of a patient you can have the rights of another role for {minutes} minutes. "
        "The privacy officer reads who did so, and why.",
        nl="Voor de zorg aan een patiënt kunt u {minutes} minuten de rechten van een andere rol hebben. "
        "De functionaris gegevensbescherming leest wie dat deed, en waarom.",
    ),
    "break_reason": Text(en="Why you need it now", nl="Waarom u het nu nodig hebt"),
    "break_fault": Text(en="Give a reason of 10 to 500 characters.", nl="Geef een reden van 10 tot 500 tekens."),
    "break_do": Text(en="Take emergency access", nl="Noodtoegang nemen"),
    "broken_glass": Text(en="Emergency accesses", nl="Noodtoegangen"),
    "till": Text(en="Until", nl="Tot"),
    "reviewed": Text(en="Reviewed", nl="Beoordeeld"),
    "review": Text(en="Reviewed", nl="Beoordeeld"),
    "none_broken": Text(en="Nobody has taken emergency access.", nl="Niemand heeft noodtoegang genomen."),
    "glass_holds": Text(en="Emergency access until", nl="Noodtoegang tot"),
}
