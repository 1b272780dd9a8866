"""One attempt, seen from the forked process: confine, start the app, tell how it ended."""

import errno
import importlib
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from collega.adapters.process import confine, linux

# How the app's own process tells its end to the one that waits for it.
EXIT_ANSWERED, EXIT_CRASHED, EXIT_MEMORY, EXIT_OUTPUT, EXIT_UNCONFINED = 0, 91, 92, 93, 94
WORDS = {
    EXIT_ANSWERED: "answered",
    EXIT_MEMORY: "out_of_memory",
    EXIT_OUTPUT: "too_much_output",
    EXIT_UNCONFINED: "refused",
}
DETAIL_LENGTH = 300


def begin(request: dict[str, Any], report: int, close: Callable[[], None]) -> None:
    """Run one attempt in a process that the template has just forked; never returns.

    Parameters
    ----------
    request : dict
        What the runner asked for.
    report : int
        File descriptor on which the account is written as JSON.
    close : callable
        Lets go of what only the template needs.
    """
    try:
        linux.die_with_parent()
        os.setsid()
        close()
        account = _confined(request, report)
    except BaseException as error:  # noqa: BLE001 - the edge of the process
        account = {"outcome": "crashed", "detail": _describe(error), "isolation": []}
    try:
        os.write(report, json.dumps(account).encode())
    finally:
        os._exit(0)


def _confined(request: dict[str, Any], report: int) -> dict[str, Any]:
    places = confine.Places(
        app=Path(request["app"]),
        inputs=Path(request["inputs"]),
        outputs=Path(request["outputs"]),
        hidden=Path(request["data"]),
    )
    log = os.open(Path(request["log"]), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    level = confine.leave_namespaces()
    if not level and not request["allow_unconfined"]:
        detail = "this system refuses namespaces; see run.allow_unconfined"
        return {"outcome": "refused", "detail": detail, "isolation": []}
    if level:
        if os.geteuid() == 0:
            os.chown(places.outputs, confine.UNPRIVILEGED_ID, confine.UNPRIVILEGED_ID)
        places = confine.cover(places)
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        for ours in (read, report):  # the app must not speak in our place
            os.close(ours)
        _inside(request, places, log, write, hide=bool(level))
    os.close(write)
    _, status, usage = os.wait4(pid, 0)
    said = json.loads(os.read(read, 65536) or b"{}")
    isolation = [*level, *said.get("level", ())]
    return {
        **_outcome(status, said),
        "isolation": isolation,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mb": usage.ru_maxrss / 1024,
    }


def _outcome(status: int, said: dict[str, Any]) -> dict[str, str]:
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return {"outcome": "crashed", "detail": f"the app was ended by {name}"}
    return {"outcome": WORDS.get(os.WEXITSTATUS(status), "crashed"), "detail": str(said.get("detail", ""))}


def _inside(request: dict[str, Any], places: confine.Places, log: int, say: int, *, hide: bool) -> None:
    """Be the app: the first process of its namespaces; never returns."""
    code, detail = EXIT_ANSWERED, ""
    level: list[str] = []
    try:
        if hide:
            confine.hide_processes()
        _redirect(log)
        level = [*confine.drop_to_unprivileged()]
        linux.die_with_parent()  # again: a change of user clears it
        confine.bound(confine.Bounds(memory_mb=request["memory_mb"], output_mb=request["output_mb"]))
        level.append("limits")
        _call(request["entry"], places)
    except MemoryError as error:
        code, detail = EXIT_MEMORY, _describe(error) or "it wanted more memory than run.memory_mb"
    except BaseException as error:  # noqa: BLE001 - whatever an app raises ends here
        too_much = isinstance(error, OSError) and error.errno in {errno.EFBIG, errno.ENOSPC}
        code, detail = (EXIT_OUTPUT if too_much else EXIT_CRASHED), _describe(error)
        sys.excepthook(type(error), error, error.__traceback__)
    finally:
        try:
            os.write(say, json.dumps({"level": level, "detail": detail}).encode())
            sys.stdout.flush()
            sys.stderr.flush()
        except OSError:  # its log is full
            code = code or EXIT_OUTPUT
        except ValueError:  # it has closed its log
            pass
        finally:
            os._exit(code)


def _redirect(log: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(source, target)


def _call(entry: str, places: confine.Places) -> None:
    module_name, _, function_name = entry.partition(":")
    os.umask(0o077)
    os.chdir(places.outputs)
    os.environ.update(HOME=str(places.outputs), TMPDIR=str(places.outputs))
    sys.path.insert(0, str(places.app))
    sys.dont_write_bytecode = True
    function = getattr(importlib.import_module(module_name), function_name)
    function(places.inputs, places.outputs)


def _describe(error: BaseException) -> str:
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return text[:DETAIL_LENGTH]
