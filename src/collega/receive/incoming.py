"""One object while it comes in: to its file, and past the reader of its header."""

from typing import Protocol
from zoneinfo import ZoneInfo

from collega.errors import StoreFullError
from collega.formats.dicom_file import file_prefix
from collega.formats.dicom_object import ObjectReader, read_object
from collega.formats.dicom_scanned import HeaderReader
from collega.model.study import InstanceHeader
from collega.model.transfer import Answer, Transfer
from collega.ports.machine import Archive, OpenFile


class Judge(Protocol):
    """Decides on an object whose bytes are all here."""

    def __call__(self, received: "Received") -> Answer:
        """Keep it or not; what the sender is answered. Never raises."""
        ...


class Received:
    """An object that has come in.

    Parameters
    ----------
    transfer : Transfer
    archive : Archive
    headers : HeaderReader
        Of the association.
    zone : ZoneInfo
        Zone in which dates and times without offset are read.
    judge : callable
        Asked at the end.
    """

    def __init__(
        self, transfer: Transfer, archive: Archive, headers: HeaderReader, zone: ZoneInfo, judge: Judge
    ) -> None:
        self.transfer = transfer
        self.problem: StoreFullError | None = None
        self._zone = zone
        self._judge = judge
        self._reader = ObjectReader(headers, transfer.transfer_syntax_uid)
        self._archive = archive
        self._unwritten = file_prefix(transfer)
        self._file: OpenFile | None = None
        try:
            self._file = archive.begin()
        except StoreFullError as error:
            self._fail(error)

    @property
    def file(self) -> OpenFile:
        """The file with all its bytes.

        Raises
        ------
        StoreFullError
            There was no room for it.
        """
        if self._file is None or self.problem is not None:
            message = "there was no room when the object began"
            raise self.problem or StoreFullError(message)
        return self._file

    def write(self, *fragments: memoryview) -> None:
        """Take the next bytes of the data set."""
        if self._file is None:
            return  # the sender goes on until it may be answered
        try:
            if self._unwritten:
                self._file.write(self._unwritten, *fragments)
                self._unwritten = b""
            else:
                self._file.write(*fragments)
            for fragment in fragments:
                self._reader.feed(fragment)
        except StoreFullError as error:
            self._fail(error)

    def end(self) -> Answer:
        """Take the end of the data set."""
        return self._judge(self)

    def close(self) -> None:
        """Let go of the file, which is gone without a name, and make the next one ready."""
        if self._file is not None:
            self._file.close()
            self._file = None
            self._archive.prepare()

    def header(self) -> InstanceHeader:
        """Read the header.

        Raises
        ------
        QuarantineError
            See `read_header`.
        StoreFullError
            There was no room for the object.
        """
        file = self.file
        return self._reader.end() or read_object(file.read(), self._zone)

    def _fail(self, error: StoreFullError) -> None:
        self.problem = error
        self.close()
