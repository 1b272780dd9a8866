"""Write `tests/longest.txt`: the files of tests that take longest, from the times of a whole run (JUnit XML)."""

import argparse
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree as ET  # written by pytest on this machine

HERE = Path(__file__).resolve().parent.parent
LIST = Path("tests/longest.txt")
LEAST_S = 20.0  # shorter ones fill what is left, in the order of the tree


def seconds_by_file(root: Path, times: Path) -> Mapping[str, float]:
    """Add the seconds of all tests of each file."""
    found: dict[str, float] = defaultdict(float)
    for test in ET.parse(times).iter("testcase"):  # noqa: S314 - as above
        parts = test.get("classname", "").split(".")
        # A class of tests follows the name of its module.
        files = ("/".join(parts[:count]) + ".py" for count in range(len(parts), 0, -1))
        name = next((file for file in files if (root / file).is_file()), None)
        if name is not None:
            found[name] += float(test.get("time", 0))
    return found


def lines(found: Mapping[str, float]) -> str:
    """Write a line for each file that takes long, longest first."""
    longest = sorted(((seconds, name) for name, seconds in found.items() if seconds >= LEAST_S), reverse=True)
    return "".join(f"{seconds:.0f} {name}\n" for seconds, name in longest)


def main() -> int:
    """Write the list of a checkout."""
    parser = argparse.ArgumentParser(description="the files of tests that take longest, for the order of `make test`")
    parser.add_argument("times", type=Path, help="what pytest --junit-xml wrote")
    parser.add_argument("--root", type=Path, default=HERE, help="folder of the repository")
    told = parser.parse_args()
    (told.root / LIST).write_text(lines(seconds_by_file(told.root, told.times)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
