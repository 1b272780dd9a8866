"""Licences of what runs in a hospital, read from the installed metadata; and no maker's telemetry in it."""

import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest

PERMISSIVE = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MIT-CMU",
    "PSF-2.0",
    "Zlib",
}
# Weak copyleft, used as a library and unchanged: docs/adr/0017-dependencies.md gives the reason for each.
LIBRARIES_ALLOWED = {
    "certifi": "MPL-2.0",
    "psycopg": "LGPL-3.0-only",
    "psycopg-binary": "LGPL-3.0-only",
    "psycopg-pool": "LGPL-3.0-only",
    "tqdm": "MPL-2.0",
}
# Metadata from before SPDX expressions, in the words that packages use.
SPELLINGS = {
    "bsd license": "BSD-3-Clause",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "mpl-2.0 and mit": "MPL-2.0",
    "3-clause bsd license": "BSD-3-Clause",
    "apache 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
}
# Packages whose metadata says no more than "BSD" or "dual": read in the licence file that they carry.
READ_IN_FULL = {
    "authlib": {"BSD-3-Clause"},
    "blis": {"BSD-3-Clause"},
    "jinja2": {"BSD-3-Clause"},
    "numba": {"BSD-2-Clause"},
    "joserfc": {"BSD-3-Clause"},
    "python-dateutil": {"Apache-2.0", "BSD-3-Clause"},
    "segno": {"BSD-3-Clause"},
    # Beside it lie libgfortran and libquadmath, as numpy has them: docs/adr/0066-statistics-of-evidence.md.
    "scipy": {"BSD-3-Clause"},
}
# Installed on other platforms only.
ABSENT_HERE = {"colorama", "tzdata"}
TELEMETRY = [b"Applications::" + b"Events", b"12Applications6" + b"Events", b"ORT_DISABLE_" + b"TELEMETRY"]


def locked_names(root: Path) -> list[str]:
    """Return the names in the runtime lock."""
    text = (root / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"^([a-z0-9._-]+)==", text, re.MULTILINE)))


def licence_words(package: Distribution) -> set[str]:
    """Return the licence as SPDX names, from the expression, else the field, else the classifiers."""
    metadata = package.metadata
    if expression := metadata.get_all("License-Expression"):
        return set(re.split(r" (?:AND|OR) ", expression[0]))
    lines = metadata.get_all("Classifier") or []
    classifiers = [line.split("::")[-1].strip() for line in lines if line.startswith("License")]
    stated = [*classifiers, *(words.strip() for words in metadata.get_all("License") or [])]
    return {SPELLINGS.get(words.lower(), words) for words in stated if words}


def acceptable(name: str, licences: set[str]) -> bool:
    """Tell whether every part of a licence is permissive or allowed by name."""
    return bool(licences) and licences <= PERMISSIVE | {LIBRARIES_ALLOWED.get(name, "")}


def test_every_runtime_package_may_be_used(root: Path) -> None:
    wrong = {}
    for name in locked_names(root):
        try:
            licences = READ_IN_FULL.get(name) or licence_words(distribution(name))
        except PackageNotFoundError:
            assert name in ABSENT_HERE, f"{name} is locked and not installed"
            continue
        if not acceptable(name, licences):
            wrong[name] = licences
    assert not wrong


@pytest.mark.parametrize(
    "licences",
    [{"GPL-3.0-or-later"}, {"AGPL-3.0-only"}, {"MIT", "GPL-2.0-only"}, {"LGPL-3.0-only"}, {"Proprietary"}, set()],
)
def test_a_licence_that_binds_us_is_seen(licences: set[str]) -> None:
    assert not acceptable("newcomer", licences)


def test_the_model_runtime_reports_to_nobody() -> None:
    libraries = [path for path in distribution("onnxruntime").files or [] if ".so" in path.name]
    assert libraries
    for library in libraries:
        content = Path(str(library.locate())).read_bytes()
        assert not [word for word in TELEMETRY if word in content], library
