#!/usr/bin/env bash
# Prints the first Python of at least 3.11 that can make a virtual environment; PYTHON names another one.
set -euo pipefail

fits() {
    "$1" -c 'import sys, ensurepip, venv; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null
}

for candidate in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11; do
    if fits "$candidate"; then
        command -v "$candidate"
        exit 0
    fi
done
echo "collega needs Python 3.11 or newer with its venv module (Debian: apt-get install python3-venv)" >&2
exit 1
