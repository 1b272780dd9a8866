"""Show where time and CPU per object go in the receiver during ingest; see README.md."""

import argparse
import signal
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import pressure, slices  # noqa: E402 - found by the line above
from bench.contenders import QUIET  # noqa: E402
from bench.ingest import STUDIES  # noqa: E402
from bench.keeping import kept  # noqa: E402
from bench.processes import cpu_s, grown, user_and_system_s  # noqa: E402
from bench.profile_report import Stack, per, print_cpu, print_table, samples, short, start_sampled  # noqa: E402
from bench.send_slices import Sent, storescu  # noqa: E402
from tests.e2e.peers import wait_until  # noqa: E402 - the tests are no part of the package
from tests.e2e.site import Site, family, site  # noqa: E402

from collega.testing.ports import owned_by  # noqa: E402


def main() -> None:
    """Send slices to a sampled receiver, and print what an object costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=int, default=800)
    parser.add_argument("--associations", type=int, choices=[1, 2, 4], default=1)
    parser.add_argument("--edge", type=int, default=slices.LARGE_EDGE, help="rows and columns of a slice")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="collega-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        batches = slices.written(folder / "source", studies=STUDIES, each=asked.slices // STUDIES, edge=asked.edge)
        count = sum(len(batch.files) for batch in batches)
        report = folder / "report.jsonl"
        with site(folder / "site", pacs=None, settings=QUIET) as one:
            receiver = start_sampled(one, "receiver", report, waits=True)
            wait_until(lambda: owned_by(receiver.pid, one.dicom_port), "the receiver listens")
            receiver.send_signal(signal.SIGUSR1)
            before, stalled = _cpu(one, receiver.pid), pressure.stalled_s()
            sent = storescu(one.dicom_port, "COLLEGA", batches, asked.associations)
            waited = pressure.share(stalled, pressure.stalled_s(), sent.seconds)
            kept(one.data, batches)
            used = grown(before, _cpu(one, receiver.pid))
            one.stop()
        _print_whole(sent, used, waited, count)
        print_cpu(samples(report), count, "object")
        passed = per(samples(report, "wall_ns"), count)
        print_table("time passed in a line of code, running or waiting, ms per object", passed, _line)


def _cpu(one: Site, pid: int) -> dict[str, float]:
    found = {"postgresql": sum(map(cpu_s, one.database_processes()))}
    for member in family(pid):
        for kind, spent in user_and_system_s(member).items():
            found[f"receiver, {kind}"] = found.get(f"receiver, {kind}", 0.0) + spent
    return found


def _print_whole(sent: Sent, used: dict[str, float], waited: dict[str, float], count: int) -> None:
    print(f"ms per object: {sent.seconds * 1000 / count:.2f} passed, {count} objects")
    for name, spent in {**used, "sender": sent.cpu_s}.items():
        print(f"{spent * 1000 / count:8.2f}  CPU of {name}")
    for kind, part in waited.items():
        print(f"{part * 100:7.0f}%  of the time some task waited for {kind}")
    print()


def _line(stack: Stack) -> list[str]:
    """Name the innermost function with its line, and whose thread it is."""
    _, line, _ = stack[-1].rsplit(":", 2)
    return [f"{short(stack[-1])} line {line}, called by {short(stack[-2]) if len(stack) > 1 else 'nobody'}"]


if __name__ == "__main__":
    main()
