"""Labellers of reports, from our data and the site's."""

import hashlib
import importlib
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from collega.config import Settings
from collega.errors import ConfigurationError
from collega.read.reports.labelling import Labeller
from collega.read.reports.score import SIZE, Model
from collega.read.reports.sentences import Tokenise, pieces
from collega.read.reports.vocabulary import read_vocabulary

# Loaded when a report is to be read, and not before: it takes a second.
TOKENISERS: Mapping[str, tuple[str, str]] = {"en": ("spacy.lang.en", "English"), "nl": ("spacy.lang.nl", "Dutch")}
FORMAT = 1
# What a labeller does beside its words; with another one, reports are to be labelled anew.
READS = b"1: leaves out what is in another language"
MODEL_KEYS = frozenset({"format", "language", "name", "numbers", "idf", "weights", "offset"})


@cache
def tokeniser(language: str) -> Tokenise:
    """Load spaCy's tokeniser of a language: rules alone, no trained part."""
    module, name = TOKENISERS[language]
    parse: Callable[[str], Sequence[object]] = getattr(importlib.import_module(module), name)().tokenizer
    return lambda text: [str(token) for token in parse(text)]


def labeller(settings: Settings, language: str) -> Labeller:
    """Make what reads reports in a language: our words and the site's, the site's score before ours.

    Raises
    ------
    ConfigurationError
        A file of the site cannot be used; the message names it.
    """
    tokenise = tokeniser(language)
    ours = resources.files("collega.read.reports") / "data"
    texts = [(f"{language}.toml", (ours / f"{language}.toml").read_text(encoding="utf-8"))]
    folder = Path(settings.reports.folder) if settings.reports.folder else None
    if folder is not None:
        texts += _site_words(folder, language)
    vocabulary = read_vocabulary(language, texts, lambda part: [word.lower() for word in pieces(tokenise, part)])
    shipped = Path(str(ours / model_name(language)))
    places = [folder / model_name(language)] if folder else []
    used = next((file for file in (*places, shipped) if file.exists()), None)
    content = [text.encode() for _, text in texts] + ([used.read_bytes()] if used else [])
    digest = hashlib.sha256(b"".join([READS, *content])).hexdigest()
    model = read_model(used) if used else None
    if used and model and model.language != language:
        message = f"{used}: a score of reports in {model.language}, and it is named as one of {language}"
        raise ConfigurationError(message)
    return Labeller(vocabulary, tokenise, model, f"{language}-{digest[:12]}")


def model_name(language: str) -> str:
    """Name the file of a score."""
    return f"normal-{language}.npz"


def _site_words(folder: Path, language: str) -> list[tuple[str, str]]:
    if not folder.is_dir():
        message = f"reports.folder: {folder}: no such folder"
        raise ConfigurationError(message)
    file = folder / f"{language}.toml"
    try:
        return [(str(file), file.read_text(encoding="utf-8"))] if file.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        message = f"{file}: not readable as text in UTF-8: {error}"
        raise ConfigurationError(message) from None


def write_model(file: Path, model: Model) -> None:
    """Write a score as plain numbers."""
    numbers = np.flatnonzero(model.idf)
    with file.open("wb") as target:
        np.savez_compressed(
            target,
            format=np.array(FORMAT),
            language=np.array(model.language),
            name=np.array(model.name),
            numbers=numbers.astype(np.int32),
            idf=model.idf[numbers].astype(np.float16),
            weights=model.weights[numbers].astype(np.float16),
            offset=np.array(model.offset),
        )


def read_model(file: Path) -> Model:
    """Read a score; nothing in the file is ever run.

    Raises
    ------
    ConfigurationError
        It is no score of this version.
    """
    try:
        with np.load(file, allow_pickle=False) as kept:
            if set(kept.files) != MODEL_KEYS or int(kept["format"]) != FORMAT:
                raise ConfigurationError(_no_model(file, "another format"))
            numbers = kept["numbers"]
            idf, weights = np.zeros(SIZE), np.zeros(SIZE)
            idf[numbers], weights[numbers] = kept["idf"], kept["weights"]
            offset = float(kept["offset"])
            language, name = str(kept["language"]), str(kept["name"])
    except (OSError, ValueError, IndexError, KeyError, EOFError, BadZipFile) as error:
        raise ConfigurationError(_no_model(file, type(error).__name__)) from None
    if not (np.isfinite(idf).all() and np.isfinite(weights).all() and np.isfinite(offset)):
        raise ConfigurationError(_no_model(file, "numbers that are none"))
    return Model(language=language, idf=idf, weights=weights, offset=offset, name=name)


def _no_model(file: Path, why: str) -> str:
    return f"{file}: no score of reports that this version reads ({why}); make it anew with `collega reports train`"
