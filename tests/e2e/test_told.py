import time

from tests.e2e.films import PROBE
from tests.e2e.test_sources import *


def test_told(tmp_path):
    set_ = {"COLLEGA_RECEIVE__QUIET_PROJECTION_S": "60"}
    with site(tmp_path / "s", pacs=None, apps=[PROBE], settings=set_) as house:
        house.start()
        for name in ("mpps", "ian", "commit", "stray", "late"):
            film = write_film(tmp_path / "f", name)
            with modality(house.dicom_port) as m:
                if name in ("mpps", "late"):
                    assert (
                        m.create(f"1.9.{name}".replace("mpps", "1").replace("late", "2"), new_step(film.study)).Status
                        == 0
                    )
                if name == "late":
                    m.set("1.9.2", step_change("COMPLETED", {series_of(film): [film.uid]}))
                send(house, film)
                t = time.monotonic()
                if name == "mpps":
                    assert m.set("1.9.1", step_change("COMPLETED", {series_of(film): [film.uid]})).Status == 0
                elif name == "ian":
                    assert (
                        m.notify("1.9.3", availability(film.study, {series_of(film): {film.uid: "ONLINE"}})).Status == 0
                    )
                elif name == "commit":
                    m.ask_commitment(commitment_request("1.9.4", [film.uid]))
                elif name == "stray":
                    assert m.set("1.9.5", step_change("COMPLETED", {series_of(film): [film.uid]})).Status == 0x112
            try:
                wait_for(lambda: house.account(film.study)["state"] == "routed", name, 15)
                print(
                    name,
                    round(time.monotonic() - t, 2),
                    [
                        (e["kind"], e["payload"])
                        for e in house.account(film.study)["events"]
                        if e["kind"] in ("complete", "evidence")
                    ],
                )
            except AssertionError:
                print(name, "NOT", house.account(film.study)["state"], house.log()[-1500:])
