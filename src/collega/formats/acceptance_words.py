"""The words of an acceptance report, in Dutch and English."""

from collections.abc import Mapping

from collega.model.acceptance import Answer, Side, StepOutcome, Verdict
from collega.model.code import Text

OUTCOMES: Mapping[StepOutcome, Text] = {
    StepOutcome.PASSED: Text(en="passed", nl="geslaagd"),
    StepOutcome.WARNING: Text(en="warning", nl="let op"),
    StepOutcome.FAILED: Text(en="failed", nl="mislukt"),
    StepOutcome.NOT_OFFERED: Text(en="not offered", nl="niet aangeboden"),
    StepOutcome.NOT_TRIED: Text(en="not tried", nl="niet geprobeerd"),
}
ANSWERS: Mapping[Answer | None, Text] = {
    Answer.YES: Text(en="yes", nl="ja"),
    Answer.NO: Text(en="no", nl="nee"),
    None: Text(en="open", nl="open"),
}
SIDES: Mapping[Side, Text] = {
    Side.HOST: Text(en="This machine", nl="Deze machine"),
    Side.PACS: Text(en="The PACS", nl="Het PACS"),
}
VERDICTS: Mapping[Verdict, Text] = {
    Verdict.ACCEPTED: Text(en="Accepted", nl="Geaccepteerd"),
    Verdict.OPEN: Text(en="Not accepted yet", nl="Nog niet geaccepteerd"),
    Verdict.NOT_ACCEPTED: Text(en="Not accepted", nl="Niet geaccepteerd"),
}
LABELS: Mapping[str, Text] = {
    "title": Text(en="Acceptance report", nl="Acceptatierapport"),
    "step": Text(en="Step", nl="Stap"),
    "outcome": Text(en="Outcome", nl="Uitkomst"),
    "said": Text(en="What came back", nl="Wat terugkwam"),
    "measured": Text(en="Measured", nl="Gemeten"),
    "limit": Text(en="Limit", nl="Grens"),
    "people": Text(en="Seen by people", nl="Gezien door mensen"),
    "question": Text(en="Question", nl="Vraag"),
    "answer": Text(en="Answer", nl="Antwoord"),
    "by": Text(en="Name", nl="Naam"),
    "date": Text(en="Date", nl="Datum"),
    "remark": Text(en="Remark", nl="Opmerking"),
    "signatures": Text(en="Signatures", nl="Handtekeningen"),
    "signature": Text(en="Signature", nl="Handtekening"),
    "send": Text(en="Record", nl="Vastleggen"),
    "again": Text(en="Answer again", nl="Opnieuw beantwoorden"),
    "pdf": Text(en="PDF to print and sign", nl="PDF om te printen en te tekenen"),
    "page": Text(en="page", nl="pagina"),
    "of": Text(en="of", nl="van"),
    "nothing": Text(
        en="No check has ended yet. Run: collega site check", nl="Er is nog geen controle. Doe: collega site check"
    ),
}
FACTS: Mapping[str, Text] = {
    "site": Text(en="Site", nl="Site"),
    "date": Text(en="Checked", nl="Gecontroleerd"),
    "by": Text(en="By", nl="Door"),
    "host": Text(en="Machine", nl="Machine"),
    "version": Text(en="collega", nl="collega"),
    "own": Text(en="Own AE title", nl="Eigen AE-titel"),
    "pacs": Text(en="PACS", nl="PACS"),
    "patient": Text(en="Test patient", nl="Testpatiënt"),
    "accession": Text(en="Accession number", nl="Accession number"),
    "run": Text(en="Run", nl="Controle"),
}
SIGNERS: tuple[Text, ...] = (
    Text(en="PACS administrator", nl="PACS-beheerder"),
    Text(en="Radiologist", nl="Radioloog"),
    Text(en="Clinical physicist", nl="Klinisch fysicus"),
)
PROMISE = Text(
    en="The test patient is nobody. The check touches no other patient, and no app is run on it.",
    nl="De testpatiënt bestaat niet. De controle raakt geen andere patiënt, en er draait geen app op.",
)


def counted(failed: int, denied: int, unanswered: int, warnings: int) -> Text:
    """Say how many steps failed, were denied, are open, or carry a warning."""
    parts = (
        (failed, "failed", "mislukt"),
        (denied, "answered with no", "met nee beantwoord"),
        (unanswered, "for a person open", "voor een mens open"),
        (warnings, "with a warning or not offered", "met een waarschuwing of niet aangeboden"),
    )
    told = [(number, en, nl) for number, en, nl in parts if number]
    if not told:
        return Text(en="Every step passed.", nl="Elke stap is geslaagd.")
    return Text(
        en="Steps " + ", ".join(f"{en}: {number}" for number, en, _ in told) + ".",
        nl="Stappen " + ", ".join(f"{nl}: {number}" for number, _, nl in told) + ".",
    )
