"""Steps of the first meeting with a PACS: connection, association, what it takes."""

from collections.abc import Mapping

from collega.accept.findings import Found, fail, passed, warn
from collega.accept.study import CLASSES
from collega.accept.visit import Visit
from collega.accept.web_faults import WEB_FAULTS
from collega.model.code import Text
from collega.model.peer import Fault

STUDY_ROOT_FIND = "1.2.840.10008.5.1.4.1.2.2.1"
STORAGE_COMMITMENT = "1.2.840.10008.1.20.1"
PROPOSED = (*CLASSES.values(), STUDY_ROOT_FIND, STORAGE_COMMITMENT)
SLOW_CONNECT_S = 1.0
SLOW_ECHO_S = 2.0
NO_WAY = frozenset({Fault.UNKNOWN_HOST, Fault.NO_CONNECTION, Fault.NO_ANSWER, Fault.UNTRUSTED})
NAMES: Mapping[str, Text] = {
    "image": Text(en="CT image", nl="CT-beeld"),
    "sr": Text(en="Comprehensive 3D SR", nl="Comprehensive 3D SR"),
    "sr_2d": Text(en="Comprehensive SR", nl="Comprehensive SR"),
    "page": Text(en="secondary capture (status page)", nl="secondary capture (statuspagina)"),
    "segmentation": Text(en="segmentation", nl="segmentatie"),
    "note": Text(en="rejection note (key objects)", nl="afkeurnotitie (key objects)"),
}
SERVICES: Mapping[str, Text] = {
    STUDY_ROOT_FIND: Text(en="query (C-FIND)", nl="zoeken (C-FIND)"),
    STORAGE_COMMITMENT: Text(en="storage commitment", nl="storage commitment"),
}

# What we send in, by its UID (PS3.5 section 10).
SYNTAXES: Mapping[str, str] = {
    "1.2.840.10008.1.2.1": "explicit VR little endian",
    "1.2.840.10008.1.2": "implicit VR little endian",
}

# Why there is no association -> what was seen, and what to do; braces are filled from the settings.
FAULTS: Mapping[Fault, tuple[Text, Text]] = {
    Fault.UNKNOWN_HOST: (
        Text(en="the name {host} is not known here", nl="de naam {host} is hier niet bekend"),
        Text(
            en="Correct pacs.host, or ask the network administrator for the address of the PACS.",
            nl="Verbeter pacs.host, of vraag de netwerkbeheerder het adres van het PACS.",
        ),
    ),
    Fault.NO_CONNECTION: (
        Text(en="nobody listens on {host}:{port} ({detail})", nl="niemand luistert op {host}:{port} ({detail})"),
        Text(
            en="Check pacs.host and pacs.port with the PACS administrator; ask whether the DICOM service runs.",
            nl="Controleer pacs.host en pacs.port met de PACS-beheerder; vraag of de DICOM-dienst draait.",
        ),
    ),
    Fault.NO_ANSWER: (
        Text(en="{host}:{port} does not answer ({detail})", nl="{host}:{port} antwoordt niet ({detail})"),
        Text(
            en="Ask the network administrator to open {host}, TCP port {port}, for this machine ({own_host}).",
            nl="Vraag de netwerkbeheerder {host}, TCP-poort {port}, open te zetten voor deze machine ({own_host}).",
        ),
    ),
    Fault.CALLING_AET: (
        Text(
            en="association rejected: calling AE title {own} not recognised",
            nl="associatie geweigerd: aanroepende AE-titel {own} niet herkend",
        ),
        Text(
            en="Ask the PACS administrator to add {own} at {own_host}, port {own_port}.",
            nl="Vraag de PACS-beheerder {own} op {own_host}, poort {own_port}, toe te voegen.",
        ),
    ),
    Fault.CALLED_AET: (
        Text(
            en="association rejected: called AE title {aet} not recognised",
            nl="associatie geweigerd: aangeroepen AE-titel {aet} niet herkend",
        ),
        Text(
            en="Correct pacs.aet: ask the PACS administrator under which AE title it stores.",
            nl="Verbeter pacs.aet: vraag de PACS-beheerder onder welke AE-titel het PACS opslaat.",
        ),
    ),
    Fault.BUSY: (
        Text(en="association rejected for now: {detail}", nl="associatie voorlopig geweigerd: {detail}"),
        Text(
            en="Check again later; if it stays, ask the PACS administrator to allow {own} more associations.",
            nl="Controleer later opnieuw; blijft het, vraag de PACS-beheerder {own} meer associaties toe te staan.",
        ),
    ),
    Fault.REJECTED: (
        Text(en="association rejected: {detail}", nl="associatie geweigerd: {detail}"),
        Text(
            en="Show this line to the PACS administrator: {own} at {own_host} calls {aet}.",
            nl="Laat deze regel aan de PACS-beheerder zien: {own} op {own_host} roept {aet} aan.",
        ),
    ),
    Fault.ABORTED: (
        Text(en="no association: {detail}", nl="geen associatie: {detail}"),
        Text(
            en="Check that {host}:{port} is a DICOM port, and not that of another service.",
            nl="Controleer of {host}:{port} een DICOM-poort is, en niet die van een andere dienst.",
        ),
    ),
}


def connect(visit: Visit) -> Found:
    """Open a connection to the PACS."""
    if not (visit.arranged.pacs_host or visit.arranged.pacs_url):
        return fail(
            Text(en="the settings name no PACS", nl="de instellingen noemen geen PACS"),
            Text(
                en="Set pacs.host, pacs.port and pacs.aet, or pacs.dicomweb_url.",
                nl="Vul pacs.host, pacs.port en pacs.aet in, of pacs.dicomweb_url.",
            ),
        )
    greeting = visit.greeting = visit.pacs.greet(PROPOSED)
    if greeting.fault in NO_WAY:
        return _faulty(visit)
    seconds = greeting.connect_s or 0.0
    measured = f"{1000 * seconds:.0f} ms"
    if seconds > SLOW_CONNECT_S:
        return warn(
            Text(en="connected, slowly", nl="verbonden, maar traag"),
            Text(en="Ask the network administrator why.", nl="Vraag de netwerkbeheerder waarom."),
            measured,
        )
    return passed("connected", "verbonden", measured)


def echo(visit: Visit) -> Found:
    """Associate, and send a C-ECHO."""
    greeting = visit.greeting
    if greeting.fault is not None:
        return _faulty(visit)
    measured = f"{1000 * ((greeting.associate_s or 0) + (greeting.echo_s or 0)):.0f} ms"
    if greeting.echo_status != 0:
        status = "-" if greeting.echo_status is None else f"{greeting.echo_status:04X}"
        return fail(
            Text(en=f"C-ECHO answered with {status}", nl=f"C-ECHO beantwoord met {status}"),
            Text(en="Show this to the PACS administrator.", nl="Laat dit aan de PACS-beheerder zien."),
            measured,
        )
    name = f" ({greeting.implementation})" if greeting.implementation else ""
    if (greeting.associate_s or 0) + (greeting.echo_s or 0) > SLOW_ECHO_S:
        said = Text(en=f"answers, slowly{name}", nl=f"antwoordt, maar traag{name}")
        return warn(said, Text(en="Ask the PACS administrator why.", nl="Vraag de PACS-beheerder waarom."), measured)
    return passed(f"answers{name}", f"antwoordt{name}", measured)


def negotiate(visit: Visit) -> Found:
    """Say what the PACS takes of what collega would send, and which form is used where it does not."""
    if visit.arranged.pacs_url:
        return _unnegotiated(visit)
    known = {**{CLASSES[kind]: text for kind, text in NAMES.items()}, **SERVICES}
    missing = [text for uid, text in known.items() if not visit.offers(uid)]
    measured = f"{len(known) - len(missing)} / {len(known)}"
    encoded = _encodings(visit)
    said = Text(
        en=f"does not take: {', '.join(text.en for text in missing)}; {encoded.en}",
        nl=f"neemt niet aan: {', '.join(text.nl for text in missing)}; {encoded.nl}",
    )
    if not missing:
        en, nl = "takes every form of result, query and commitment", "neemt elke vorm, zoeken en commitment aan"
        return passed(f"{en}; {encoded.en}", f"{nl}; {encoded.nl}", measured)
    lost = [kind for kind in ("image", "page") if not visit.offers(CLASSES[kind])]
    if lost:
        advice = Text(
            en="Ask the PACS administrator to allow these SOP classes: without the status page nothing can be shown.",
            nl="Vraag de PACS-beheerder deze SOP-klassen toe te staan: zonder de statuspagina is er niets te tonen.",
        )
        return fail(said, advice, measured)
    return warn(said, _instead(visit), measured)


def _unnegotiated(visit: Visit) -> Found:
    """Over DICOMweb nothing is agreed beforehand: the step that stores shows what is taken."""
    en = "DICOMweb agrees on nothing beforehand: what is taken shows at storing"
    nl = "DICOMweb spreekt vooraf niets af: bij het opslaan blijkt wat wordt aangenomen"
    if visit.offers(STUDY_ROOT_FIND):
        return passed(en, nl)
    said = Text(en=f"{en}; it answers no queries", nl=f"{nl}; het beantwoordt geen zoekvragen")
    return warn(
        said,
        Text(
            en="Ask the PACS administrator for QIDO-RS: without it arrival is not proved.",
            nl="Vraag de PACS-beheerder om QIDO-RS: zonder is aankomst niet te bewijzen.",
        ),
    )


def _encodings(visit: Visit) -> Text:
    """Say in which transfer syntaxes objects are taken, by kind where they differ."""
    forms = {
        kind: " + ".join(SYNTAXES[uid] for uid in SYNTAXES if uid in visit.greeting.accepted[sop_class])
        for kind, sop_class in CLASSES.items()
        if visit.offers(sop_class)
    }
    if len(set(forms.values())) <= 1:
        every = next(iter(forms.values()), "-")
        return Text(en=f"encoded {every}", nl=f"codering {every}")
    return Text(
        en=", ".join(f"{NAMES[kind].en} {form}" for kind, form in forms.items()),
        nl=", ".join(f"{NAMES[kind].nl} {form}" for kind, form in forms.items()),
    )


def _instead(visit: Visit) -> Text:
    """Say what is used in the place of what is missing."""
    sentences = []
    if not visit.offers(CLASSES["sr"]) and visit.offers(CLASSES["sr_2d"]):
        sentences.append(Text(en="Reports are sent as Comprehensive SR.", nl="Verslagen gaan als Comprehensive SR."))
    if not visit.offers(CLASSES["sr"]) and not visit.offers(CLASSES["sr_2d"]):
        sentences.append(
            Text(en="Results stand on the status page alone.", nl="Uitslagen staan alleen op de statuspagina.")
        )
    if not visit.offers(CLASSES["segmentation"]):
        sentences.append(Text(en="Masks are not shown.", nl="Maskers worden niet getoond."))
    if not visit.offers(CLASSES["note"]):
        sentences.append(
            Text(en="Results are not taken back by a note.", nl="Uitslagen worden niet met een notitie ingetrokken.")
        )
    if not visit.offers(STUDY_ROOT_FIND):
        sentences.append(
            Text(
                en="What stands there cannot be proved by query.",
                nl="Wat er staat, is niet met een zoekvraag te bewijzen.",
            )
        )
    if not visit.offers(STORAGE_COMMITMENT):
        sentences.append(Text(en="There is no commitment.", nl="Er is geen commitment."))
    return Text(en=" ".join(item.en for item in sentences), nl=" ".join(item.nl for item in sentences))


def fault_of(visit: Visit, fault: Fault, detail: str) -> tuple[Text, Text]:
    """Say what was seen and what to do, with the names of this site."""
    arranged = visit.arranged
    values = {
        "url": arranged.pacs_url,
        "host": arranged.pacs_host,
        "port": arranged.pacs_port,
        "aet": arranged.pacs_aet,
        "own": arranged.calling_aet,
        "own_host": visit.machine.name,
        "own_port": arranged.dicom_port,
        "detail": detail,
    }
    table = WEB_FAULTS if arranged.pacs_url else FAULTS
    said, advice = table.get(fault, table[Fault.ABORTED])
    return (
        Text(en=said.en.format(**values), nl=said.nl.format(**values)),
        Text(en=advice.en.format(**values), nl=advice.nl.format(**values)),
    )


def _faulty(visit: Visit) -> Found:
    fault = visit.greeting.fault or Fault.ABORTED
    return fail(*fault_of(visit, fault, visit.greeting.detail))
