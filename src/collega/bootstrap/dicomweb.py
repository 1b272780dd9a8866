"""The DICOMweb desk: what is found, and the objects that may be given."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom.filereader import read_file_meta_info

from collega.adapters.decoder.pool import Decoders
from collega.adapters.files.archive import FileArchive
from collega.adapters.handover.client import Line, handed_over
from collega.adapters.postgres import dicomweb_views as views
from collega.adapters.postgres.store import PostgresStore
from collega.model.dicomweb import DicomPlace, DicomQuery, StoredObject


@dataclass(frozen=True, kw_only=True, slots=True)
class DicomDesk:
    """Finds and gives objects.

    Parameters
    ----------
    store : PostgresStore
    archive : FileArchive
    decoders : Decoders
    data : Path
        The data folder, in which the receiver listens.
    """

    store: PostgresStore
    archive: FileArchive
    decoders: Decoders
    data: Path

    async def found(self, query: DicomQuery, *, shadow: bool) -> tuple[list[dict[str, Any]], bool]:
        """List what a search finds, and tell whether there is more."""
        async with self.store.transaction() as transaction:
            return await views.found(transaction, query, shadow=shadow)

    async def objects(self, place: DicomPlace, *, shadow: bool) -> list[StoredObject]:
        """List the objects of a place."""
        async with self.store.transaction() as transaction:
            return await views.objects(transaction, place, shadow=shadow)

    async def encoded(self, objects: Sequence[StoredObject]) -> list["EncodedFile"]:
        """Find the files of objects."""
        return await asyncio.to_thread(lambda: [_encoded(self.archive.path(one.path), one) for one in objects])

    def line(self) -> contextlib.AbstractAsyncContextManager[Line]:
        """Open a way to the receiver."""
        return handed_over(self.data)

    async def decode(self, task: str, paths: Sequence[Path], **more: Any) -> list[bytes]:  # noqa: ANN401 - what JSON has
        """Have a part of an object read or decoded."""
        return await self.decoders.ask(task, paths, **more)


@dataclass(frozen=True, kw_only=True, slots=True)
class EncodedFile:
    """A file of an object; a size of -1 where there is none."""

    path: Path
    size: int
    syntax: str


@contextlib.asynccontextmanager
async def dicom_desk(store: PostgresStore, archive: FileArchive, data: Path) -> AsyncIterator[DicomDesk]:
    """Open the desk for the block; its decoders end with it."""
    decoders = Decoders()
    try:
        yield DicomDesk(store=store, archive=archive, decoders=decoders, data=data)
    finally:
        await decoders.close()


def _encoded(path: Path, one: StoredObject) -> EncodedFile:
    try:
        size = path.stat().st_size
        syntax = one.transfer_syntax_uid or str(read_file_meta_info(path).TransferSyntaxUID)
    except FileNotFoundError:
        size, syntax = -1, ""
    return EncodedFile(path=path, size=size, syntax=syntax)
