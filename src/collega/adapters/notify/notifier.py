"""Notices by mail (RFC 5321, RFC 5322) and by web hook (HTTP POST of JSON)."""

import json
import smtplib
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.utils import format_datetime
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path

from collega.errors import PeerError
from collega.model.outage import Notice

MAIL, HOOK = "mail", "webhook "


@dataclass(frozen=True, kw_only=True, slots=True)
class Mailbox:
    """A mail server, and whom to write to; ``security`` is ``none``, ``starttls`` or ``tls``."""

    host: str
    port: int
    security: str
    sender: str
    to: tuple[str, ...]
    user: str
    password_file: str


class ChannelNotifier:
    """Sends each notice on its channel.

    Parameters
    ----------
    mailbox : Mailbox, optional
        The channel ``mail``; ``mail ADDRESS`` writes to that address alone.
    hooks : tuple of str
        Addresses of the channels ``webhook 1``, ``webhook 2`` and so on.
    language : str
        Language of mail; a web hook gets every language.
    timeout_s : float
        Seconds that a peer has for each of its answers.
    """

    def __init__(self, mailbox: Mailbox | None, hooks: tuple[str, ...], *, language: str, timeout_s: float) -> None:
        self._mailbox = mailbox
        self._hooks = {f"{HOOK}{number}": url for number, url in enumerate(hooks, 1)}
        self._language = language
        self._timeout_s = timeout_s

    def send(self, notice: Notice) -> None:
        """Send one notice; see `collega.ports.peers.Notifier`."""
        if notice.channel == MAIL and self._mailbox is not None:
            self._mail(self._mailbox, notice)
        elif notice.channel.startswith(f"{MAIL} ") and self._mailbox is not None:
            self._mail(replace(self._mailbox, to=(notice.channel.removeprefix(f"{MAIL} "),)), notice)
        elif notice.channel in self._hooks:
            self._post(notice.channel, self._hooks[notice.channel], notice)
        else:
            message = f"the settings name no channel {notice.channel}"
            raise PeerError(message)

    def _mail(self, mailbox: Mailbox, notice: Notice) -> None:
        where = f"mail server {mailbox.host}:{mailbox.port}"
        try:
            context = ssl.create_default_context()
            if mailbox.security == "tls":
                server: smtplib.SMTP = smtplib.SMTP_SSL(
                    mailbox.host, mailbox.port, timeout=self._timeout_s, context=context
                )
            else:
                server = smtplib.SMTP(mailbox.host, mailbox.port, timeout=self._timeout_s)
            with server:
                if mailbox.security == "starttls":
                    server.starttls(context=context)
                if mailbox.user:
                    server.login(mailbox.user, Path(mailbox.password_file).read_text(encoding="utf-8").strip())
                refused = server.send_message(self._letter(mailbox, notice))
        except (smtplib.SMTPException, OSError, ValueError) as error:
            # The text of an error can repeat what was sent: its name and code are enough.
            code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
            message = f"{where}: {type(error).__name__}{code}"
            raise PeerError(message) from error
        if refused:
            message = f"{where}: it refuses {len(refused)} of {len(mailbox.to)} recipients"
            raise PeerError(message)

    def _letter(self, mailbox: Mailbox, notice: Notice) -> EmailMessage:
        letter = EmailMessage()
        letter["From"] = mailbox.sender
        letter["To"] = ", ".join(mailbox.to)
        letter["Subject"] = notice.heading.in_language(self._language)
        letter["Date"] = format_datetime(notice.at)
        letter["Message-ID"] = f"<{notice.identity}@collega.invalid>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(notice.body.in_language(self._language) + "\n")
        return letter

    def _post(self, channel: str, url: str, notice: Notice) -> None:
        content = {
            "id": notice.identity,
            "kind": notice.kind,
            "at": notice.at.isoformat(),
            "heading": {"en": notice.heading.en, "nl": notice.heading.nl},
            "text": {"en": notice.body.en, "nl": notice.body.nl},
        }
        headers = {"Content-Type": "application/json", "Idempotency-Key": notice.identity}
        try:
            request = urllib.request.Request(  # noqa: S310 - config takes http and https alone
                url, data=json.dumps(content).encode(), headers=headers
            )
            with _OPENER.open(request, timeout=self._timeout_s) as answer:
                status = int(answer.status)
        except urllib.error.HTTPError as error:
            message = f"{channel}: it answers {error.code}"
            raise PeerError(message) from error
        except (urllib.error.URLError, OSError, HTTPException, ValueError) as error:
            # An address can hold a secret: it is not repeated.
            message = f"{channel}: {type(error).__name__}"
            raise PeerError(message) from error
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            message = f"{channel}: it answers {status}"
            raise PeerError(message)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A notice goes where the settings say and nowhere else."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing: the answer is the error that it is."""
        return


_OPENER = urllib.request.build_opener(_NoRedirect)
