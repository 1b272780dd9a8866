"""The DICOMweb desk: what is found, and the objects that may be given."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collega.adapters.files.archive import FileArchive
from collega.adapters.postgres import dicomweb_views as views
from collega.adapters.postgres.store import PostgresStore
from collega.model.dicomweb import DicomPlace, DicomQuery, StoredObject

# Modality of what collega builds, by SOP class: the database keeps it of received objects only.
CLASSES = {
    "1.2.840.10008.5.1.4.1.1.88.11": "SR",
    "1.2.840.10008.5.1.4.1.1.88.22": "SR",
    "1.2.840.10008.5.1.4.1.1.88.33": "SR",
    "1.2.840.10008.5.1.4.1.1.88.34": "SR",
    "1.2.840.10008.5.1.4.1.1.88.59": "KO",
    "1.2.840.10008.5.1.4.1.1.66.4": "SEG",
    "1.2.840.10008.5.1.4.1.1.7": "OT",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class DicomDesk:
    """Finds and gives objects.

    Parameters
    ----------
    store : PostgresStore
    archive : FileArchive
    """

    store: PostgresStore
    archive: FileArchive

    async def found(self, query: DicomQuery, *, shadow: bool) -> list[dict[str, Any]]:
        """List what a search finds."""
        async with self.store.transaction() as transaction:
            return await views.found(transaction, query, CLASSES, shadow=shadow)

    async def objects(self, place: DicomPlace, *, shadow: bool) -> list[StoredObject]:
        """List the objects of a place."""
        async with self.store.transaction() as transaction:
            return await views.objects(transaction, place, CLASSES, shadow=shadow)

    def file(self, one: StoredObject) -> Path:
        """Where the file of an object is."""
        return self.archive.path(one.path)
