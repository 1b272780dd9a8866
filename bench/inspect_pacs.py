"""What stands in Orthanc, asked over REST."""

import time
from collections.abc import Iterable

from tests.e2e.peers import Orthanc

REPORT, PAGE = "SR", "OT"


def series(pacs: Orthanc, modality: str, study: str = "") -> int:
    """Count the series of a modality, in one study or in all."""
    query = {"Modality": modality} | ({"StudyInstanceUID": study} if study else {})
    return len(pacs.rest("/tools/find", {"Level": "Series", "Query": query}))


def wait_for_series(pacs: Orthanc, study: str, modalities: Iterable[str], *, step_s: float, seconds: float) -> float:
    """Wait until a study has a series of each modality; the moment at which it was seen."""
    end = time.monotonic() + seconds
    while not all(series(pacs, modality, study) for modality in modalities):
        if time.monotonic() > end:
            message = f"no result for {study} within {seconds:g} s"
            raise TimeoutError(message)
        time.sleep(step_s)
    return time.time()
