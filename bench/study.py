"""A small study for the app that does nothing, sent as a modality does, and what collega records of it."""

import time
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import psycopg
from bench import slices
from bench.procedure_step import STEP, completed, in_progress
from bench.scanner import associated, store
from pydicom.dataset import Dataset

IMAGES = 3
WORDS = "bench nothing"  # as the app's manifest has it
APP = Path(__file__).resolve().parent / "apps" / "nothing"
POLL_SECONDS = 0.02
AT = """SELECT extract(epoch FROM event.at)::float8, event.payload FROM event JOIN study USING (study_key)
    WHERE study.study_instance_uid = %s AND event.kind = %s ORDER BY event_key LIMIT 1"""


def small(seed: int, run: str) -> list[Dataset]:
    """Make some small slices of one study."""
    return [deepcopy(image) for image in slices.series(seed, IMAGES, edge=slices.SMALL_EDGE, run=run, words=WORDS)]


def send(port: int, images: Sequence[Dataset], *, told: bool) -> float:
    """Send a study; where ``told``, its procedure step is completed before the last image leaves.

    Returns
    -------
    float
        The moment of the last byte.

    Raises
    ------
    bench.scanner.RefusedError
        collega takes no procedure steps.
    """
    *first, last = images
    with associated(port, str(last.SOPClassUID), [str(last.file_meta.TransferSyntaxUID)]) as association:
        if told:
            with associated(port, STEP) as steps:
                uid = in_progress(steps, images)
                for image in first:
                    store(association, image)
                completed(steps, uid, images)
        else:
            for image in first:
                store(association, image)
        return store(association, last)


def moment(database: psycopg.Connection, study_uid: str, kind: str, *, seconds: float) -> tuple[float, object] | None:
    """Wait for an event of a study: its moment and payload, or None where it does not come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        row = database.execute(AT, (study_uid, kind)).fetchone()
        if row is not None:
            return float(row[0]), row[1]
        time.sleep(POLL_SECONDS)
    return None
