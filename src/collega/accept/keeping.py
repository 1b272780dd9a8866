"""The step that asks the PACS to commit to keep what it took."""

import time

from collega.accept.findings import Found, fail, not_offered, passed, warn
from collega.accept.meeting import STORAGE_COMMITMENT
from collega.accept.visit import Visit
from collega.errors import ConfigurationError
from collega.model.code import Text

POLL_S = 0.2
KEEP_OPEN_S = 2.0
SUCCESS = 0x0000


def commitment(visit: Visit) -> Found:
    """Ask the PACS to commit to keep what it took, and wait for its report."""
    if not visit.offers(STORAGE_COMMITMENT):
        return not_offered(
            Text(en="the PACS offers no storage commitment", nl="het PACS biedt geen storage commitment"),
            Text(
                en='Nothing to do: pacs.confirm = "visible" needs none.',
                nl='Niets nodig: pacs.confirm = "visible" heeft het niet nodig.',
            ),
        )
    try:
        with visit.ear.listening() as listener:
            return _committed(visit, listener)
    except ConfigurationError as error:
        return warn(
            Text(en=f"cannot listen for the report: {error}", nl=f"kan niet op het bericht wachten: {error}"),
            Text(
                en="Start collega serve on this database and check again.",
                nl="Start collega serve op deze database en controleer opnieuw.",
            ),
        )


def _committed(visit: Visit, listener: str) -> Found:
    wanted = {reference.sop_instance_uid for reference in visit.references}
    began = time.monotonic()
    answer = visit.pacs.ask_commitment(
        visit.references,
        keep_open_s=min(KEEP_OPEN_S, visit.wait_s),
        heard=lambda: wanted <= frozenset.union(*visit.ear.heard()),
    )
    if answer.status != SUCCESS:
        status = "-" if answer.status is None else f"{answer.status:04X}"
        return warn(
            Text(en=f"the PACS refuses: status {status}", nl=f"het PACS weigert: status {status}"),
            _tell_pacs(visit),
        )
    done, failed = set(answer.done), set(answer.failed)
    same = bool(done or failed)
    while not wanted <= done | failed and time.monotonic() - began < visit.wait_s:
        time.sleep(POLL_S)
        heard_done, heard_failed = visit.ear.heard()
        done |= heard_done
        failed |= heard_failed
    measured = f"{len(wanted & done)} / {len(wanted)}, {time.monotonic() - began:.1f} s"
    if wanted & failed:
        return fail(
            Text(en="the PACS does not commit to all", nl="het PACS zegt niet voor alles toe"),
            Text(en="Show this to the PACS administrator.", nl="Laat dit aan de PACS-beheerder zien."),
            measured,
        )
    if not wanted <= done:
        said = Text(
            en=f"asked, but no report within {visit.wait_s:.0f} s ({listener})",
            nl=f"gevraagd, maar geen bericht binnen {visit.wait_s:.0f} s ({listener})",
        )
        return warn(said, _tell_pacs(visit), measured)
    visit.committed, visit.commits_at_once = True, same
    where = "on the same association" if same else f"to our port ({listener})"
    waar = "op dezelfde associatie" if same else f"op onze poort ({listener})"
    return passed(f"committed, reported {where}", f"toegezegd, bericht {waar}", measured)


def _tell_pacs(visit: Visit) -> Text:
    own, host, port = visit.arranged.calling_aet, visit.machine.name, visit.arranged.dicom_port
    return Text(
        en=f"Ask the PACS administrator to send commitment reports to {own} at {host}, port {port}.",
        nl=f"Vraag de PACS-beheerder commitment-berichten naar {own} op {host}, poort {port}, te sturen.",
    )
