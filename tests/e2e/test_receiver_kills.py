"""The receiver dies, its database hangs, its disk fills: what was acknowledged is there, once, with its bytes."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from pydicom import dcmread
from pydicom.uid import ImplicitVRLittleEndian
from pynetdicom import AE

from collega.testing.pacs_sockets import socket_handlers
from tests.e2e.disks import small_disk
from tests.e2e.films import Film, save
from tests.e2e.peers import Orthanc, dcmsend, orthanc, storescu
from tests.e2e.raw_sender import RawSender, Sent, association, converted, message, sent, store_command
from tests.e2e.reception import Reception, at_once, reception, signal_all, small_slices
from tests.e2e.site import wait_for

pytestmark = pytest.mark.shows("R31")
FULL = 0xA700
DISK_KILOBYTES, BIG_BYTES = 8192, 16 << 20


def pour(house: Reception, objects: Sequence[Sent], taken: list[Sent], calling: str = "POUR") -> None:
    """Send one after the other until the receiver is gone; ``taken`` gets those that were acknowledged."""
    with RawSender(house.port) as sender:
        assert sender.associate(objects[0], calling=calling)
        for one in objects:
            if sender.store(one) != 0:
                return
            taken.append(one)
        sender.release()


def kill(house: Reception) -> None:
    """Kill the receiver as a loss of power would; the database is a process of its own and stays."""
    os.kill(house.pid, signal.SIGKILL)
    house.site.processes[-1].wait(10)


def test_a_kill_in_mid_object(tmp_path: Path) -> None:
    with reception(tmp_path) as house:
        first, second = (sent(film.path) for film in house.films("mid-object", 2))
        whole = b"".join(message(1, store_command(second), second.data_set))
        with association(house.port, first) as sender:
            assert sender.store(first) == 0
            sender.say(whole[: len(whole) // 2])
            time.sleep(0.2)  # half of it is on its way to the disk
            kill(house)
            assert sender.is_over()
        house.start()
        house.check_unharmed()
        house.check_kept_once([first])
        assert second.uid not in house.kept()
        with association(house.port, first) as sender:
            assert [sender.store(one) for one in (first, second)] == [0, 0]
            assert sender.release()
        house.check_kept_once([first, second])


def test_a_kill_while_the_database_hangs(tmp_path: Path) -> None:
    """Files may be durable here, and acknowledged; their records cannot be."""
    with reception(tmp_path) as house:
        before, *later = small_slices(tmp_path, "hangs", 12)
        taken: list[Sent] = []
        with association(house.port, before) as sender:
            assert sender.store(before) == 0
            database = house.site.database_processes()
            assert database
            signal_all(database, signal.SIGSTOP)
            try:
                sender.line.settimeout(1)
                try:
                    for one in later:
                        if sender.store(one) != 0:
                            break
                        taken.append(one)
                except TimeoutError:
                    pass  # it answers nothing that it cannot record: that is fine, too
                kill(house)
            finally:
                signal_all(database, signal.SIGCONT)
        house.start()
        house.check_kept_once([before, *taken])
        again: list[Sent] = []
        pour(house, [before, *later], again)
        assert again == [before, *later]
        house.check_kept_once(again)
        house.check_unharmed()


def kill_again_and_again(folder: Path, rounds: int, objects: int) -> None:
    """Two senders pour; the receiver dies at a moment that differs from round to round."""
    with reception(folder) as house:
        streams = [small_slices(folder, f"stream {number}", objects) for number in range(2)]
        taken: list[list[Sent]] = [[], []]
        for number in range(rounds):

            def send(place: int) -> None:
                left = [one for one in streams[place] if one not in taken[place]]
                if left:
                    pour(house, left, taken[place], f"STREAM{place}")

            def strike(target: int = sum(map(len, taken)) + 3 * (number + 1)) -> None:
                wait_for(lambda: sum(map(len, taken)) >= target, f"{target} objects are taken", 20)
                kill(house)

            at_once(lambda: send(0), lambda: send(1), strike)
            house.start()
            house.check_kept_once([*taken[0], *taken[1]], perhaps=[*streams[0], *streams[1]])
            house.check_unharmed()
        assert 0 < len(taken[0]) + len(taken[1]) < 2 * objects, "kills came too early or too late to tell anything"
        for place in range(2):
            pour(house, streams[place], [])
        house.check_kept_once([*streams[0], *streams[1]])


def test_a_kill_while_two_senders_pour(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, rounds=2, objects=60)


@pytest.mark.slow
def test_many_kills_while_two_senders_pour(tmp_path: Path) -> None:
    kill_again_and_again(tmp_path, rounds=25, objects=2000)


# --------------------------------------------------------------------------- a full disk


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a small disk")
def test_a_disk_that_fills_in_mid_object(tmp_path: Path) -> None:
    small, big = small_slices(tmp_path, "small", 3), small_slices(tmp_path, "big")[0]
    # The pixels grow by a private element that is larger than the disk.
    filler = b"\x09\x00\x10\x00LO\x08\x00TESTING " + b"\x09\x00\x01\x10OB\x00\x00" + BIG_BYTES.to_bytes(4, "little")
    place = big.data_set.index(b"\x10\x00\x10\x00PN")
    content = big.data_set[:place] + filler + bytes(BIG_BYTES) + big.data_set[place:]
    too_big = Sent(sop_class=big.sop_class, uid=big.uid, study=big.study, syntax=big.syntax, data_set=content)
    studies = tmp_path / "site" / "data" / "studies"
    with small_disk(studies, f"size={DISK_KILOBYTES}k"), reception(tmp_path) as house:
        with association(house.port, small[0]) as sender:
            assert sender.store(small[0]) == 0
            status = sender.store(too_big)
            assert status == FULL
            assert sender.store(small[1]) == 0, "the association goes on, and what fits is taken"
            assert sender.release()
        house.check_kept_once(small[:2])
        assert big.uid not in house.kept()
        house.check_unharmed()
        subprocess.run(["mount", "-o", "remount,size=64m", str(studies)], check=True)
        with association(house.port, small[0]) as sender:
            assert [sender.store(one) for one in (too_big, small[2])] == [0, 0]
        house.check_kept_once(small)
        house.check_kept_once([too_big])


# --------------------------------------------------------------------------- every sender


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reception]:
    with reception(tmp_path_factory.mktemp("senders")) as house:
        yield house


@pytest.fixture(scope="module")
def pacs(shared: Reception, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    peers = {"collega": ("COLLEGA", "127.0.0.1", shared.port)}
    with orthanc(tmp_path_factory.mktemp("pacs"), peers=peers) as one:
        yield one


def one_study(house: Reception, name: str) -> list[Film]:
    """Write a study as several devices would make it: films in JPEG, slices in both plain encodings."""
    films = house.films(name, 2)
    explicit, implicit = dcmread(films[0].path), dcmread(films[0].path)
    for number, (dataset, syntax) in enumerate(((explicit, None), (implicit, ImplicitVRLittleEndian)), start=3):
        dataset.decompress(generate_instance_uid=False)
        dataset.SOPInstanceUID = f"{dataset.SOPInstanceUID}{number}"[-64:]
        dataset.InstanceNumber = number
        if syntax:
            dataset.file_meta.TransferSyntaxUID = syntax
        films.append(save(house.folder / name, dataset))
    return films


def by_storescu(house: Reception, films: Sequence[Film]) -> None:
    for film, option in zip(films, ("-xy", "-xy", "-xe", "-xi"), strict=True):
        done = storescu(house.port, film.path, options=["-R", option])
        assert done.code == 0, done.text


def by_dcmsend(house: Reception, films: Sequence[Film]) -> None:
    done = dcmsend(house.port, *(film.path for film in films), options=["--decompress-never"])
    assert f"with status SUCCESS  : {len(films)}" in done.text, done.text


def by_pynetdicom(house: Reception, films: Sequence[Film]) -> None:
    for film in films:
        dataset = dcmread(film.path)
        entity = AE(ae_title="PYNETDICOM")
        entity.add_requested_context(dataset.SOPClassUID, dataset.file_meta.TransferSyntaxUID)
        held = entity.associate("127.0.0.1", house.port, ae_title="COLLEGA", evt_handlers=socket_handlers())
        assert held.send_c_store(dataset).Status == 0
        held.release()


def by_raw(house: Reception, films: Sequence[Film]) -> None:
    for film in films:
        one = sent(film.path)
        with association(house.port, one) as sender:
            assert sender.store(one) == 0


def as_agreed(house: Reception, film: Film) -> Sent:
    """Give an object in the plain syntax that was agreed upon: some senders offer both and let the receiver choose."""
    wait_for(lambda: film.uid in house.recorded([film.study]), "it is recorded", 10)
    path = house.recorded([film.study])[film.uid]
    return converted(film.path, str(dcmread(path).file_meta.TransferSyntaxUID))


SENDERS = {"storescu": by_storescu, "dcmsend": by_dcmsend, "pynetdicom": by_pynetdicom, "raw": by_raw}


@pytest.mark.parametrize("name", SENDERS)
def test_each_sender_is_kept_byte_for_byte(shared: Reception, name: str) -> None:
    films = one_study(shared, name)
    SENDERS[name](shared, films)
    shared.check_kept_once([as_agreed(shared, film) for film in films])
    shared.check_unharmed()


def test_orthanc_is_kept_byte_for_byte(shared: Reception, pacs: Orthanc) -> None:
    films = one_study(shared, "orthanc")
    done = dcmsend(pacs.dicom_port, *(film.path for film in films), called="TESTPACS", options=["--decompress-never"])
    assert done.code == 0
    wait_for(lambda: len(pacs.instances()) == len(films), "Orthanc has them", 10)
    told = pacs.rest("/modalities/collega/store", {"Resources": pacs.instances(), "Synchronous": True})
    assert told["FailedInstancesCount"] == 0
    shared.check_kept_once([as_agreed(shared, film) for film in films])
    shared.check_unharmed()
