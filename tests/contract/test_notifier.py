"""Notices go out by real mail and real HTTP; a peer that does not take one is an error that says so."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from collega.adapters.notify.notifier import ChannelNotifier, Mailbox
from collega.errors import PeerError
from collega.model.code import Text
from collega.model.outage import Notice, NoticeKind
from collega.testing.ports import reserved_ports
from collega.testing.records import AT
from tests.e2e.listeners import Letters, Posts, hook_server, mail_server

pytestmark = pytest.mark.shows("R26")
NOTICE = Notice(
    key="1",
    outage_key="2",
    kind=NoticeKind.UNAVAILABLE,
    channel="mail",
    identity="2.unavailable",
    at=AT,
    heading=Text(en="AI unavailable: work as before", nl="AI niet beschikbaar: werk zoals voorheen"),
    body=Text(en="AI unavailable: work as before. Naïve.", nl="AI niet beschikbaar. Röntgen."),
)
HOOK = Notice(**{name: getattr(NOTICE, name) for name in Notice.__slots__} | {"channel": "webhook 1"})


def mailbox(port: int, **values: object) -> Mailbox:
    known: dict[str, object] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "collega@hospital.test",
        "to": ("radiology@hospital.test", "emergency@hospital.test"),
        "user": "",
        "password_file": "",
    }
    return Mailbox(**(known | values))  # type: ignore[arg-type]


def notifier(box: Mailbox | None = None, *hooks: str, language: str = "en", seconds: float = 5) -> ChannelNotifier:
    return ChannelNotifier(box, hooks, language=language, timeout_s=seconds)


@pytest.fixture
def letters() -> Iterator[Letters]:
    with mail_server() as server:
        yield server


@pytest.fixture
def posts() -> Iterator[Posts]:
    with hook_server() as server:
        yield server


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Give a port that takes connections and never says a word."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


@pytest.mark.parametrize(("language", "word"), [("en", "Naïve."), ("nl", "Röntgen.")])
def test_a_letter_in_the_language_of_the_site(letters: Letters, language: str, word: str) -> None:
    notifier(mailbox(letters.port), language=language).send(NOTICE)
    (letter,) = letters.got
    assert letter["Subject"] == NOTICE.heading.in_language(language)
    assert word in letter.get_content()
    assert letter["To"] == "radiology@hospital.test, emergency@hospital.test"
    assert letter["Message-ID"] == "<2.unavailable@collega.invalid>"
    assert letter["Auto-Submitted"] == "auto-generated"


def test_the_same_notice_sent_again_has_the_same_identity(letters: Letters, posts: Posts) -> None:
    out = notifier(mailbox(letters.port), posts.url)
    for notice in (NOTICE, NOTICE, HOOK, HOOK):
        out.send(notice)
    assert len({letter["Message-ID"] for letter in letters.got}) == 1
    assert posts.keys == ["2.unavailable", "2.unavailable"]


def test_a_web_hook_gets_every_language(posts: Posts) -> None:
    notifier(None, posts.url).send(HOOK)
    (got,) = posts.got
    assert got["kind"] == "unavailable"
    assert got["text"] == {"en": NOTICE.body.en, "nl": NOTICE.body.nl}
    assert got["id"] == "2.unavailable"


def test_a_login_with_the_password_of_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("a secret\n", encoding="utf-8")
    with mail_server(login=True) as letters:
        notifier(mailbox(letters.port, user="collega", password_file=str(secret))).send(NOTICE)
        assert len(letters.got) == 1
        secret.write_text("another", encoding="utf-8")
        with pytest.raises(PeerError, match="SMTPAuthenticationError 535") as wrong:
            notifier(mailbox(letters.port, user="collega", password_file=str(secret))).send(NOTICE)
        assert "another" not in str(wrong.value)
        with pytest.raises(PeerError, match="FileNotFoundError"):
            notifier(mailbox(letters.port, user="collega", password_file=str(tmp_path / "none"))).send(NOTICE)


def test_a_server_that_cannot_encrypt_gets_nothing_in_the_clear(letters: Letters) -> None:
    with pytest.raises(PeerError, match="SMTPNotSupportedError"):
        notifier(mailbox(letters.port, security="starttls")).send(NOTICE)
    with pytest.raises(PeerError, match=ssl.SSLError.__name__):
        notifier(mailbox(letters.port, security="tls")).send(NOTICE)
    assert letters.got == []


def test_a_server_that_refuses(letters: Letters, posts: Posts) -> None:
    letters.answer = "451 not now"
    with pytest.raises(PeerError, match=r"mail server 127.0.0.1:\d+: SMTPDataError 451"):
        notifier(mailbox(letters.port)).send(NOTICE)
    for status in (301, 404, 503):
        posts.status = status
        with pytest.raises(PeerError, match=f"webhook 1: it answers {status}"):
            notifier(None, posts.url).send(HOOK)
    assert posts.tries == 3, "an address to which it is sent on is not followed"


def test_a_peer_that_is_away_or_says_nothing(silent_port: int) -> None:
    with reserved_ports() as (nobody,):
        with pytest.raises(PeerError, match="ConnectionRefusedError"):
            notifier(mailbox(nobody)).send(NOTICE)
        with pytest.raises(PeerError, match="webhook 1: URLError") as away:
            notifier(None, f"http://127.0.0.1:{nobody}/secret").send(HOOK)
        assert "secret" not in str(away.value)
    with pytest.raises(PeerError, match="SMTPServerDisconnected"):
        notifier(mailbox(silent_port), seconds=0.2).send(NOTICE)
    with pytest.raises(PeerError, match="TimeoutError"):
        notifier(None, f"http://127.0.0.1:{silent_port}/", seconds=0.2).send(HOOK)


def test_a_channel_that_the_settings_no_longer_name() -> None:
    with pytest.raises(PeerError, match="no channel webhook 1"):
        notifier(None).send(HOOK)
    with pytest.raises(PeerError, match="no channel mail"):
        notifier(None).send(NOTICE)


def test_an_address_that_makes_no_sense() -> None:
    with pytest.raises(PeerError, match="ValueError"):
        notifier(None, "http://[1:2/").send(HOOK)
    with pytest.raises(PeerError, match="mail server"):
        notifier(mailbox(1, to=("a\nb",))).send(NOTICE)
