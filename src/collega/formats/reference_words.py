"""Words of the reference: findings that reports are read for, and what is said of them."""

from collections.abc import Mapping

from collega.model.code import Text

FINDINGS: Mapping[str, Text] = {
    "abnormal": Text(en="Anything abnormal", nl="Iets afwijkends"),
    "pneumonia": Text(en="Pneumonia or infiltrate", nl="Pneumonie of infiltraat"),
    "effusion": Text(en="Pleural effusion", nl="Pleuravocht"),
    "pneumothorax": Text(en="Pneumothorax", nl="Pneumothorax"),
    "nodule": Text(en="Nodule or mass", nl="Nodus of massa"),
    "cardiomegaly": Text(en="Enlarged heart", nl="Vergroot hart"),
    "fracture": Text(en="Fracture", nl="Fractuur"),
    "atelectasis": Text(en="Atelectasis", nl="Atelectase"),
    "oedema": Text(en="Pulmonary oedema or congestion", nl="Longoedeem of stuwing"),
    "emphysema": Text(en="Emphysema", nl="Emfyseem"),
    "haemorrhage": Text(en="Haemorrhage", nl="Bloeding"),
    "pulmonary_embolism": Text(en="Pulmonary embolism", nl="Longembolie"),
}
WORDS: Mapping[str, Text] = {
    "present": Text(en="present", nl="aanwezig"),
    "absent": Text(en="absent", nl="afwezig"),
    "uncertain": Text(en="uncertain", nl="onzeker"),
}


def finding_name(finding_id: str, language: str) -> str:
    """Name a finding for people; by its id where it has no other name."""
    known = FINDINGS.get(finding_id)
    return known.in_language(language) if known else finding_id


def words_in(language: str) -> dict[str, str]:
    """Give what is said of a finding, in the order of the keys 1, 2 and 3."""
    return {name: text.in_language(language) for name, text in WORDS.items()}
