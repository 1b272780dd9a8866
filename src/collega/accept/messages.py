"""Steps on messages with RIS and EHR: connections are opened and closed again, and nothing is sent."""

from collega.accept.findings import Found, fail, passed, warn
from collega.accept.visit import Visit
from collega.model.code import Text

OWN_PORT = ""


def listening(visit: Visit) -> Found:
    """Connect to our own port for messages."""
    where = visit.arranged.hl7_address
    if not where:
        return passed("no messages are taken (hl7.port = 0)", "er worden geen berichten aangenomen (hl7.port = 0)", "-")
    if not visit.database.receiver:
        return warn(
            Text(en="collega serve does not run on this database", nl="collega serve draait niet op deze database"),
            Text(en="Start it and check again.", nl="Start het en controleer opnieuw."),
            where,
        )
    problem = visit.reach(OWN_PORT)
    if problem:
        return fail(
            Text(en=f"no connection: {problem}", nl=f"geen verbinding: {problem}"),
            Text(
                en="Look at the log of collega serve for the role links; hl7.host and hl7.port say where it listens.",
                nl="Bekijk het log van collega serve voor de rol links; hl7.host en hl7.port zeggen waar het luistert.",
            ),
            where,
        )
    return passed("takes connections", "neemt verbindingen aan", where)


def destinations(visit: Visit) -> Found:
    """Connect to each destination of messages."""
    names = [name for name, _ in visit.arranged.destinations]
    if not names:
        return passed("no destination is set", "er is geen bestemming ingesteld", "-")
    found = {name: visit.reach(name) for name in names}
    problems = [f"{name}: {problem}" for name, problem in found.items() if problem]
    measured = f"{len(names) - len(problems)} / {len(names)}"
    if problems:
        told = "; ".join(problems)
        return fail(
            Text(en=f"no connection to {told}", nl=f"geen verbinding met {told}"),
            Text(
                en="Ask those who keep it: does it listen there, does a firewall let this machine through, is the "
                "certificate known? Else correct hl7.destinations.",
                nl="Vraag de beheerder: luistert het daar, laat een firewall deze machine door, is het certificaat "
                "bekend? Verbeter anders hl7.destinations.",
            ),
            measured,
        )
    listed = ", ".join(f"{name} {address}" for name, address in visit.arranged.destinations)
    return passed(listed, listed, measured)
