"""A PACS over DICOMweb with every fault that a server and a network have: nothing is lost, doubled, or believed."""

import ssl
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from collega.adapters.rest.line import WebServer
from collega.adapters.rest.probe import WebProbe
from collega.adapters.rest.sender import WebProof, WebSender
from collega.adapters.rest.server import Server
from collega.errors import PeerError
from collega.model.delivery import SendOutcome
from collega.model.peer import Fault
from collega.testing.ports import reserved_ports
from collega.testing.web_pacs import WebPacs, web_pacs
from tests.contract.test_result_sink import parcel, uid
from tests.e2e.certificates import Authority
from tests.unit.testing.small_objects import COMPREHENSIVE_3D_SR, COMPREHENSIVE_SR, COMPUTED_RADIOGRAPHY

pytestmark = pytest.mark.shows("R31", "R59")
LATER, REFUSED, ACCEPTED = SendOutcome.LATER, SendOutcome.REFUSED, SendOutcome.ACCEPTED
SOON = 0.5


def sender(url: str, confirm: str = "visible", level: str = "image", **server: Any) -> WebSender:
    given = Server(**{"url": url, "timeout_s": SOON, "setting": "pacs.dicomweb_url", "section": "pacs", **server})
    return WebSender(WebServer(given), WebProof(confirm=confirm, query_level=level))


@pytest.fixture
def pacs(tmp_path: Path) -> Iterator[WebPacs]:
    with web_pacs(tmp_path / "pacs") as one:
        yield one


# What the server does to everything -> what is said of it, and what a first meeting calls it.
NOT_THERE: Mapping[str, tuple[dict[str, object], str, Fault]] = {
    "401": ({"token": "known"}, "401, it does not know us; see pacs.dicomweb_token_file", Fault.UNAUTHORISED),
    "403": ({"status": 403}, "403, it does not allow us this", Fault.UNAUTHORISED),
    "404": ({"status": 404, "html": True}, "404 with a page for people", Fault.NO_SERVICE),
    "503": ({"status": 503}, "503, it cannot now", Fault.NO_SERVICE),
    "429": ({"status": 429}, "429, it has too much to do", Fault.NO_SERVICE),
    "a page to log in": ({"html": True}, "200 with a page for people (HTML)", Fault.NO_SERVICE),
    "slow": ({"slow_s": 0.8}, "", Fault.NO_ANSWER),
    "a byte now and then": ({"drip_s": 0.1}, "takes too long", Fault.NO_ANSWER),
    "half an answer": ({"half": True, "html": True}, "no whole answer", Fault.ABORTED),
}


@pytest.mark.parametrize("name", NOT_THERE)
def test_a_server_that_gives_no_answer_of_a_pacs_is_away(pacs: WebPacs, tmp_path: Path, name: str) -> None:
    mood, said, fault = NOT_THERE[name]
    vars(pacs.moods).update(mood)
    began = time.monotonic()
    item = parcel(tmp_path, "report")
    with pytest.raises(PeerError) as error:
        sender(pacs.url).exchange([item], [])
    assert said in str(error.value)
    assert time.monotonic() - began < 16 * SOON
    if name != "403":  # a PACS may let us send, and not ask
        with pytest.raises(PeerError):
            sender(pacs.url).exchange([], [item.reference])
    greeting = WebProbe(WebServer(Server(url=pacs.url, timeout_s=SOON))).greet([COMPREHENSIVE_3D_SR])
    # An answer without a body has nothing that could come slowly.
    assert greeting.fault == (None if name == "a byte now and then" else fault)


def test_nothing_is_sent_where_a_server_points(pacs: WebPacs, tmp_path: Path) -> None:
    with web_pacs(tmp_path / "elsewhere") as other:
        pacs.moods.elsewhere = f"{other.url}/studies"
        token = tmp_path / "token"
        token.write_text("secret")
        with pytest.raises(PeerError, match="307, it points elsewhere, and nobody goes there"):
            sender(pacs.url, token_file=str(token)).exchange([parcel(tmp_path, "report")], [])
        assert other.moods.asked == []


def test_a_server_knows_us_by_token_or_by_password_and_a_renewed_one_counts(pacs: WebPacs, tmp_path: Path) -> None:
    secret, item = tmp_path / "secret", parcel(tmp_path, "report")
    for kind, setting in (("token", "token_file"), ("password", "basic_file")):
        vars(pacs.moods).update({"token": "", "password": "", kind: "collega:geheim"})
        secret.write_text("old\n")
        sink = sender(pacs.url, **{setting: str(secret)})
        with pytest.raises(PeerError, match="401"):
            sink.exchange([item], [])
        secret.write_text("collega:geheim\n")
        assert sink.exchange([item], []).visible == {uid(item)}
        secret.unlink()
        with pytest.raises(PeerError, match=f"{kind} cannot be read"):
            sink.exchange([item], [])


def test_an_answer_that_is_too_large_is_none(pacs: WebPacs, tmp_path: Path) -> None:
    with pytest.raises(PeerError):
        sender(pacs.url, most_mb=0).exchange([parcel(tmp_path, "report")], [])


@pytest.mark.parametrize(
    "mood",
    [{"loses": True}, {"silent": True}, {"half": True}],
    ids=["lost answer", "answer without its list", "half"],
)
def test_what_came_without_a_clear_answer_is_looked_for_and_not_sent_twice(
    pacs: WebPacs, tmp_path: Path, mood: dict[str, bool]
) -> None:
    items = [parcel(tmp_path, "report"), parcel(tmp_path, "page", COMPUTED_RADIOGRAPHY)]
    if "half" in mood:  # of the answer to STOW-RS alone
        pacs.moods.half = True
        with pytest.raises(PeerError):
            sender(pacs.url).exchange(items, [])
        pacs.moods.half = False
        found = sender(pacs.url).exchange([], [item.reference for item in items])
    else:
        vars(pacs.moods).update(mood)
        found = sender(pacs.url, "accepted").exchange(items, [])
        assert {report.outcome for report in found.reports.values()} == {ACCEPTED}
        assert all("a query shows it" in report.detail for report in found.reports.values())
        found = sender(pacs.url).exchange([], [item.reference for item in items])
    assert found.visible == {uid(item) for item in items}
    assert [pacs.shelf.receipts(uid(item)) for item in items] == [1, 1]


def test_a_200_without_a_list_is_no_proof(pacs: WebPacs, tmp_path: Path) -> None:
    vars(pacs.moods).update(silent=True, hides=True)
    item = parcel(tmp_path, "report")
    report = sender(pacs.url, "accepted").exchange([item], []).reports[uid(item)]
    assert (report.outcome, report.detail) == (LATER, "HTTP 200, and the answer does not name it")


@pytest.mark.parametrize("xml", [False, True], ids=["JSON", "XML"])
def test_each_object_of_a_body_has_an_answer_of_its_own(pacs: WebPacs, tmp_path: Path, *, xml: bool) -> None:
    vars(pacs.moods).update(xml=xml, refused_classes=frozenset({COMPREHENSIVE_3D_SR}), coerces=True)
    items = [parcel(tmp_path, "3d"), parcel(tmp_path, "2d", COMPREHENSIVE_SR)]
    reports = sender(pacs.url).exchange(items, []).reports
    told = [(reports[uid(item)].outcome, reports[uid(item)].detail) for item in items]
    assert told == [(REFUSED, "status 0122"), (ACCEPTED, "status B000")]
    assert len([one for one in pacs.moods.asked if one.startswith("POST")]) == 1
    reports = sender(pacs.url).exchange(items[:1], []).reports
    assert (reports[uid(items[0])].outcome, reports[uid(items[0])].status) == (REFUSED, 0x0122), "409, it alone"


@pytest.mark.parametrize(
    ("mood", "outcome", "detail"),
    [
        ({"one_bad": True, "refused_classes": frozenset({COMPREHENSIVE_3D_SR})}, REFUSED, "status 0122"),
        ({"fails_on": frozenset({COMPREHENSIVE_3D_SR})}, LATER, "HTTP 500"),
        ({"store_status": 413}, REFUSED, "HTTP 413"),
        ({"store_status": 415}, REFUSED, "HTTP 415"),
        ({"store_status": 400}, REFUSED, "HTTP 400"),
    ],
    ids=["409 for a class", "it falls over one", "too large", "no such encoding", "bad"],
)
def test_one_that_spoils_a_body_goes_alone(
    pacs: WebPacs, tmp_path: Path, mood: dict[str, object], outcome: SendOutcome, detail: str
) -> None:
    vars(pacs.moods).update(mood)
    bad, good = parcel(tmp_path, "bad"), parcel(tmp_path, "good", COMPUTED_RADIOGRAPHY)
    found = sender(pacs.url).exchange([bad, good], [])
    assert (found.reports[uid(bad)].outcome, found.reports[uid(bad)].detail) == (outcome, detail)
    if "store_status" not in mood:
        assert found.reports[uid(good)].outcome is ACCEPTED
        assert pacs.shelf.receipts(uid(good)) == 1


def test_another_makers_object_goes_alone(pacs: WebPacs, tmp_path: Path) -> None:
    items = [parcel(tmp_path, name, COMPUTED_RADIOGRAPHY, verbatim=name == "theirs") for name in ("a", "theirs", "b")]
    found = sender(pacs.url).exchange(items, [])
    assert len(found.visible) == 3
    assert len([one for one in pacs.moods.asked if one.startswith("POST")]) == 3


def test_a_file_that_is_gone_holds_up_no_other(pacs: WebPacs, tmp_path: Path) -> None:
    gone, there = parcel(tmp_path, "gone"), parcel(tmp_path, "there")
    gone.file.unlink()
    reports = sender(pacs.url).exchange([gone, there], []).reports
    assert (reports[uid(gone)].outcome, reports[uid(there)].outcome) == (REFUSED, ACCEPTED)


def test_a_pacs_without_a_query_for_instances_is_asked_for_series(pacs: WebPacs, tmp_path: Path) -> None:
    item = parcel(tmp_path, "report")
    pacs.moods.levels = frozenset({"STUDY", "SERIES"})
    assert sender(pacs.url).exchange([item], []).visible == {uid(item)}
    assert sender(pacs.url, level="series").exchange([], [item.reference]).visible == {uid(item)}
    pacs.moods.levels = frozenset()
    found = sender(pacs.url).exchange([item], [])
    assert (found.note, found.visible) == ("the PACS refuses the query", frozenset())
    greeting = WebProbe(WebServer(Server(url=pacs.url))).greet([COMPREHENSIVE_3D_SR, "1.2.840.10008.5.1.4.1.2.2.1"])
    assert set(greeting.accepted) == {COMPREHENSIVE_3D_SR}


def test_the_way_back_is_lost_after_the_sending(pacs: WebPacs, tmp_path: Path) -> None:
    pacs.moods.query_status = 503
    item = parcel(tmp_path, "report")
    found = sender(pacs.url).exchange([item], [])
    assert (found.reports[uid(item)].outcome, found.visible) == (ACCEPTED, frozenset()), "asked again later"


def test_a_large_body_goes_out_as_it_stands(pacs: WebPacs, tmp_path: Path) -> None:
    item = parcel(tmp_path, "large")
    with item.file.open("ab") as file:  # Data Set Trailing Padding, PS3.10 7.2
        file.write(b"\xfc\xff\xfc\xffOB\x00\x00" + (20 << 20).to_bytes(4, "little") + bytes(20 << 20))
    found = sender(pacs.url, timeout_s=10).exchange([item], [])
    assert found.visible == {uid(item)}
    kept = pacs.shelf.get(uid(item))
    assert kept is not None
    assert kept.path.read_bytes() == item.file.read_bytes()


def test_who_is_not_trusted_is_sent_nothing(tmp_path: Path) -> None:
    ours, strange = Authority(tmp_path / "ours"), Authority(tmp_path / "strange", "stranger")
    papers, client = ours.sign("server"), ours.sign("client")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(papers.certificate, papers.key)
    context.load_verify_locations(ours.certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    shown: dict[str, Any] = {"certificate": str(client.certificate), "key": str(client.key)}
    item = parcel(tmp_path, "report")
    with web_pacs(tmp_path / "pacs", context) as pacs:
        refusals: tuple[tuple[dict[str, Any], str], ...] = (
            ({"ca": str(strange.certificate), **shown}, "give that authority as pacs.tls_ca"),
            ({"ca": str(ours.certificate)}, "asks for a certificate of ours; see pacs.tls_certificate"),
        )
        for given, said in refusals:
            with pytest.raises(PeerError, match=said):
                sender(pacs.url, **given).exchange([item], [])
            greeting = WebProbe(WebServer(Server(url=pacs.url, timeout_s=SOON, **given))).greet([])
            assert greeting.fault is Fault.UNTRUSTED
        with pytest.raises(PeerError, match="dicomweb_url must name the server"):
            sender(pacs.url.replace("127.0.0.1", "localhost"), ca=str(ours.certificate), **shown).exchange([item], [])
        assert pacs.moods.asked == []
        assert sender(pacs.url, ca=str(ours.certificate), **shown).exchange([item], []).visible == {uid(item)}
    with web_pacs(tmp_path / "plain") as plain, pytest.raises(PeerError, match="does not speak TLS there"):
        sender(plain.url.replace("http:", "https:"), ca=str(ours.certificate)).exchange([item], [])


def test_nobody_is_there() -> None:
    with reserved_ports() as (nobody,):
        greeting = WebProbe(WebServer(Server(url=f"http://127.0.0.1:{nobody}"))).greet([])
    assert (greeting.fault, greeting.connect_s) == (Fault.NO_CONNECTION, None)
    greeting = WebProbe(WebServer(Server(url="http://no-such-host.invalid"))).greet([])
    assert greeting.fault is Fault.UNKNOWN_HOST
