"""Priors by QIDO-RS and WADO-RS reach apps of every runtime, as those by C-MOVE do; a PACS over DICOMweb alone."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from collega.testing.fhir_server import fhir_server
from collega.testing.ports import reserved_ports
from tests.e2e.given import MAY, MUST, RUNTIMES, peers, seen
from tests.e2e.peers import LOOPBACK, orthanc
from tests.e2e.site import site
from tests.e2e.test_inputs_everywhere import Ward, resources
from tests.e2e.test_other_inputs import SYSTEM, prior_date

pytestmark = pytest.mark.shows("R25", "R31", "R73")


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ward]:
    folder = tmp_path_factory.mktemp("web")
    with ExitStack() as stack:
        (port,) = stack.enter_context(reserved_ports())
        url, records = stack.enter_context(fhir_server(resources()))
        pacs = stack.enter_context(orthanc(folder / "pacs"))
        others = stack.enter_context(peers(folder, port))
        settings = {
            "COLLEGA_DICOM__PORT": str(port),
            "COLLEGA_PACS__DICOMWEB_URL": f"http://{LOOPBACK}:{pacs.http_port}/dicom-web",
            "COLLEGA_INPUTS__FHIR_URL": url,
            "COLLEGA_INPUTS__PATIENT_SYSTEM": SYSTEM,
        }
        house = stack.enter_context(site(folder / "site", pacs=None, apps=[folder / "apps"], settings=settings))
        house.dicom_port = port
        house.start()
        yield Ward(house=house, pacs=pacs, others=others, records=records, folder=folder / "films")


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_a_prior_over_dicomweb_reaches_every_runtime(ward: Ward, runtime: str) -> None:
    told = ward.play("nothing")
    for kind in (MAY, MUST):
        (job,) = [one for one in told["jobs"] if one["app_id"] == f"{runtime}-{kind}"]
        assert [item["why"] for item in job["inputs"] if item["why"]] == []
        got = seen(runtime, kind, ward.house, ward.others, told)
        assert got is not None, (job["outcome"], job["reason"], job["attempts"])
        assert len(got.priors) == 1
        if got.study is not None:
            assert [item["study_date"] for item in got.study["priors"]] == [prior_date(90)]
            assert got.study["missing"] == []
