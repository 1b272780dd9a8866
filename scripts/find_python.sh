#!/usr/bin/env bash
# Prints the Python that collega is installed with: PYTHON, else the first that fits.
set -euo pipefail

fits() { # fits PYTHON BEFORE: 3.11 or newer, below 3.BEFORE, able to make a virtual environment
    "$1" -c "import sys, ensurepip, venv; raise SystemExit(not (3, 11) <= sys.version_info < (3, $2))" 2>/dev/null
}

# Every locked package has wheels up to 3.13; a newer Python is taken where there is no other, and may have to compile.
for before in 14 99; do
    for candidate in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11; do
        if fits "$candidate" "$before"; then
            command -v "$candidate"
            exit 0
        fi
    done
done
echo "collega needs Python 3.11 or newer with its venv module (Debian: apt-get install python3-venv)" >&2
exit 1
