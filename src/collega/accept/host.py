"""Steps on the machine itself: clock, zone, disk, memory, rights, isolation."""

from collega.accept.findings import Found, fail, passed, warn
from collega.accept.visit import Visit
from collega.formats.local import both
from collega.model.code import Text
from collega.model.runtime import ELSEWHERE

SLOW_WRITE_S, UNUSABLE_WRITE_S = 0.05, 1.0
LEAST_MEMORY_MB, LEAST_CORES = 2048, 2
COMFORTABLE_FREE_MB = 10_240
CLOSED = 0o700
NETWORK_WALL = frozenset({"network", "mount"})
ASK_IT = Text(en="Ask the administrator of this machine.", nl="Vraag de beheerder van deze machine.")


def clock(visit: Visit) -> Found:
    """Ask the kernel whether its clock is kept right."""
    advice = Text(
        en="Set up chrony or systemd-timesyncd on this machine, with the hospital's time server.",
        nl="Richt op deze machine chrony of systemd-timesyncd in, met de tijdserver van het ziekenhuis.",
    )
    if visit.machine.synchronised is None:
        return warn(
            Text(en="the kernel does not say whether it is synchronised", nl="de kernel zegt niet of hij gelijk loopt"),
            advice,
        )
    if not visit.machine.synchronised:
        return warn(Text(en="the kernel says: not synchronised", nl="de kernel zegt: niet gesynchroniseerd"), advice)
    return passed("the kernel says: synchronised", "de kernel zegt: gesynchroniseerd")


def timezone(visit: Visit) -> Found:
    """Compare the zone of the site with that of the system."""
    machine, arranged = visit.machine, visit.arranged
    measured = f"{arranged.timezone} / {machine.zone_name}"
    if machine.utc_offset != arranged.zone_offset:
        apart = both(abs((machine.utc_offset - arranged.zone_offset).total_seconds()) / 3600)
        return warn(
            Text(
                en=f"the site's zone and the system's differ by {apart.en} h",
                nl=f"de zone van de site en die van het systeem verschillen {apart.nl} uur",
            ),
            Text(
                en="collega goes by site.timezone; the system's log lines do not. Give the machine the same zone.",
                nl="collega volgt site.timezone; de logregels van het systeem niet. Geef de machine dezelfde zone.",
            ),
            measured,
        )
    return passed("the same time", "dezelfde tijd", measured)


def disk(visit: Visit) -> Found:
    """Compare what is free with the reserve below which objects are refused."""
    free, reserve = visit.machine.free_mb, visit.arranged.reserve_mb
    measured = f"{free} MB"
    advice = Text(
        en="Make room, or move the data folder to a larger disk: below the reserve new studies are refused.",
        nl="Maak ruimte, of zet de datamap op een grotere schijf: onder de reserve wordt nieuw werk geweigerd.",
    )
    if free <= reserve:
        return fail(
            Text(en="less than dicom.reserve_mb is free", nl="er is minder vrij dan dicom.reserve_mb"), advice, measured
        )
    if free < reserve + COMFORTABLE_FREE_MB:
        return warn(Text(en="little is free", nl="er is weinig vrij"), advice, measured)
    return passed("enough is free", "er is genoeg vrij", measured)


def write(visit: Visit) -> Found:
    """Judge how long a small durable write takes: each received object waits for one."""
    seconds = visit.machine.write_s
    measured = f"{1000 * seconds:.1f} ms"
    if seconds > SLOW_WRITE_S:
        outcome = fail if seconds > UNUSABLE_WRITE_S else warn
        said = Text(en="durable writes are slow", nl="duurzaam schrijven is traag")
        advice = Text(en="Use a local disk for the data folder.", nl="Gebruik een lokale schijf voor de datamap.")
        return outcome(said, advice, measured)
    return passed("fast enough", "snel genoeg", measured)


def memory(visit: Visit) -> Found:
    """Judge memory and cores."""
    machine = visit.machine
    measured = f"{machine.memory_mb} MB, {machine.cores} CPU"
    if machine.memory_mb < LEAST_MEMORY_MB or machine.cores < LEAST_CORES:
        return warn(Text(en="a small machine", nl="een kleine machine"), ASK_IT, measured)
    return passed("enough", "genoeg", measured)


def folders(visit: Visit) -> Found:
    """Check that nobody else can look into the folders with studies and secrets."""
    wide = sorted(f"{name} {mode:04o}" for name, mode in visit.machine.modes.items() if mode != CLOSED)
    if wide:
        return fail(
            Text(en=f"open to others: {', '.join(wide)}", nl=f"open voor anderen: {', '.join(wide)}"),
            Text(en="chmod 0700 these folders.", nl="Geef deze mappen rechten 0700."),
        )
    return passed("closed to others", "dicht voor anderen", f"{len(visit.machine.modes)} x 0700")


def isolation(visit: Visit) -> Found:
    """Say how well apps are fenced in here."""
    # What works on another machine needs no fence on this one.
    levels = {app.isolation for app in visit.apps if ELSEWHERE not in app.isolation}
    reached = frozenset.intersection(*map(frozenset, levels)) if levels else frozenset()
    measured = ", ".join(sorted(reached))
    if not visit.apps:
        return warn(
            Text(en="no app to try it with", nl="geen app om het mee te proberen"),
            Text(en="Install an app (setting apps).", nl="Installeer een app (instelling apps)."),
        )
    if levels and not reached >= NETWORK_WALL:
        advice = Text(
            en="Allow user namespaces on this machine; run.allow_unconfined runs apps without a fence, at your risk.",
            nl="Sta user namespaces toe op deze machine; run.allow_unconfined draait apps zonder hek, op eigen risico.",
        )
        outcome = warn if visit.arranged.allow_unconfined else fail
        return outcome(Text(en="apps are not fenced in", nl="apps zijn niet afgeschermd"), advice, measured)
    return passed("apps see neither network nor data", "apps zien netwerk noch gegevens", measured)
