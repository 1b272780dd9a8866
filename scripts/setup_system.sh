#!/usr/bin/env bash
# Installs the Debian packages that the tests and the validators need. Quick and silent when all are there.
#
# As root it installs them; otherwise it tries `sudo -n`; otherwise it prints the one command to type and fails.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
packages=()

need() { # need PACKAGE COMMAND...: COMMAND succeeds where PACKAGE is installed
    local package=$1
    shift
    "$@" >/dev/null 2>&1 || packages+=("$package")
}

look() { # fills the list of packages that are missing
    packages=()
    need orthanc test -x /usr/sbin/Orthanc
    need orthanc-dicomweb test -e /usr/share/orthanc/plugins/libOrthancDicomWeb.so
    need dcmtk command -v dcmsend
    need dicom3tools command -v dciodvfy
    need util-linux command -v unshare
    need chromium command -v chromium
    need openssl command -v openssl
    need systemd command -v systemd-analyze
    need poppler-utils command -v pdftotext
    need podman command -v podman
    need rsyslog-openssl compgen -G '/usr/lib/*/rsyslog/lmnsd_ossl.so'
    need runc test -x /usr/sbin/runc
    need gcc command -v cc
    need libc6-dev compgen -G '/usr/lib/*/libc.a'
    need python3-venv "$here/find_python.sh"
}

look
((${#packages[@]})) || exit 0

# No questions, and the smallest set of packages.
install="env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ${packages[*]}"

if ! command -v apt-get >/dev/null; then
    echo "This machine has no apt-get. Please install what Debian calls: ${packages[*]}" >&2
    exit 1
fi
if ((EUID == 0)); then
    as_root=()
elif sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
else
    echo "Some packages are missing and this account may not install them. Please run, then try again:" >&2
    echo "    sudo apt-get update && sudo $install" >&2
    exit 1
fi

# Debian would start its Orthanc at once, on all addresses. The tests start their own; none is wanted here.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
fi

echo "Installing: ${packages[*]}"
# shellcheck disable=SC2086  # $install is a command line on purpose
"${as_root[@]}" $install -qq >/dev/null 2>&1 || {
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" $install -qq >/dev/null
}

look
if ((${#packages[@]})); then
    echo "Still missing after the installation: ${packages[*]}" >&2
    exit 1
fi
