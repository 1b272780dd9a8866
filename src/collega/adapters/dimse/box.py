"""The way to a vendor's box: every image by C-STORE as it was received; its answer comes by itself, later."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydicom.uid import UID
from pynetdicom import _config
from pynetdicom.association import Association

from collega.adapters.dimse.associate import associate, caller
from collega.adapters.dimse.kinds import kind_of
from collega.adapters.dimse.scu import MOST_CONTEXTS
from collega.errors import PeerError, RefusedError
from collega.model.app import Manifest
from collega.model.delivery import SendOutcome
from collega.model.job import Attempt, AttemptOutcome
from collega.model.runtime import DicomSpec
from collega.model.store_status import outcome_of
from collega.run.runners import refused

# So long a box may take to say that it has one object.
ANSWER_SECONDS = 30.0
MOST_NAMED = 3
Kinds = Mapping[Path, tuple[str, str]]


class BoxRunner:
    """Hands the images of a job to a box; see `collega.ports.machine.AppRunner`.

    Parameters
    ----------
    calling_aet : str
        Our AE title, to which the box sends its answers.
    """

    def __init__(self, calling_aet: str) -> None:
        self._calling_aet = calling_aet

    async def run(self, manifest: Manifest, inputs: Path, outputs: Path) -> Attempt:  # noqa: ARG002 - of the port
        """Send the priors, then all images; `PeerError` where the box is away or cannot take them now.

        A prior that it does not take keeps the study from it only where the app must have one and has none.
        """
        spec = manifest.run.dicom
        if spec is None:
            return refused("the manifest names no box")
        began, priors = time.monotonic(), in_order(inputs)
        not_taken: dict[int, str] = {}
        for number, folder in priors.items():
            try:
                await self._send(spec, folder)
            except RefusedError as error:
                not_taken[number] = f"a prior: {error}"
        wanted = manifest.inputs.priors if manifest.inputs else None
        if not_taken and wanted and wanted.required and len(not_taken) == len(priors):
            return refused("; ".join(not_taken.values()))
        try:
            await self._send(spec, inputs / "dicom")
        except RefusedError as error:
            return refused(str(error))
        return Attempt(
            outcome=AttemptOutcome.HANDED_OVER,
            detail="; ".join(not_taken.values()),
            not_taken=tuple(sorted(not_taken)),
            isolation=(),
            wall_s=time.monotonic() - began,
            cpu_s=0.0,
            peak_mb=0.0,
        )

    async def _send(self, spec: DicomSpec, folder: Path) -> None:
        """Send one study over an association of its own: a box takes its end for the end of a study."""
        await asyncio.to_thread(send_study, spec, self._calling_aet, folder)


def in_order(inputs: Path) -> Mapping[int, Path]:
    """Give the priors by their numbers, in the order of time."""
    # They are numbered from the newest on.
    numbered = {int(folder.name): folder for folder in inputs.glob("priors/*")}
    return {number: numbered[number] for number in sorted(numbered, reverse=True)}


def send_study(spec: DicomSpec, calling_aet: str, folder: Path) -> None:
    """Send the files of a folder to a box over one association; blocks.

    Raises
    ------
    RefusedError
        It takes some of them in no way; the text names them by class and encoding.
    PeerError
        It is away, or has no room now.
    """
    files = sorted(folder.iterdir())
    found = {file: kind_of(file) for file in files}
    kinds: Kinds = {file: kind for file, kind in found.items() if kind is not None}
    if len(kinds) < len(files):
        message = f"{len(files) - len(kinds)} of {len(files)} images cannot be read"
        raise RefusedError(message)
    with _associated(spec, calling_aet, kinds) as association:
        taken = {(str(item.abstract_syntax), str(item.transfer_syntax[0])) for item in association.accepted_contexts}
        if untaken := [file for file in files if kinds[file] not in taken]:
            raise RefusedError(_untaken(spec, [kinds[file] for file in untaken], len(files)))
        for file in files:
            _send(association, spec, file)


@contextlib.contextmanager
def _associated(spec: DicomSpec, calling_aet: str, kinds: Kinds) -> Iterator[Association]:
    # Send files as they stand instead of decoding and encoding them.
    _config.STORE_SEND_CHUNKED_DATASET = True
    entity = caller(calling_aet, ANSWER_SECONDS)
    entity.maximum_pdu_size = 0
    # Any peer takes it: without a single context there would be no association to say no in.
    entity.add_requested_context(UID("1.2.840.10008.1.1"))
    for sop_class, syntax in sorted(set(kinds.values()))[: MOST_CONTEXTS - 1]:
        entity.add_requested_context(sop_class, syntax)
    association = associate(entity, (spec.host, spec.port), spec.aet)
    if not association.is_established:
        why = "it rejects the association" if association.is_rejected else "no connection"
        message = f"box {spec.aet} at {spec.host}:{spec.port}: {why}"
        raise PeerError(message)
    try:
        yield association
    finally:
        if association.is_established:
            association.release()


def _send(association: Association, spec: DicomSpec, file: Path) -> None:
    try:
        answer = association.send_c_store(file)
    except RuntimeError:  # pynetdicom's word for an association that has ended meanwhile
        message = f"box {spec.aet}: the association ended while images were sent"
        raise PeerError(message) from None
    if "Status" not in answer:
        message = f"box {spec.aet}: no answer to an image"
        raise PeerError(message)
    status = int(answer.Status)
    said = f"box {spec.aet}: status {status:04X}"
    outcome = outcome_of(status)
    if outcome is SendOutcome.REFUSED:
        message = f"{said} {answer.get('ErrorComment', '')} to image {file.name}"
        raise RefusedError(message)
    if outcome is SendOutcome.LATER:
        raise PeerError(said)  # goes to the log: nothing of a peer's own words


def _untaken(spec: DicomSpec, kinds: Sequence[tuple[str, str]], total: int) -> str:
    counted = Counter(kinds).most_common(MOST_NAMED)
    named = "; ".join(f"{count} {UID(sop_class).name} as {UID(syntax).name}" for (sop_class, syntax), count in counted)
    return f"box {spec.aet} does not take {len(kinds)} of {total} images: {named}"
