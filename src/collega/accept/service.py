"""Steps on collega's own parts: database, scanners' clocks, apps, web, the DICOM port."""

from collega.accept.findings import Found, fail, passed, warn
from collega.accept.visit import Visit
from collega.formats.local import minute
from collega.model.acceptance import StepOutcome
from collega.model.code import Text
from collega.model.peer import Fault, Greeting

INSTANCE_AVAILABILITY = "1.2.840.10008.5.1.4.33"
MOST_OFFSET_S = 1.0
MOST_AHEAD_S = 2.0
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


def database(visit: Visit) -> Found:
    """Compare the database's clock with this machine's."""
    facts = visit.database
    kind = Text(en="embedded", nl="ingebed") if facts.embedded else Text(en="the site's own", nl="van de site zelf")
    measured = f"{facts.offset_s:+.3f} s"
    if abs(facts.offset_s) > MOST_OFFSET_S:
        return fail(
            Text(
                en=f"PostgreSQL {facts.version}: its clock differs from this machine's",
                nl=f"PostgreSQL {facts.version}: de klok verschilt van die van deze machine",
            ),
            Text(en="Synchronise both machines.", nl="Synchroniseer beide machines."),
            measured,
        )
    return passed(f"PostgreSQL {facts.version}, {kind.en}", f"PostgreSQL {facts.version}, {kind.nl}", measured)


def scanners(visit: Visit) -> Found:
    """Look for scanners whose studies begin after they arrive."""
    rows = visit.database.scanners
    if not rows:
        return Found(
            outcome=StepOutcome.NOT_TRIED,
            said=Text(en="no study has come in the last days", nl="er kwam de laatste dagen geen onderzoek binnen"),
            advice=Text(
                en="Check again when studies come in.", nl="Controleer opnieuw als er onderzoeken binnenkomen."
            ),
        )
    ahead = [row for row in rows if row.smallest_s < -MOST_AHEAD_S]
    least = min(rows, key=lambda row: row.smallest_s)
    measured = f"{least.smallest_s:.0f} s"
    if ahead:
        names = ", ".join(f"{row.caller} {row.station}".strip() + f" ({-row.smallest_s:.0f} s)" for row in ahead)
        return warn(
            Text(en=f"clock ahead of ours: {names}", nl=f"klok loopt voor op de onze: {names}"),
            Text(
                en="Ask for these scanners to follow the hospital's time server: waiting times are wrong by as much.",
                nl="Laat deze scanners de tijdserver van het ziekenhuis volgen: wachttijden zijn zoveel verkeerd.",
            ),
            measured,
        )
    return passed(
        f"{len(rows)} senders, none ahead of our clock",
        f"{len(rows)} afzenders, geen loopt voor op onze klok",
        measured,
    )


def apps(visit: Visit) -> Found:
    """Say of each app whether it keeps the contract, and how far it is trusted."""
    listed = ", ".join(f"{app.id} {app.version} ({app.stage})" for app in visit.apps)
    broken = [problem for app in visit.apps for problem in app.problems]
    if broken:
        return fail(
            Text(en="; ".join(broken), nl="; ".join(broken)),
            Text(en="collega apps check APP says more.", nl="collega apps check APP zegt meer."),
        )
    if not visit.apps:
        return warn(
            Text(en="no app is installed", nl="er is geen app geïnstalleerd"),
            Text(en="Name folders of apps in the setting apps.", nl="Noem mappen met apps in de instelling apps."),
        )
    return passed(listed, listed, f"{len(visit.apps)}")


def web(visit: Visit) -> Found:
    """Pages are for this machine alone until they are encrypted and ask who you are."""
    host = visit.arranged.web_host
    if host not in LOOPBACK:
        return warn(
            Text(en="pages can be opened from other machines", nl="pagina's zijn vanaf andere machines te openen"),
            Text(
                en='Set web.host = "127.0.0.1" and put a proxy with TLS and a login before it.',
                nl='Stel web.host = "127.0.0.1" in en zet er een proxy met TLS en aanmelding voor.',
            ),
            host,
        )
    return passed("from this machine alone", "alleen vanaf deze machine", host)


def receiver(visit: Visit) -> Found:
    """Send a C-ECHO to our own DICOM port, by its name."""
    arranged = visit.arranged
    where = f"{arranged.calling_aet} {arranged.dicom_host}:{arranged.dicom_port}"
    if not visit.database.receiver:
        return warn(
            Text(en="collega serve does not run on this database", nl="collega serve draait niet op deze database"),
            Text(en="Start it and check again.", nl="Start het en controleer opnieuw."),
            where,
        )
    if not visit.database.worker:
        return warn(
            Text(en="no worker is alive: what comes in would wait", nl="er leeft geen worker: alles zou wachten"),
            Text(en="Look at the log of collega serve.", nl="Bekijk het log van collega serve."),
            where,
        )
    greeting = visit.own.greet(())
    if greeting.fault is Fault.CALLING_AET and arranged.peers:
        return passed(
            "answers, and turns away who is not in dicom.peers",
            "antwoordt, en weigert wie niet in dicom.peers staat",
            where,
        )
    if greeting.fault is not None or greeting.echo_status != 0:
        return fail(
            Text(en=f"no C-ECHO: {greeting.detail}", nl=f"geen C-ECHO: {greeting.detail}"),
            Text(
                en="Look at the log of collega serve; is it this machine's?",
                nl="Bekijk het log van collega serve; draait het op deze machine?",
            ),
            where,
        )
    return passed("answers C-ECHO", "antwoordt op C-ECHO", where)


def peers(visit: Visit) -> Found:
    """Judge who may send: a list, with the PACS on it."""
    arranged = visit.arranged
    names = {peer.partition("@")[0] for peer in arranged.peers}
    if not names and arranged.dicom_host not in LOOPBACK:
        return warn(
            Text(en="every AE title may send", nl="elke AE-titel mag sturen"),
            Text(en="List the senders in dicom.peers.", nl="Noem de afzenders in dicom.peers."),
        )
    if names and arranged.pacs_aet not in names:
        return warn(
            Text(
                en=f"the PACS ({arranged.pacs_aet}) is not in dicom.peers",
                nl=f"het PACS ({arranged.pacs_aet}) staat niet in dicom.peers",
            ),
            Text(
                en="Add it: otherwise its images and its commitment reports are turned away.",
                nl="Voeg het toe: anders worden zijn beelden en commitment-berichten geweigerd.",
            ),
            f"{len(names)}",
        )
    if not names:
        return passed("loopback alone", "alleen loopback", arranged.dicom_host)
    return passed("listed, the PACS among them", "genoemd, het PACS ook", f"{len(names)}")


def site(visit: Visit) -> Found:
    """Say under which name and in which language the site speaks to clinicians."""
    arranged = visit.arranged
    measured = f"{arranged.site or '-'}, {arranged.language}"
    if not arranged.site:
        return warn(
            Text(en="the site has no name", nl="de site heeft geen naam"),
            Text(en="Set site.name; it stands on this report.", nl="Stel site.name in; die staat op dit rapport."),
            measured,
        )
    return passed("texts in Dutch and English are there", "teksten in Nederlands en Engels zijn er", measured)


def unended(visit: Visit) -> Found:
    """Find earlier checks that were cut short, whose test patient may still stand in the PACS."""
    rows = visit.database.unended
    if not rows:
        return passed("every earlier check has ended", "elke eerdere controle is afgerond")
    en, nl = (
        ", ".join(f"{run} ({accession}, {minute(at, language)} UTC)" for run, at, accession in rows)
        for language in ("en", "nl")
    )
    return warn(
        Text(en=f"cut short: {en}", nl=f"afgebroken: {nl}"),
        Text(
            en="Take back what they may have left: collega site take-back --run KEY, with the key in front.",
            nl="Trek in wat er nog kan staan: collega site take-back --run SLEUTEL, de sleutel staat vooraan.",
        ),
        f"{len(rows)}",
    )


def availability(visit: Visit) -> Found:
    """Ask the peer of Instance Availability Notification whether it takes notifications of ours; it is sent none."""
    arranged = visit.arranged
    greeting = visit.told.greet([INSTANCE_AVAILABILITY]) if visit.told else Greeting(fault=Fault.NO_CONNECTION)
    if greeting.fault is None and INSTANCE_AVAILABILITY in greeting.accepted:
        return passed(f"{arranged.ian_aet} takes them", f"{arranged.ian_aet} neemt ze aan")
    why = greeting.detail or (greeting.fault.value if greeting.fault else "it offers no such service")
    return fail(
        Text(
            en=f"{arranged.ian_aet} cannot be told: {why}",
            nl=f"{arranged.ian_aet} is niet te bereiken voor meldingen: {why}",
        ),
        Text(
            en=f"Ask those who run it to take Instance Availability Notification from {arranged.calling_aet}.",
            nl=f"Vraag de beheerder Instance Availability Notification van {arranged.calling_aet} aan te nemen.",
        ),
    )
