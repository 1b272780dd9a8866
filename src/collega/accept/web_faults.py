"""Why there is no answer over DICOMweb: what was seen, and what to do; braces are filled from the settings."""

from collections.abc import Mapping

from collega.model.code import Text
from collega.model.peer import Fault

WEB_FAULTS: Mapping[Fault, tuple[Text, Text]] = {
    Fault.UNKNOWN_HOST: (
        Text(en="the name in {url} is not known here", nl="de naam in {url} is hier niet bekend"),
        Text(
            en="Correct pacs.dicomweb_url, or ask the network administrator for the address of the PACS.",
            nl="Verbeter pacs.dicomweb_url, of vraag de netwerkbeheerder het adres van het PACS.",
        ),
    ),
    Fault.NO_CONNECTION: (
        Text(en="nobody listens at {url} ({detail})", nl="niemand luistert op {url} ({detail})"),
        Text(
            en="Check pacs.dicomweb_url with the PACS administrator; ask whether the DICOMweb service runs.",
            nl="Controleer pacs.dicomweb_url met de PACS-beheerder; vraag of de DICOMweb-dienst draait.",
        ),
    ),
    Fault.NO_ANSWER: (
        Text(en="{url} does not answer ({detail})", nl="{url} antwoordt niet ({detail})"),
        Text(
            en="Ask the network administrator to open {url} for this machine ({own_host}).",
            nl="Vraag de netwerkbeheerder {url} open te zetten voor deze machine ({own_host}).",
        ),
    ),
    Fault.ABORTED: (
        Text(en="{url} ends the connection ({detail})", nl="{url} verbreekt de verbinding ({detail})"),
        Text(
            en="Check that pacs.dicomweb_url names a web service, with http:// or https:// as it speaks.",
            nl="Controleer of pacs.dicomweb_url een webdienst noemt, met http:// of https:// zoals die spreekt.",
        ),
    ),
    Fault.UNTRUSTED: (
        Text(en="{url} is not trusted: {detail}", nl="{url} wordt niet vertrouwd: {detail}"),
        Text(
            en="Nothing was sent. Do what the line says; never switch the check of certificates off.",
            nl="Er is niets verstuurd. Doe wat de regel zegt; zet de controle van certificaten nooit uit.",
        ),
    ),
    Fault.UNAUTHORISED: (
        Text(en="{url} does not let us in: {detail}", nl="{url} laat ons niet toe: {detail}"),
        Text(
            en="Ask the PACS administrator for a token or a password, and put it into its file.",
            nl="Vraag de PACS-beheerder om een token of wachtwoord, en zet dat in het bestand.",
        ),
    ),
    Fault.NO_SERVICE: (
        Text(en="no DICOMweb at {url}: {detail}", nl="geen DICOMweb op {url}: {detail}"),
        Text(
            en="Correct pacs.dicomweb_url: the part before /studies, of the server itself and not of a page to log in.",
            nl="Verbeter pacs.dicomweb_url: het deel vóór /studies, van de server zelf en niet van een inlogpagina.",
        ),
    ),
}
