"""Apps whose work is done by a simulated box, and a site that has one."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collega.testing.vendor_node import Answerer, VendorNode
from tests.e2e.films import account
from tests.e2e.manifests import write_manifest
from tests.e2e.peers import Orthanc
from tests.e2e.site import Site, site

RESULTS = """
[results]
score_from_evaluation = false
{forward}
score = {{ code = {{ scheme = "99VENDORSIM", value = "score" }} }}
"""


def write_app(
    folder: Path,
    app: str,
    *,
    port: int,
    aet: str,
    limit: float = 20,
    attempts: int = 1,
    settle: float = 0.0,
    words: Sequence[str] = ("X-thorax",),
    forward: Sequence[str] = (),
) -> Path:
    """Write the manifest of an app that is a box; gives its folder."""
    answers = f'host = "127.0.0.1", port = {port}, aet = "{aet}", answers_from = ["{aet}"], settle_s = {settle}'
    return write_manifest(
        folder,
        app,
        f'runtime = "dicom"\ndicom = {{ {answers} }}',
        RESULTS.format(forward=f"forward = {json.dumps(list(forward))}" if forward else ""),
        name=f"Box {app}",
        # What is sent on cannot be marked as a demonstration.
        clinical=bool(forward),
        seconds=limit,
        memory=256,
        output=64,
        attempts=attempts,
        modality=("CR", "DX", "CT"),
        words=words,
        most=100.0,
    )


@dataclass(frozen=True, kw_only=True)
class BoxedSite:
    """A site with a box and the PACS that it delivers to."""

    site: Site
    box: VendorNode
    folder: Path

    def job(self, study_uid: str, app: str = "box") -> dict[str, Any]:
        """Tell what became of the newest job of an app; an empty account where it has none."""
        jobs = [job for job in account(self.site, study_uid)["jobs"] if job["app_id"] == app]
        return jobs[-1] if jobs else {"state": "", "attempts": []}

    def answered(self, job: dict[str, Any]) -> list[Path]:
        """List what lies in the output folder of the last attempt."""
        folder = self.site.data / "runs" / job["job_key"] / str(job["attempt"]) / "out" / "dicom"
        return sorted(folder.iterdir()) if folder.is_dir() else []


@contextmanager
def boxed_site(
    folder: Path,
    answer: Answerer,
    pacs: Orthanc | None,
    *,
    apps: Sequence[Path] = (),
    settings: Mapping[str, str] | None = None,
    starts: bool = True,
    **values: Any,
) -> Iterator[BoxedSite]:
    """Run a site whose app ``box`` is a simulated box, beside ``apps``; ``values`` are those of `write_app`.

    Without ``starts`` its processes are left to the test.
    """
    settings = {"COLLEGA_RUN__RETRY_WAIT_S": "0.2", **(settings or {})}
    destination = (pacs.aet, pacs.dicom_port) if pacs else None
    with (
        site(folder / "site", pacs=destination, apps=[folder / "apps", *apps], settings=settings) as one,
        VendorNode(answer, to=("COLLEGA", one.dicom_port)) as box,
    ):
        write_app(folder / "apps", "box", port=box.port, aet=box.aet, **values)
        if starts:
            one.start()
        yield BoxedSite(site=one, box=box, folder=folder)
