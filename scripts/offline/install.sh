#!/bin/sh
# Installs collega from this folder on a server without internet, or takes it away again.
#
#   ./install.sh [--prefix DIR] [--config FILE] [--data DIR] [--python PYTHON]
#   ./install.sh --uninstall [--prefix DIR]
#
# Every file is checked first. A new version gets a virtual environment of its own beside the one in use, has to work
# there, and only then becomes the current one. Settings and data are never changed and never removed.
set -eu
umask 022

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
prefix=/opt/collega
config=                     # /etc/collega/collega.toml, or in a prefix of its own beside the programs
data=/var/lib/collega
python=
action=install

say() { printf '%s\n' "$*"; }
refuse() { # refuse WHAT REMEDY
    printf 'install.sh: %s\n' "$1" >&2
    [ -z "${2:-}" ] || printf '            %s\n' "$2" >&2
    exit 1
}

usage() { sed -n '2,8s/^# \{0,1\}//p' "$0"; }

while [ $# -gt 0 ]; do
    case $1 in
        --prefix | --config | --data | --python)
            [ $# -ge 2 ] || refuse "$1 needs a value" "try --help"
            case $1 in --prefix) prefix=$2 ;; --config) config=$2 ;; --data) data=$2 ;; --python) python=$2 ;; esac
            shift
            ;;
        --uninstall) action=uninstall ;;
        --help | -h) usage && exit 0 ;;
        *) refuse "unknown option $1" "try --help" ;;
    esac
    shift
done

prefix=${prefix%/}
if [ -z "$config" ]; then
    if [ "$prefix" = /opt/collega ]; then config=/etc/collega/collega.toml; else config=$prefix/collega.toml; fi
fi

# These paths end up in scripts and settings, where other characters would mean something else.
for path in "$prefix" "$config" "$data"; do
    case $path in
        /*) ;;
        *) refuse "$path is not an absolute path" "give it as /FOLDER/..." ;;
    esac
    case $path in
        / | *[!A-Za-z0-9/._-]*) refuse "$path cannot be used" "take a path of letters, digits and / . _ -" ;;
    esac
done
mark=$prefix/.installed-by-collega

# ------------------------------------------------------------------ what runs from here

running() { # processes whose command line names a program below the prefix
    for entry in /proc/[0-9]*; do
        [ "${entry#/proc/}" != "$$" ] || continue
        if tr '\0' '\n' <"$entry/cmdline" 2>/dev/null | grep -F -e "$prefix/versions/" -e "$prefix/current/" >/dev/null; then
            printf '%s ' "${entry#/proc/}"
        fi
    done
}

uninstall() {
    [ -e "$mark" ] || refuse "$prefix holds no collega that install.sh put there" "nothing was removed"
    pids=$(running)
    [ -z "$pids" ] || refuse "collega is running (process $pids)" "stop it first: systemctl stop collega"
    written=$(sed -n '2p' "$mark")
    if [ -n "$written" ] && [ -e "$written" ]; then
        if [ "$(sed -n '1p' "$mark")" = "$(sum "$written")" ]; then
            rm -f "$written"
            [ "${written%/*}" = "$prefix" ] || rmdir "${written%/*}" 2>/dev/null || :
        else
            say "Kept, since it was changed: $written"
        fi
    fi
    rm -rf "$prefix/versions" "$prefix/current" "$prefix/bin" "$prefix/collega.service" "$mark"
    rmdir "$prefix" 2>/dev/null || say "Kept, since it holds other files: $prefix"
    say "collega is uninstalled. Data folders are never removed by this script."
}

sum() { sha256sum "$1" | cut -d' ' -f1; }

# ------------------------------------------------------------------ what must hold before anything is changed

fact() { sed -n "s/^$1=//p" "$here/PLATFORM"; }

verify() {
    command -v sha256sum >/dev/null || refuse "sha256sum is missing" "it belongs to coreutils"
    [ -f "$here/SHA256SUMS" ] || refuse "SHA256SUMS is missing" "unpack the whole archive again"
    complaints=$(cd "$here" && sha256sum --check --strict --quiet SHA256SUMS 2>&1) ||
        refuse "the files are not those that were packed; nothing was installed:
$complaints" "copy the archive again and compare its own checksum"
    # What stands in one of the two lists only: nothing of the checksums is missing, so these were never packed.
    strangers=$({ cut -c67- "$here/SHA256SUMS" && cd "$here" && find . -type f ! -name SHA256SUMS | sed 's|^\./||'; } |
        LC_ALL=C sort | LC_ALL=C uniq -u | tr '\n' ' ')
    [ -z "$strangers" ] || refuse "files that were never packed: $strangers" "unpack the archive into an empty folder"
}

check_machine() {
    [ "$(uname -s)" = Linux ] || refuse "this is $(uname -s)" "the bundle is for Linux"
    [ "$(uname -m)" = "$(fact machine)" ] ||
        refuse "this machine is $(uname -m)" "the bundle is for $(fact machine): build one there with \`make bundle\`"
    found=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed 's/^glibc //') || found=
    [ -n "$found" ] || refuse "this system has no GNU C library" "the wheels need glibc $(fact glibc) or newer"
    at_least "$found" "$(fact glibc)" || refuse "this system has glibc $found" "the wheels need $(fact glibc) or newer"
}

at_least() { # at_least A B: version A is B or newer
    [ "$(printf '%s\n%s\n' "$2" "$1" | sort -t. -k1,1n -k2,2n | head -n 1)" = "$2" ]
}

version_of() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

choose_python() { # sets python to one with the version that the wheels were built for
    wanted=$(fact python)
    seen=
    for candidate in ${python:-"python$wanted" python3}; do
        found=$(version_of "$candidate") || continue
        if [ "$found" = "$wanted" ]; then
            python=$(command -v "$candidate")
            "$python" -c 'import sys, sysconfig; raise SystemExit(
                sys.implementation.name != "cpython" or bool(sysconfig.get_config_var("Py_GIL_DISABLED")))' ||
                refuse "$python is not an ordinary CPython" "the wheels fit CPython $wanted"
            "$python" -c 'import ensurepip, venv' 2>/dev/null ||
                refuse "$python cannot make virtual environments" "install the package python$wanted-venv of your system"
            return
        fi
        seen="$seen $candidate is $found;"
    done
    refuse "Python $wanted was not found:${seen:- none at all}" \
        "collega needs Python 3.11 or newer, and this bundle CPython $wanted: name one with --python, or build another"
}

check_room() {
    folder=$prefix
    while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
    [ -w "$folder" ] || refuse "$folder cannot be written by $(id -un)" "run this as root, or choose another --prefix"
    room=$(df -Pk "$folder" | awk 'NR == 2 { print int($4 / 1024) }')
    [ "$room" -ge "$(fact needs_mb)" ] ||
        refuse "$folder has $room MB free" "collega needs $(fact needs_mb) MB there"
}

# ------------------------------------------------------------------ installing

attempt= # the environment that is being made, removed unless it works
trial=   # a data folder for its test
cleanup() {
    [ -z "$attempt" ] || rm -rf "$attempt"
    [ -z "$trial" ] || rm -rf "$trial"
}

works() { # works ENVIRONMENT: the command answers, and PostgreSQL starts, in a folder of its own
    trial=$(mktemp -d)
    answer=0
    env -i PATH=/usr/bin:/bin HOME="$trial" COLLEGA_DATA="$trial/data" sh -c "cd '$trial' &&
        '$1/bin/collega' --help && '$1/bin/collega' apps list --json" >"$trial/log" 2>&1 || answer=$?
    [ "$answer" -eq 0 ] || tail -n 20 "$trial/log" >&2
    rm -rf "$trial"
    trial=
    return "$answer"
}

make_environment() { # make_environment FOLDER
    attempt=$1
    rm -rf "$attempt"
    "$python" -m venv "$attempt"
    # --isolated: no setting of this machine may bring another package, or another address, in.
    env -i PATH=/usr/bin:/bin HOME="$attempt" PIP_CONFIG_FILE=/dev/null "$attempt/bin/python" -I -m pip --isolated \
        --disable-pip-version-check install --quiet --no-index --no-cache-dir --find-links "$here/wheels" \
        --require-hashes --only-binary :all: -r "$here/requirements.txt" ||
        refuse "the packages could not be installed" "what was there before is still in use"
    works "$attempt" || refuse "the new version does not work here" "what was there before is still in use"
    : >"$attempt/.works"
    attempt=
}

switch_to() { # switch_to NAME: in one step, so that there is never no current version
    rm -f "$prefix/current.new"
    ln -s "versions/$1" "$prefix/current.new"
    mv -T "$prefix/current.new" "$prefix/current"
}

write_command() {
    mkdir -p "$prefix/bin"
    cat >"$prefix/bin/collega.new" <<END
#!/bin/sh
# collega with the settings of this installation, unless others are named.
: "\${COLLEGA_CONFIG:=$config}"
export COLLEGA_CONFIG
exec $prefix/current/bin/collega "\$@"
END
    chmod 755 "$prefix/bin/collega.new"
    mv -f "$prefix/bin/collega.new" "$prefix/bin/collega"
}

write_settings() {
    if [ ! -e "$config" ]; then
        mkdir -p "$(dirname "$config")"
        sed "s|@DATA@|$data|" "$here/starter.toml" >"$config"
        printf '%s\n%s\n' "$(sum "$config")" "$config" >"$mark"
    fi
    sed "s|/opt/collega|$prefix|g; s|/etc/collega/collega.toml|$config|g; s|/var/lib/collega|$data|g" \
        "$here/collega.service" >"$prefix/collega.service"
}

forget_older() { # keeps the current version and the one before: a running server may still use that
    for folder in "$prefix"/versions/*; do
        case ${folder##*/} in "$1" | "$2") ;; *) rm -rf "$folder" ;; esac
    done
}

install() {
    verify
    check_machine
    choose_python
    version=$(cat "$here/VERSION")
    name=$version-$(sum "$here/requirements.txt" | cut -c1-12)
    before=$(readlink "$prefix/current" 2>/dev/null | sed 's|^versions/||') || before=
    if [ "$before" = "$name" ] && [ -e "$prefix/versions/$name/.works" ] && works "$prefix/versions/$name"; then
        write_command
        write_settings
        say "collega $version is installed already in $prefix, and works."
        return
    fi
    [ -e "$mark" ] || [ ! -e "$prefix" ] || [ -z "$(ls -A "$prefix")" ] ||
        refuse "$prefix is not empty" "choose a folder of its own with --prefix"
    check_room
    say "Installing collega $version in $prefix, with $python (a minute or two) ..."
    mkdir -p "$prefix/versions"
    [ -e "$mark" ] || : >"$mark"
    make_environment "$prefix/versions/$name"
    switch_to "$name"
    write_command
    write_settings
    forget_older "$name" "$before"
    say "collega $version is installed${before:+; the version before stays until the next upgrade: $before}."
    say ""
    say "Next:"
    say "  $prefix/bin/collega demo            # the whole line on this machine, simulated, nothing stays"
    say "  edit $config           # address, PACS, time zone; nothing goes out before"
    say "  $prefix/bin/collega site check      # does everything answer?"
    say "  $prefix/bin/collega serve           # or as a service: README.txt, $prefix/collega.service"
}

trap cleanup EXIT
trap 'exit 130' INT TERM HUP
"$action"
