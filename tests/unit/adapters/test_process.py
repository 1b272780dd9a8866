"""Apps that misbehave, in the real runner: each ends, each is told apart, none reaches what is not its own."""

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from collega.errors import TransientError
from collega.model.job import AttemptOutcome
from tests.unit.adapters.conftest import Bench, Run

NAMESPACES = {"network", "mount", "process", "ipc"}


async def test_an_app_answers(bench: Bench) -> None:
    attempt = await bench.run("(outputs / 'result.json').write_text((inputs / 'study.json').read_text() + '!')")
    assert (attempt.outcome, attempt.detail) == (AttemptOutcome.ANSWERED, "")
    assert bench.written("result.json") == "{}!"
    assert 0 < attempt.wall_s < 5
    assert attempt.peak_mb > 1


async def test_the_level_of_isolation_is_on_record(run: Run) -> None:
    attempt = await run("pass")
    expected = NAMESPACES | {"limits"} | ({"uid"} if os.geteuid() == 0 else {"user"})
    assert set(attempt.isolation) == expected


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ("raise RuntimeError('no model')", "RuntimeError: no model"),
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import sys; sys.exit(0)", "SystemExit"),
        ("import nothing_of_that_name", "ModuleNotFoundError"),
        ("import os; os.abort()", "the app was ended by SIG"),
        ("import ctypes; ctypes.string_at(0)", "SIGSEGV"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("def f(): f()\nf()", "RecursionError"),
    ],
)
async def test_an_app_that_breaks_has_crashed(run: Run, body: str, detail: str) -> None:
    attempt = await run(body)
    assert attempt.outcome is AttemptOutcome.CRASHED
    assert detail in attempt.detail


async def test_what_an_app_prints_is_kept(bench: Bench) -> None:
    await bench.run("import sys; print('to out'); print('to err', file=sys.stderr); raise ValueError('and why')")
    log = (bench.folder / "log.txt").read_text(encoding="utf-8")
    assert "to out" in log
    assert "to err" in log
    assert "ValueError: and why" in log
    assert "Traceback" in log


async def test_an_app_that_hangs_is_ended_in_time(run: Run) -> None:
    attempt = await asyncio.wait_for(run("import time; time.sleep(60)", time_limit_s=0.4), 30)
    assert attempt.outcome is AttemptOutcome.TIMED_OUT
    assert "run.time_limit_s" in attempt.detail


async def test_an_app_that_refuses_to_die_dies(run: Run) -> None:
    body = """
        import os, signal, time
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        try:
            os.setsid()
        except OSError:
            pass
        while True:
            time.sleep(1)
    """
    attempt = await run(body, time_limit_s=0.4)
    assert attempt.outcome is AttemptOutcome.TIMED_OUT


def with_argument(text: str) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if text.encode() in (entry / "environ").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


async def test_children_of_an_app_are_gone_when_it_has_ended(bench: Bench) -> None:
    body = """
        import os, subprocess, time
        for _ in range(3):
            subprocess.Popen(["sleep", "61"], env={"COLLEGA_TEST_CHILD": "MARK", "PATH": os.environ["PATH"]},
                             start_new_session=True)
        if os.fork() == 0:
            os.setsid()
            time.sleep(61)
        (outputs / "result.json").write_text("{}")
    """
    mark = f"{os.getpid()}-{bench.data.parent.name}"
    attempt = await bench.run(body.replace("MARK", mark))
    assert attempt.outcome is AttemptOutcome.ANSWERED, attempt.detail
    await asyncio.sleep(0.1)
    assert with_argument(f"COLLEGA_TEST_CHILD={mark}") == []


async def test_an_app_that_forks_without_end_is_stopped(run: Run) -> None:
    body = """
        import os, time
        while True:
            if os.fork() == 0:
                time.sleep(60)
    """
    attempt = await run(body, time_limit_s=2.0)
    assert attempt.outcome in {AttemptOutcome.CRASHED, AttemptOutcome.TIMED_OUT}


async def test_an_app_that_wants_too_much_memory(run: Run) -> None:
    attempt = await run("data = [bytearray(16 << 20) for _ in range(64)]", memory_mb=64)
    assert attempt.outcome is AttemptOutcome.OUT_OF_MEMORY


async def test_an_app_has_the_memory_that_it_was_promised(run: Run) -> None:
    assert (await run("data = bytearray(40 << 20)", memory_mb=64)).outcome is AttemptOutcome.ANSWERED


@pytest.mark.parametrize(
    "body",
    [
        "(outputs / 'big').write_bytes(bytes(3 << 20))",
        "[(outputs / str(n)).write_bytes(bytes(1 << 19)) for n in range(6)]",
        "import time\n[(outputs / str(n)).write_bytes(bytes(1 << 19)) for n in range(6)]\ntime.sleep(60)",
        "print('x' * (3 << 20))",
    ],
    ids=["one file", "many files", "and then it hangs", "its log"],
)
async def test_an_app_that_writes_too_much(run: Run, body: str) -> None:
    attempt = await run(body, output_mb=2)
    assert attempt.outcome is AttemptOutcome.TOO_MUCH_OUTPUT


@pytest.mark.shows("R5")
async def test_folders_that_come_and_go_in_its_answer_are_its_own_affair(bench: Bench) -> None:
    """One that puts its scratch beside its answer is looked through while it does so; what runs beside it goes on."""
    beside = asyncio.create_task(bench.run("import time; time.sleep(2)", time_limit_s=30.0))
    body = """
        import shutil, time
        began = time.monotonic()
        while time.monotonic() - began < 2:
            (outputs / "scratch" / "deep" / "deeper").mkdir(parents=True)
            shutil.rmtree(outputs / "scratch")
    """
    attempt = await bench.run(body, time_limit_s=30.0)
    assert (attempt.outcome, attempt.detail) == (AttemptOutcome.ANSWERED, "")
    assert (await beside).outcome is AttemptOutcome.ANSWERED


PLACES = {
    "its inputs": "(inputs / 'study.json').write_text('changed')",
    "new inputs": "(inputs / 'new').write_text('x')",
    "its own code": "import pathlib; (pathlib.Path(__file__).parent / 'x.py').write_text('x')",
    "the temporary folder": "open('/tmp/collega-app-wrote-this', 'w').write('x')",
    "shared memory": "open('/dev/shm/collega-app-wrote-this', 'w').write('x')",
    "the home of the user": "import pwd; open(pwd.getpwall()[0].pw_dir + '/x', 'w').write('x')",
    "beside its outputs": "(outputs.parent / 'x').write_text('x')",
    "a mode": "import os; os.chmod(inputs / 'study.json', 0o777)",
}


OUTSIDE = [Path(folder) / "collega-app-wrote-this" for folder in ("/tmp", "/dev/shm")]  # noqa: S108 - that is the question


@pytest.mark.parametrize("place", list(PLACES))
async def test_an_app_writes_nowhere_but_into_its_outputs(bench: Bench, place: str) -> None:
    attempt = await bench.run(PLACES[place])
    assert attempt.outcome is AttemptOutcome.CRASHED
    assert any(word in attempt.detail for word in ("Read-only", "Permission", "not permitted", "No such"))
    assert (bench.folder / "in" / "study.json").read_text(encoding="utf-8") == "{}"
    assert not any(path.exists() for path in OUTSIDE)


@pytest.fixture
def listener() -> Iterator[tuple[int, list[object]]]:
    """Listen on loopback; a list notes who comes."""
    came: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        stop = threading.Event()

        def serve() -> None:
            while not stop.is_set():
                try:
                    came.append(server.accept())
                except TimeoutError:
                    continue

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1], came
        stop.set()
        thread.join()


async def test_an_app_has_no_network(run: Run, listener: tuple[int, list[object]]) -> None:
    port, came = listener
    socket.create_connection(("127.0.0.1", port)).close()
    attempt = await run(f"import socket; socket.create_connection(('127.0.0.1', {port}), timeout=2)")
    await asyncio.sleep(0.2)
    assert attempt.outcome is AttemptOutcome.CRASHED
    assert len(came) == 1, "only the test itself came"


async def test_an_app_does_not_see_our_data(bench: Bench) -> None:
    body = f"""
        import os, pathlib
        data = pathlib.Path({str(bench.data)!r})
        seen = sorted(str(path) for path in data.rglob("*"))
        (outputs / "seen").write_text("\\n".join(seen))
        for name in ("studies/secret.dcm", "runs", "pg"):
            assert not (data / name).exists(), name
    """
    attempt = await bench.run(body)
    assert attempt.outcome is AttemptOutcome.ANSWERED, attempt.detail
    assert "secret" not in bench.written("seen")


async def test_an_app_sees_no_processes_and_no_secrets_of_ours(bench: Bench) -> None:
    os.environ["COLLEGA_DATABASE__URL"] = "postgresql://user:secret@host/db"
    try:
        body = """
            import os
            others = [name for name in os.listdir("/proc") if name.isdigit()]
            (outputs / "seen").write_text(" ".join(others) + "\\n" + "\\n".join(os.environ))
        """
        attempt = await bench.run(body)
    finally:
        del os.environ["COLLEGA_DATABASE__URL"]
    assert attempt.outcome is AttemptOutcome.ANSWERED, attempt.detail
    processes, *environment = bench.written("seen").splitlines()
    assert processes == "1"
    assert not [name for name in environment if name.startswith("COLLEGA")]


async def test_an_app_cannot_become_anyone(run: Run) -> None:
    attempt = await run("import os; os.setuid(0)" if os.geteuid() == 0 else "import os; os.chroot('/')")
    assert attempt.outcome is AttemptOutcome.CRASHED
    assert "not permitted" in attempt.detail


async def test_an_app_cannot_kill_us(run: Run) -> None:
    await run(f"import os, signal; os.kill({os.getpid()}, signal.SIGTERM)")
    await run("import os, signal; os.kill(-1, signal.SIGKILL)")
    assert (await run("pass")).outcome is AttemptOutcome.ANSWERED


async def test_a_mess_on_the_channels_does_not_hold_up_others(bench: Bench) -> None:
    """An app writes to every descriptor that it finds open, then hangs: its time is up all the same."""
    body = """
        import os, time
        for number in range(3, 256):
            try:
                os.write(number, b'{"outcome": "answered"')
            except OSError:
                pass
        time.sleep(60)
    """
    attempt = await asyncio.wait_for(bench.run(body, time_limit_s=0.5), 30)
    assert attempt.outcome in {AttemptOutcome.TIMED_OUT, AttemptOutcome.CRASHED}
    assert (await bench.run("pass")).outcome is AttemptOutcome.ANSWERED


async def test_attempts_run_side_by_side_and_do_not_share(bench: Bench) -> None:
    body = "import time; (outputs / 'x').write_text('1'); time.sleep(2)"
    attempts = [asyncio.create_task(bench.run(body, time_limit_s=30.0)) for _ in range(3)]
    done, _ = await asyncio.wait(attempts, return_when=asyncio.FIRST_COMPLETED)
    began = time.monotonic()
    assert [(await attempt).outcome for attempt in attempts] == [AttemptOutcome.ANSWERED] * 3
    assert len(done) == 3 or time.monotonic() - began < 2, "the last began before the first was over"


async def test_what_one_attempt_changes_the_next_does_not_see(run: Run) -> None:
    await run("import json; json.changed = True; import os; os.environ['LEFT'] = 'behind'")
    body = "import json, os; assert not hasattr(json, 'changed'); assert 'LEFT' not in os.environ"
    assert (await run(body)).outcome is AttemptOutcome.ANSWERED


async def test_a_template_that_is_killed_is_told_and_replaced(bench: Bench) -> None:
    assert (await bench.run("pass")).outcome is AttemptOutcome.ANSWERED
    process = bench.runner._process  # noqa: SLF001 - there is no other way to strike it
    assert process is not None
    running = asyncio.create_task(bench.run("import time; time.sleep(30)", time_limit_s=40.0))
    await asyncio.sleep(0.3)
    process.send_signal(signal.SIGKILL)
    with pytest.raises(TransientError, match="template"):
        await asyncio.wait_for(running, 10)
    assert (await bench.run("pass")).outcome is AttemptOutcome.ANSWERED


async def test_closing_ends_what_runs(bench: Bench) -> None:
    mark = f"{os.getpid()}-close-{bench.data.parent.name}"
    body = f"""
        import os, subprocess
        subprocess.run(["sleep", "62"], env={{"COLLEGA_TEST_CHILD": "{mark}", "PATH": os.environ["PATH"]}})
    """
    running = asyncio.create_task(bench.run(body, time_limit_s=40.0))
    for _ in range(40):
        await asyncio.sleep(0.05)
        if with_argument(f"COLLEGA_TEST_CHILD={mark}"):
            break
    await bench.runner.close()
    with pytest.raises(TransientError):
        await running
    await asyncio.sleep(0.2)
    assert with_argument(f"COLLEGA_TEST_CHILD={mark}") == []


@pytest.mark.shows("R15", "R54")
async def test_an_attempt_that_nobody_wants_any_more_ends_at_once_and_others_go_on(bench: Bench) -> None:
    begun = "import pathlib, time\n(pathlib.Path(outputs) / 'begun').write_text('yes')\ntime.sleep(60)"
    unwanted = asyncio.create_task(bench.run(begun, time_limit_s=60.0))
    await asyncio.sleep(0)
    mark = bench.folder / "out" / "begun"
    for _ in range(250):
        await asyncio.sleep(0.02)
        if mark.exists():
            break
    other = asyncio.create_task(bench.run("import time\ntime.sleep(1)"))
    await asyncio.sleep(0.2)
    asked = time.monotonic()
    unwanted.cancel()
    await asyncio.wait({unwanted})
    assert unwanted.cancelled()
    assert time.monotonic() - asked < 30, "it was killed, not waited for"
    assert (await other).outcome != "lost"
