"""Measure throughput, latency, start and memory; JSON lines on standard output. See README.md."""

import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    # The peers (Orthanc, dcmtk) are those of the tests, which are no part of the package.
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    importlib.import_module("bench.suite").main(sys.argv[1:])
