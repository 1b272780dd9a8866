"""One association, from its request to its end: objects go to the taker as they come."""

import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import structlog
from pydicom.uid import UID
from pynetdicom.dsutils import encode

from collega.adapters.dimse import commands, wire
from collega.adapters.dimse.commands import Command
from collega.adapters.dimse.negotiation import (
    STORAGE,
    AcceptedContext,
    Rejection,
    accept,
    read_request,
    reject,
)
from collega.adapters.dimse.services import Request, Response, Services, answer
from collega.adapters.dimse.wire import AbortReason, ConnectionEndedError, PduType, ProtocolBreakError, Wire
from collega.model.transfer import Answer, Transfer

MOST_FRAGMENTS = 512  # a write takes no more than 1024 pieces
MOST_SERVICE_BYTES = 16 << 20  # a commitment request for 100,000 objects
OPERATIONS = {
    0x0001: "C-STORE",
    0x0030: "C-ECHO",
    0x0100: "N-EVENT-REPORT",
    0x0110: "N-GET",
    0x0120: "N-SET",
    0x0130: "N-ACTION",
    0x0140: "N-CREATE",
    0x0150: "N-DELETE",
}
_log = structlog.get_logger()


class Incoming(Protocol):
    """One object while it comes in."""

    def write(self, *fragments: memoryview) -> None:
        """Take the next bytes of the data set; the views are valid during the call."""
        ...

    def end(self) -> Answer:
        """Take the end of the data set: what the sender is answered."""
        ...

    def close(self) -> None:
        """Tidy up: the sender has its answer, or has gone."""
        ...


class Taker(Protocol):
    """The receiver's owner; called in the threads of associations."""

    def begin(self, transfer: Transfer) -> Incoming:
        """Make room for an object."""
        ...

    def ended(self, association: str, *, released: bool = True) -> None:
        """Note the end of an association: released in good order, or not."""
        ...


# Hears of whoever is turned away: event of the audit record, AE title, address, why. It must not block.
Refused: TypeAlias = Callable[[str, str, str, str], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What every association of a receiver keeps to.

    ``judge`` gives the SOP classes that a caller (AE title, address) may use, or why it is turned away;
    ``refused`` hears of those that were.
    """

    most_pdu_bytes: int
    judge: Callable[[str, str], Rejection | frozenset[str]]
    services: Services
    refused: Refused = lambda *_: None


@dataclass(slots=True)
class _Message:
    """A message that has begun: the command is known, its data set is still coming."""

    command: Command
    context_id: int
    context: AcceptedContext
    incoming: Incoming | None = None
    data: bytearray | None = None
    fragments: list[memoryview] = field(default_factory=list)

    def flush(self) -> None:
        """Hand on what is still in the buffer of the wire."""
        if self.incoming is not None and self.fragments:
            self.incoming.write(*self.fragments)
            self.fragments.clear()


class Association:
    """An accepted connection, to be served in a thread of its own.

    Parameters
    ----------
    connection : socket.socket
        Connected, with its idle time set as receive time-out.
    address : str
        Where the peer is.
    name : str
        Name of this association within the process.
    """

    def __init__(self, connection: socket.socket, address: str, name: str, rules: Rules, taker: Taker) -> None:
        self._connection = connection
        self._address = address
        self._name = name
        self._rules = rules
        self._taker = taker
        self._wire = Wire(connection, rules.most_pdu_bytes)
        self._contexts: dict[int, AcceptedContext] = {}
        self._calling_aet = self._called_aet = ""
        self._command = bytearray()
        self._message: _Message | None = None
        self._is_ending = False
        self._is_released = False

    def serve(self) -> None:
        """Talk until the association is over, in whatever way; never raises."""
        try:
            if self._open():
                self._converse()
        except ProtocolBreakError as error:
            _log.warning("association aborted", why=str(error), **self._caller())
            with contextlib.suppress(ConnectionEndedError):
                self._wire.send(wire.abort(error.reason))
        except ConnectionEndedError as error:
            _log.warning("connection ended without release", why=str(error), **self._caller())
        except Exception:  # noqa: BLE001 - the edge of the thread: one association never takes the others with it
            _log.exception("association failed", **self._caller())
        finally:
            self._close()

    def end_soon(self) -> None:
        """End after the object that is under way, at once where there is none; called from another thread."""
        self._is_ending = True
        if self._message is None:
            self.cut()

    def cut(self) -> None:
        """End now."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def _caller(self) -> dict[str, str]:
        return {"address": self._address, "aet": self._calling_aet}

    def _close(self) -> None:
        if self._message is not None and self._message.incoming is not None:
            self._message.incoming.close()
        self._taker.ended(self._name, released=self._is_released)
        self._connection.close()

    def _open(self) -> bool:
        kind, content = self._wire.next_pdu()
        if kind != PduType.ASSOCIATE_RQ:
            raise ProtocolBreakError(AbortReason.UNEXPECTED, "no request for an association")
        request = read_request(content)
        self._calling_aet = request.calling_aet
        self._called_aet = request.called_aet
        supported = self._rules.judge(request.calling_aet, self._address)
        if isinstance(supported, Rejection):
            _log.warning("association rejected", reason=supported.name, **self._caller())
            self._rules.refused("association rejected", self._calling_aet, self._address, supported.name)
            self._wire.send(reject(supported))
            return False
        reply, self._contexts = accept(request, supported, self._rules.most_pdu_bytes)
        self._wire.send(reply)
        return True

    def _converse(self) -> None:
        while True:
            kind, content = self._wire.next_pdu()
            if kind == PduType.P_DATA:
                for context_id, control, fragment in wire.pdvs(content):
                    self._take(context_id, control, fragment)
                if self._message is not None and not self._wire.has_next():
                    self._message.flush()
                if self._is_ending and self._message is None:
                    self._wire.send(wire.abort(AbortReason.NOT_SPECIFIED))
                    return
            elif kind == PduType.RELEASE_RQ:
                self._is_released = True
                self._wire.send(wire.release_reply())
                return
            elif kind == PduType.ABORT:
                _log.warning("association aborted by the peer", **self._caller())
                return
            else:
                reason = AbortReason.UNEXPECTED if kind in set(PduType) else AbortReason.UNRECOGNISED
                text = f"a PDU of type {kind:#04x} in an open association"
                raise ProtocolBreakError(reason, text)

    def _take(self, context_id: int, control: int, fragment: memoryview) -> None:
        if control & wire.COMMAND:
            self._take_command(context_id, fragment, is_last=bool(control & wire.LAST_FRAGMENT))
            return
        message = self._message
        if message is None or message.context_id != context_id:
            raise ProtocolBreakError(AbortReason.UNEXPECTED, "a data set that no command announces")
        if message.incoming is not None:
            message.fragments.append(fragment)
            if len(message.fragments) >= MOST_FRAGMENTS:
                message.flush()
        elif message.data is not None:
            if len(message.data) + len(fragment) > MOST_SERVICE_BYTES:
                raise ProtocolBreakError(AbortReason.NOT_SPECIFIED, "a data set of a service that is too long")
            message.data += fragment
        if control & wire.LAST_FRAGMENT:
            self._end(message)

    def _take_command(self, context_id: int, fragment: memoryview, *, is_last: bool) -> None:
        if self._message is not None:
            raise ProtocolBreakError(AbortReason.UNEXPECTED, "a command before the data set of the last one")
        context = self._contexts.get(context_id)
        if context is None:
            text = f"a message in presentation context {context_id}, which was not accepted"
            raise ProtocolBreakError(AbortReason.UNEXPECTED, text)
        self._command += fragment
        if len(self._command) > commands.MOST_COMMAND_BYTES:
            raise ProtocolBreakError(AbortReason.INVALID_VALUE, "a command set without an end")
        if is_last:
            encoded, self._command = bytes(self._command), bytearray()
            try:
                command = commands.read_command(encoded)
            except ValueError as error:
                raise ProtocolBreakError(AbortReason.INVALID_VALUE, str(error)) from None
            self._begin(command, context_id, context)

    def _begin(self, command: Command, context_id: int, context: AcceptedContext) -> None:
        message = _Message(command=command, context_id=context_id, context=context)
        if command.field == commands.C_STORE_RQ and context.abstract_syntax in STORAGE:
            message.incoming = self._taker.begin(
                Transfer(
                    sop_class_uid=command.sop_class_uid,
                    sop_instance_uid=command.sop_instance_uid,
                    transfer_syntax_uid=context.transfer_syntax,
                    source=self._calling_aet,
                    association=self._name,
                )
            )
        else:
            message.data = bytearray()
        self._message = message
        if not command.has_data_set:
            self._end(message)

    def _end(self, message: _Message) -> None:
        if message.incoming is not None:
            message.flush()
            verdict = message.incoming.end()
            said = commands.response(message.command, verdict.status, comment=verdict.comment)
            self._wire.send(wire.p_data(message.context_id, wire.COMMAND | wire.LAST_FRAGMENT, said))
            message.incoming.close()
            self._message = None
            return
        self._message = None
        if not message.command.field & commands.RESPONSE and message.command.field in OPERATIONS:
            self._serve(message)

    def _serve(self, message: _Message) -> None:
        command, context = message.command, message.context
        request = Request(
            operation=OPERATIONS[command.field],
            sop_class_uid=context.abstract_syntax,
            sop_instance_uid=command.sop_instance_uid,
            action_or_event_type=command.number,
            calling_aet=self._calling_aet,
            called_aet=self._called_aet,
            address=self._address,
        )
        self._reply(message, answer(self._rules.services, request, bytes(message.data or b""), context.transfer_syntax))

    def _reply(self, message: _Message, response: Response) -> None:
        syntax = UID(message.context.transfer_syntax)
        data = None
        if response.dataset is not None:
            data = encode(response.dataset, syntax.is_implicit_VR, syntax.is_little_endian)
        said = commands.response(
            message.command,
            response.status,
            comment=response.comment,
            error_id=response.error_id,
            instance=response.sop_instance_uid,
            data_set=data is not None,
        )
        reply = wire.p_data(message.context_id, wire.COMMAND | wire.LAST_FRAGMENT, said)
        if data is not None:
            reply += wire.p_data(message.context_id, wire.LAST_FRAGMENT, data)
        self._wire.send(reply)
