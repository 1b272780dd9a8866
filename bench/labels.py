"""What reading a report costs: reports of a chest film, in both languages, on one core."""

import random
import time

from bench.figures import emit

from collega.bootstrap.reports.report_labels import labeller
from collega.config import Settings
from collega.read.reports.parts import Section
from collega.read.reports.vocabulary import Part

TARGET_MS = 1000 / 300  # three hundred reports a second on one core
SENTENCES = {
    "en": (
        "The heart is normal in size and contour.",
        "The cardiomediastinal silhouette is within normal limits.",
        "Lungs are clear bilaterally without focal consolidation, pneumothorax, or pleural effusion.",
        "There are streaky opacities in the left lung base, possibly atelectasis versus early infiltrate.",
        "Mild degenerative changes of the thoracic spine.",
        "No acute cardiopulmonary abnormality.",
        "Small left pleural effusion, unchanged compared to the prior study.",
        "Status post median sternotomy.",
        "Old healed fracture of the left seventh rib.",
    ),
    "nl": (
        "Hart niet vergroot, geen tekenen van stuwing.",
        "Geen aanwijzingen voor infiltraat, pneumothorax of pleuravocht.",
        "Verdichting links basaal, mogelijk atelectase, een beginnend infiltraat is niet uitgesloten.",
        "Kleine hoeveelheid pleuravocht rechts, onveranderd ten opzichte van het vorige onderzoek.",
        "Status na sternotomie met cerclages in situ.",
        "Oude ribfracturen links.",
        "Slank mediastinum, normale hili.",
        "Conclusie: geen acute afwijkingen.",
    ),
}
LENGTH = 7  # sentences of a report


def measure(reports: int) -> None:
    """Read reports one after the other; the time to load the words is told apart."""
    for language, sentences in SENTENCES.items():
        begin = time.process_time()
        reader = labeller(Settings(), language)
        loaded = time.process_time() - begin
        draw = random.Random(1)  # noqa: S311 - the same reports each time
        texts = [" ".join(draw.choices(sentences, k=LENGTH)) for _ in range(reports)]
        begin = time.process_time()
        for text in texts:
            reader.label([Section(part=Part.FINDINGS, text=text)])
        spent = time.process_time() - begin
        emit(
            "report labelled, CPU", "ms", 1000 * spent / reports, target=TARGET_MS, language=language, reports=reports,
            per_second=round(reports / spent), load_s=round(loaded, 2),
        )  # fmt: skip
