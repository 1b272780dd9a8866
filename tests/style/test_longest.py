"""The order in which files of tests start: those that take long first, from the times of a whole run."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import longest

RUN = """<testsuites><testsuite>
<testcase classname="tests.a.test_one" name="test_x" time="3"/>
<testcase classname="tests.a.test_two" name="test_x" time="21.6"/>
<testcase classname="tests.a.test_three.TestY" name="test_x" time="12"/>
<testcase classname="tests.a.test_three.TestY" name="test_z" time="11"/>
<testcase classname="tests.a.test_gone" name="test_x" time="99"/>
</testsuite></testsuites>"""


def test_the_files_that_take_long_are_there(root: Path) -> None:
    assert [name for name in longest() if not (root / name).is_file()] == []
    assert len(set(longest())) == len(longest())


def test_the_list_is_written_from_the_times_of_a_run(root: Path, tmp_path: Path) -> None:
    (tmp_path / "tests" / "a").mkdir(parents=True)
    for name in ("one", "two", "three"):
        (tmp_path / "tests" / "a" / f"test_{name}.py").touch()
    (tmp_path / "times.xml").write_text(RUN)
    command = [sys.executable, str(root / "scripts/longest.py"), "--root", str(tmp_path), str(tmp_path / "times.xml")]
    subprocess.run(command, check=True)
    assert (tmp_path / "tests/longest.txt").read_text() == "23 tests/a/test_three.py\n22 tests/a/test_two.py\n"
