"""The steps for a person: what only eyes at a workstation can tell. Each is put so that yes is good."""

from collega.model.acceptance import Question
from collega.model.code import Text

QUESTIONS: tuple[Question, ...] = (
    Question(
        name="reading-station",
        text=Text(
            en="Is the test patient visible on the reading station, with report, status page and segmentation?",
            nl="Is de testpatiënt zichtbaar op het beoordeelstation, met verslag, statuspagina en segmentatie?",
        ),
    ),
    Question(
        name="emergency-viewer",
        text=Text(
            en="Is the test patient visible on the emergency department's ordinary viewer?",
            nl="Is de testpatiënt zichtbaar in de gewone viewer van de spoedeisende hulp?",
        ),
    ),
    Question(
        name="status-page",
        text=Text(
            en="Can the status page be read there, with all five answers and their shapes?",
            nl="Is de statuspagina daar te lezen, met alle vijf antwoorden en hun vormen?",
        ),
    ),
    Question(
        name="series-order",
        text=Text(
            en="Do the results stand behind the images in the series list, so that nobody opens them by mistake?",
            nl="Staan de uitslagen achter de beelden in de serielijst, zodat niemand ze per ongeluk opent?",
        ),
    ),
    Question(
        name="removed",
        text=Text(
            en="Has the test patient been removed from the PACS?",
            nl="Is de testpatiënt uit het PACS verwijderd?",
        ),
    ),
)
