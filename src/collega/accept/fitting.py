"""The step that holds the settings for the PACS against what the PACS has shown that it does."""

from collega.accept.findings import Found, fail, passed, warn
from collega.accept.visit import Visit
from collega.model.code import Text


def settings(visit: Visit) -> Found:
    """Say which settings fit this PACS, and whether they are the ones in use."""
    arranged = visit.arranged
    possible = {"visible": bool(visit.shown_at), "committed": visit.committed, "accepted": True}
    best = next(name for name, works in possible.items() if works)
    level = "image" if visit.shown_at == "IMAGE" else "series"
    fitting = [f'pacs.confirm = "{best}"']
    if best == "visible":
        fitting.append(f'pacs.query_level = "{level}"')
    if not visit.leave:
        fitting.append(f"pacs.rejection_notes = {str(visit.hides).lower()}")
    # A PACS that reports on the association of the request is heard only by who stays on it.
    must_stay = arranged.confirm == "committed" and visit.commits_at_once and not arranged.commit_wait_s
    if must_stay:
        fitting.append("pacs.commit_wait_s = 2")
    line = ", ".join(fitting)
    measured = f'pacs.confirm = "{arranged.confirm}"'
    advice = Text(en=f"Set {line}.", nl=f"Stel in: {line}.")
    if not possible[arranged.confirm]:
        return fail(
            Text(
                en=f'pacs.confirm = "{arranged.confirm}" waits for a proof that this PACS has not given',
                nl=f'pacs.confirm = "{arranged.confirm}" wacht op een bewijs dat dit PACS niet heeft gegeven',
            ),
            advice,
            measured,
        )
    weaker = arranged.confirm == "accepted" and best != "accepted"
    other_level = arranged.confirm == "visible" and arranged.query_level != level and level == "series"
    other_notes = not visit.leave and arranged.rejection_notes != visit.hides
    if weaker or other_level or other_notes or must_stay:
        return warn(Text(en="other settings fit better", nl="andere instellingen passen beter"), advice, measured)
    return passed(f"fits: {line}", f"past: {line}", measured)
