"""A second validator for the content trees: PixelMed, where its packages are installed."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from collega.formats.dicom_regions import regions_sr
from collega.formats.dicom_sr import findings_sr
from collega.formats.dicom_write import encode
from collega.model.finding import AppResult
from collega.model.result import AppIdentity, ObjectIdentity

JARS = Path("/usr/share/java")
# The validator's style sheets exceed the limits that newer Java runtimes set.
LIMITS = ("xpathTotalOpLimit", "xpathExprOpLimit", "xpathExprGrpLimit")
TEMPLATES = {findings_sr: "TID 1501", regions_sr: "TID 1410"}


@pytest.mark.slow
@pytest.mark.shows("R31")
@pytest.mark.parametrize("write", TEMPLATES, ids=TEMPLATES.get)
def test_pixelmed_finds_no_error(
    film: Dataset,
    app: AppIdentity,
    identity: ObjectIdentity,
    make_result: Callable[..., AppResult],
    tmp_path: Path,
    write: Callable[..., Dataset],
) -> None:
    if not (JARS / "pixelmed.jar").exists() or shutil.which("java") is None:
        pytest.skip("PixelMed is not installed (Debian package libpixelmed-java and its libraries)")
    path = tmp_path / "report.dcm"
    path.write_bytes(encode(write(make_result([film]), app, identity, [film])))
    limits = [f"-Djdk.xml.{limit}=0" for limit in LIMITS]
    command = ["java", *limits, "-cp", f"{JARS}/*", "com.pixelmed.validate.DicomSRValidator", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=110)
    assert "IOD validation complete" in done.stdout + done.stderr
    assert not [line for line in (done.stdout + done.stderr).splitlines() if line.startswith("Error")]
