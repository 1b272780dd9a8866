"""A pack leaves: its file is made, the gate asked once more, and only then does it get its name."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from collega.adapters.files.archive import FileArchive
from collega.adapters.postgres.store import PostgresStore, PostgresTransaction
from collega.bootstrap.leave.leaving import make_keys, read_keys, site_profile
from collega.bootstrap.packs.packing import PackDesk, found, pack_entry
from collega.bootstrap.site import catalogue
from collega.config import Settings
from collega.decide.pack import MOVES, Act, moved
from collega.errors import FencedError, InputError
from collega.formats.dicom_deid.pseudonyms import Pseudonyms
from collega.formats.pack_letter import Letter, letters
from collega.model.job import Event
from collega.model.leaving import Sealed
from collega.model.pack import Case, LeftOut, Pack
from collega.model.result import ObjectKind
from collega.outside.gate import objecting_among
from collega.outside.keyring import Keyring
from collega.outside.pack import CaseFiles, Packed, PackedCase, pack_profile, put_in_place, write_pack
from collega.outside.pseudonymise import profile_of

# Held by whoever makes the file of a pack.
PACK_LOCK = 4248
FOLDER, WORK = "packs", "work"
# Objects of ours. What a maker's own app has drawn may hold names in its pixels, and its maker has it.
SENT_KINDS = frozenset(
    {ObjectKind.FINDINGS_SR, ObjectKind.FINDINGS_SR_2D, ObjectKind.REGIONS_SR, ObjectKind.SEGMENTATION}
)
# So often is a file made anew since a patient has objected meanwhile.
MOST_TRIES = 5
BUSY = "another pack is being made into a file: try again when that is done"


@dataclass(frozen=True, kw_only=True, slots=True)
class PackTaker:
    """Makes the file of a pack that is approved."""

    desk: PackDesk
    archive: FileArchive

    @property
    def folder(self) -> Path:
        """Where files are made for the page, and what is under way."""
        return self.desk.settings.data / FOLDER

    async def take(self, key: str, folder: Path, by: str) -> tuple[Path, Packed]:
        """Make the file of a pack in a folder; made again, it is without those who have objected meanwhile.

        Raises
        ------
        InputError
            The pack is not approved, another is under way, the folder cannot be written to, or patients object faster
            than it is made.
        """
        async with self.desk.store.held_lock(PACK_LOCK) as mine:
            if mine is None:
                raise InputError(BUSY)
            for _ in range(MOST_TRIES):
                pack, cases, keys = await self._gather(key)
                target = folder / file_name(pack)
                try:
                    packed = await asyncio.to_thread(self._write, pack, cases, target, keys)
                    if await self._leaves(pack, packed, keys, by):
                        await asyncio.to_thread(put_in_place, packed, target)
                        return target, packed
                except OSError as error:
                    message = f"{target}: {error.strerror}"
                    raise InputError(message) from None
                packed.part.unlink()
        raise InputError(BUSY)

    async def _gather(self, key: str) -> tuple[Pack, list[CaseFiles], Keyring]:
        settings = self.desk.settings
        async with self.desk.store.transaction() as transaction:
            pack = await found(transaction, key)
            _check_may_leave(pack)
            await make_keys(transaction, settings)
            objecting = await objecting_among(transaction, [case.study_key for case in pack.cases], lock=False)
            cases = [await self._case(transaction, pack, case, objecting) for case in pack.cases]
        return pack, cases, read_keys(settings)

    async def _case(self, transaction: PostgresTransaction, pack: Pack, case: Case, objecting: set[str]) -> CaseFiles:
        study = await transaction.study(case.study_key)
        job = await transaction.job(case.job_key)
        if study is None or job is None:
            message = f"case {pack.label(case.number)}: its study or its job is not on record"
            raise InputError(message)
        wanted = set(job.inputs)
        images = [one for one in await transaction.instances(study.key) if one.header.sop_instance_uid in wanted]
        ours = [
            one
            for one in await transaction.objects_of(study.key)
            if one.job_key == case.job_key and one.kind in SENT_KINDS and self.archive.path(one.path).is_file()
        ]
        withheld = case.number in pack.standing.withheld
        why_not = LeftOut.WITHHELD if withheld else LeftOut.OBJECTION if study.key in objecting else None
        images_lost = len(images) < len(wanted)
        return CaseFiles(
            label=pack.label(case.number),
            case=case,
            study=study,
            result=await transaction.result_of(case.job_key),
            files={
                **{f"images/{place:05d}.dcm": self.archive.path(one.path) for place, one in enumerate(images, 1)},
                **{f"ai/{place:05d}.dcm": self.archive.path(one.path) for place, one in enumerate(ours, 1)},
            },
            with_text=case.number in pack.standing.with_text,
            why_not=why_not or (LeftOut.IMAGES_REMOVED if images_lost or not images else None),
        )

    def _write(self, pack: Pack, cases: Sequence[CaseFiles], target: Path, keys: Keyring) -> Packed:
        settings = self.desk.settings
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        zone = ZoneInfo(settings.site.timezone)

        def letter(left_out: Mapping[int, LeftOut]) -> Mapping[str, str]:
            prepared_on = pack.prepared_at.astimezone(zone).date()
            return letters(Letter(pack=pack, sender=settings.site.name, prepared_on=prepared_on, left_out=left_out))

        profile = pack_profile(profile_of(project_of(pack.vendor), site_profile(settings)))
        pseudonyms = Pseudonyms(key=keys.pseudonyms, project=profile.project)
        return write_pack(target, self.folder / WORK, cases, letter, profile, pseudonyms)

    async def _leaves(self, pack: Pack, packed: Packed, keys: Keyring, by: str) -> bool:
        """Ask the gate again, and record that it leaves; false where a patient of it objects by now.

        It counts as gone from here on: cut off before the file has its name, too much is on record, never too little.
        """
        at = self.desk.now()
        try:
            async with self.desk.store.transaction() as transaction:
                if await objecting_among(transaction, [one.study.key for one in packed.cases], lock=True):
                    return False
                included = {one.case.number for one in packed.cases}
                standing = replace(
                    moved(pack, Act.TAKE, actor=by, at=at),
                    gone=tuple(sorted(included | set(pack.standing.gone))),
                    left_out=packed.left_out,
                    sha256=packed.sha256,
                    files=packed.files,
                    bytes=packed.bytes,
                )
                await transaction.stand_pack(pack.key, standing)
                for one in packed.cases:
                    await transaction.add_event(_gone(pack, one, at, by))
                    await transaction.note_pseudonyms(_sealed(pack, one, keys, at))
                gone = list(dict.fromkeys(one.study.key for one in packed.cases))
                more = {"peer": pack.vendor, "cases": len(packed.cases), "sha256": packed.sha256}
                await transaction.add_audit(pack_entry("feedback pack taken", pack, by, gone, more))
        except FencedError as error:
            packed.part.unlink()
            raise InputError(str(error)) from None
        return True


def project_of(vendor: str) -> str:
    """Name the project of a maker's feedback: what two makers know of a patient has nothing in common."""
    return f"feedback/{vendor}"


def file_name(pack: Pack) -> str:
    """Name the file of a pack: its maker and its number."""
    maker = re.sub(r"[^a-z0-9]+", "-", pack.vendor.lower()).strip("-")[:40] or "maker"
    return f"feedback-{maker}-{pack.number:04d}.zip"


def _check_may_leave(pack: Pack) -> None:
    if (pack.standing.state, Act.TAKE) not in MOVES:
        message = f"a pack that is {pack.standing.state} does not leave: it is to be approved first"
        raise InputError(message)


def _gone(pack: Pack, one: PackedCase, at: datetime, by: str) -> Event:
    payload: dict[str, object] = {
        "app": one.case.app_id,
        "to": pack.vendor,
        "files": one.files,
        "bytes": one.bytes,
        "case": pack.label(one.case.number),
    }
    return Event(
        kind="sent_outside", at=at, study_key=one.study.key, job_key=one.case.job_key, actor=by, payload=payload
    )


def _sealed(pack: Pack, one: PackedCase, keys: Keyring, at: datetime) -> list[Sealed]:
    return [
        keys.seal(
            Sealed(
                pseudonym=pseudonym,
                kind=kind,
                project=project_of(pack.vendor),
                key_id="",
                sealed=b"",
                study_key=one.study.key,
                at=at,
            ),
            value,
        )
        for kind, (pseudonym, value) in one.names.items()
    ]


def pack_taker(settings: Settings, store: PostgresStore) -> PackTaker:
    """Make what commands ask."""
    desk = PackDesk(store=store, settings=settings, catalogue=catalogue(settings))
    return PackTaker(desk=desk, archive=FileArchive(settings.data))
