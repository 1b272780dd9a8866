"""A backup counts once it has been restored: the site comes back elsewhere, whole, and sends nothing twice."""

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.e2e import warm
from tests.e2e.films import PROBE, Film, account, counts, let_go, wait_over, wait_told, write_film
from tests.e2e.peers import dcmsend, orthanc
from tests.e2e.servers import PASSWORD, own_server
from tests.e2e.site import Site, site, wait_for

pytestmark = pytest.mark.shows("R31", "R59", "R64")
RETRIES = {"COLLEGA_PACS__RETRY_FIRST_S": "0.5", "COLLEGA_PACS__RETRY_MOST_S": "1"}
STABLE = (
    "study_instance_uid",
    "accession_number",
    "patient_id",
    "revision",
    "series",
    "quarantine",
    "events",
    "deliveries",
    "jobs",
)


def send(one: Site, *films: Film) -> None:
    for film in films:
        assert "with status SUCCESS  : 1" in dcmsend(one.dicom_port, film.path).text


def run(one: Site, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return warm.run(arguments, one.environment)


@contextmanager
def films_keep_coming(one: Site, folder: Path) -> Iterator[list[Film]]:
    """Send one film after the other while the block runs."""
    sent: list[Film] = []
    over = threading.Event()

    def scan() -> None:
        number = 0
        while not over.is_set():
            film = write_film(folder, f"meanwhile {number}")
            send(one, film)
            sent.append(film)
            number += 1

    scanner = threading.Thread(target=scan)
    scanner.start()
    try:
        yield sent
    finally:
        over.set()
        scanner.join(60)


def objects(data: Path) -> dict[str, bytes]:
    """Every received object below a data folder, by its place."""
    return {str(path.relative_to(data)): path.read_bytes() for path in (data / "studies").rglob("*.dcm")}


def in_dump(copy: Path) -> set[str]:
    """Places of the received objects that a backup holds."""
    lines = (copy / "checksums.sha256").read_text().splitlines()
    names = (line.split("  ", 1)[1] for line in lines)
    return {name.removeprefix("files/") for name in names if name.startswith("files/studies/")}


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A backup that was made in the midst of work, and all that is known of that moment and after."""

    copy: Path
    made: dict[str, Any]
    at_work: Film
    delivered: dict[str, dict[str, Any]]
    others: list[str]
    objects: dict[str, bytes]
    in_pacs: dict[str, dict[str, int]]


def busy_site_is_kept(folder: Path, pacs_folder: Path) -> Kept:
    """Back up a site whose PACS is away and whose app is at work, while films come; then let it finish."""
    done, waiting = ([write_film(folder / "films", f"{name} {number}") for number in range(3)] for name in ("a", "b"))
    slow = write_film(folder / "films", "slow", StudyDescription="held")
    copy = folder / "copies" / "one"
    with site(folder / "first", pacs=("TESTPACS", 1), apps=[PROBE], settings=RETRIES) as one:
        with orthanc(pacs_folder) as pacs:
            one.environment["COLLEGA_PACS__PORT"] = str(pacs.dicom_port)
            one.start()
            send(one, *done)
            delivered = {film.study: wait_over(one, film.study) for film in done}
        send(one, *waiting)
        for film in waiting:
            wait_told(one, film.study, lambda told: len(told["deliveries"]) == 2, "its objects wait")
        send(one, slow)
        wait_told(one, slow.study, lambda told: [job["state"] for job in told["jobs"]] == ["running"], "it runs")
        with films_keep_coming(one, folder / "more") as meanwhile:
            wait_for(lambda: len(meanwhile) > 1, "films come")
            before = len(meanwhile)
            made = one.json("backup", str(copy))
            assert len(meanwhile) > before, "the scanner was not held up"
        assert one.json("backup", "verify", str(copy)) == made
        let_go(one, slow)
        # The first site lives on after the moment of the backup, and delivers all that waits.
        assert one.stop() == [0]
        with orthanc(pacs_folder) as pacs:
            one.environment["COLLEGA_PACS__PORT"] = str(pacs.dicom_port)
            one.start()
            others = [film.study for film in (*waiting, slow, *meanwhile)]
            for study in others:
                wait_over(one, study)
            assert one.stop()[-1] == 0
            in_pacs = counts(pacs)
        stored = objects(one.data)
    assert all(found == {"SR": 1, "OT": 1} for found in in_pacs.values())
    return Kept(copy=copy, made=made, at_work=slow, delivered=delivered, others=others, objects=stored, in_pacs=in_pacs)


@pytest.mark.parametrize("database", ["embedded", pytest.param("own server", marks=pytest.mark.slow)])
def test_a_site_comes_back_elsewhere(tmp_path: Path, database: str) -> None:
    pacs_folder = tmp_path / "pacs"
    kept = busy_site_is_kept(tmp_path, pacs_folder)
    server = own_server(tmp_path / "server") if database == "own server" else nullcontext("")
    with (
        server as url,
        orthanc(pacs_folder) as pacs,
        site(tmp_path / "second", pacs=(pacs.aet, pacs.dicom_port), apps=[PROBE], settings=RETRIES) as second,
    ):
        restored = second.json("restore", str(kept.copy), *(["--database-url", url] if url else []))
        assert restored["holds"] == kept.made["holds"]
        assert restored["queued_again"] >= 1, "the app that was at work begins again"
        if url:
            second.environment["COLLEGA_DATABASE__URL"] = url
            assert not (second.data / "pg").exists()
        named = in_dump(kept.copy)
        assert len(named) == kept.made["holds"]["objects"] >= 7
        assert objects(second.data) == {name: kept.objects[name] for name in named}
        assert second.data.joinpath("studies").stat().st_mode & 0o777 == 0o700
        second.start()
        for study, told in kept.delivered.items():
            again = account(second, study)
            assert {name: again[name] for name in STABLE} == {name: told[name] for name in STABLE}
        let_go(second, kept.at_work)
        known = [study for study in kept.others if account(second, study)["state"] != "unknown"]
        assert len(known) + len(kept.delivered) == kept.made["holds"]["studies"]
        for study in known:
            wait_over(second, study)
        assert counts(pacs) == kept.in_pacs, "what was sent before the restore is not there twice"
        assert PASSWORD not in second.log()
        assert second.stop()[-1] == 0


def test_one_file_and_a_second_copy_that_shares_with_the_first(tmp_path: Path) -> None:
    film, later = (write_film(tmp_path / "films", name) for name in ("one", "two"))
    with site(tmp_path / "site", pacs=None, apps=[PROBE]) as one:
        one.start()
        (one.data / "secrets" / "key").write_bytes(b"keep me")
        send(one, film)
        wait_over(one, film.study, page=False)
        assert one.json("backup", str(tmp_path / "one"))["linked"] == 0
        send(one, later)
        wait_over(one, later.study, page=False)
        made = one.json("backup", str(tmp_path / "two"), "--previous", str(tmp_path / "one"))
        assert made["linked"] == 4, "the first film, the secret, and those of launches and of surveys"
        for path in (tmp_path / "two").rglob("*"):
            assert path.stat().st_mode & 0o077 == 0, f"{path} is open to others"
        assert one.json("backup", "verify", str(tmp_path / "two"))["files"] == made["files"]
        tar = one.json("backup", str(tmp_path / "three.tar"))
        assert tar["files"] == made["files"]
        assert (tmp_path / "three.tar").stat().st_mode & 0o077 == 0
        refused = run(one, "backup", str(tmp_path / "two"))
        assert (refused.returncode, "is there already" in refused.stderr) == (1, True)
        assert one.stop() == [0]
    with site(tmp_path / "again", pacs=None, apps=[PROBE]) as again:
        again.command("restore", str(tmp_path / "three.tar"))
        assert (again.data / "secrets" / "key").read_bytes() == b"keep me"
        assert (again.data / "secrets" / "key").stat().st_mode & 0o777 == 0o600
        assert {row["study_instance_uid"] for row in again.json("worklist")} == {film.study, later.study}
        assert not again.left_over()


def test_what_is_not_as_it_was_written_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    film = write_film(tmp_path / "films", "one")
    with site(tmp_path / "site", pacs=None, apps=[PROBE]) as one:
        one.start()
        send(one, film)
        wait_over(one, film.study, page=False)
        copy = tmp_path / "copy"
        one.command("backup", str(copy))
        occupied = run(one, "restore", str(copy))
        assert (occupied.returncode, "is not empty" in occupied.stderr) == (2, True)
        running = run(one, "restore", str(copy), "--set-aside")
        assert (running.returncode, "stop it first" in running.stderr) == (2, True)
        assert one.stop() == [0]
        (stored,) = (copy / "files" / "studies").rglob("*.dcm")
        content = stored.read_bytes()
        stored.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
        with site(tmp_path / "again", pacs=None, apps=[PROBE]) as again:
            refused = run(again, "restore", str(copy))
            assert (refused.returncode, "not as it was written" in refused.stderr) == (1, True)
            assert not [path for path in again.data.rglob("*.dcm") if path.parent.parent.parent.name == "studies"]
            assert "a restore into" in run(again, "serve").stderr, "half a site does not start"
            stored.write_bytes(content)
            again.command("restore", str(copy))
            assert len(again.json("worklist")) == 1
        # Over the old site: what it held is kept aside, and the copy takes its place.
        done = one.json("restore", str(copy), "--set-aside")
        assert len(objects(Path(done["set_aside"]))) == 1
        assert len(one.json("worklist")) == 1


def test_a_copy_of_a_newer_collega_is_refused_and_one_of_an_older_is_brought_up(tmp_path: Path) -> None:
    with site(tmp_path / "site", pacs=None, apps=[PROBE]) as one:
        one.command("worklist")
        one.command("backup", str(tmp_path / "copy"))
    manifest = tmp_path / "copy" / "manifest.json"
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**told, "schema": [*told["schema"], "9999_future.sql"]}))
    with site(tmp_path / "again", pacs=None, apps=[PROBE]) as again:
        refused = run(again, "restore", str(tmp_path / "copy"))
        assert refused.returncode == 2
        assert "newer collega" in refused.stderr
        assert "9999_future.sql" in refused.stderr
        assert not (again.data / "pg").exists()


def test_a_database_that_holds_anything_is_refused(tmp_path: Path) -> None:
    with own_server(tmp_path / "server") as url, site(tmp_path / "site", pacs=None, apps=[PROBE]) as one:
        one.command("worklist")
        one.command("backup", str(tmp_path / "copy"))
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE theirs (id integer)")
        with site(tmp_path / "again", pacs=None, apps=[PROBE]) as again:
            refused = run(again, "restore", str(tmp_path / "copy"), "--database-url", url)
            assert (refused.returncode, "not empty, it holds 1 tables" in refused.stderr) == (2, True)
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("DROP TABLE theirs")
            again.command("restore", str(tmp_path / "copy"), "--database-url", url)
            nobody = url.replace("collega:", "nobody:")
            assert "cannot connect" in run(again, "restore", str(tmp_path / "copy"), "--database-url", nobody).stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a small disk")
@pytest.mark.parametrize("name", ["copy", "copy.tar"])
def test_a_disk_that_fills_leaves_no_copy_that_looks_whole(tmp_path: Path, name: str) -> None:
    films = [write_film(tmp_path / "films", f"film {number}") for number in range(8)]
    small = tmp_path / "small"
    small.mkdir()
    with site(tmp_path / "site", pacs=None, apps=[PROBE]) as one:
        one.start()
        send(one, *films)
        for film in films:
            wait_over(one, film.study, page=False)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "none", str(small)], check=True)
        try:
            refused = run(one, "backup", str(small / name))
            assert refused.returncode == 1
            assert "No space left" in refused.stderr
            assert list(small.iterdir()) == []
            subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
            one.command("backup", str(small / name))
            assert [path.name for path in small.iterdir()] == [name]
        finally:
            subprocess.run(["umount", "--lazy", str(small)], check=True)
        assert one.is_ready()
