"""Images of the local store: which one a name means now, and what it says of itself."""

import io
import tarfile
from collections.abc import Sequence

from collega.adapters.container.engine import Engine
from collega.adapters.container.plan import Image
from collega.errors import InputError, TransientError

LARGEST_FILE = 1024 * 1024


async def find_image(engine: Engine, name: str) -> str:
    """Tell the digest of the image that a name means now.

    Raises
    ------
    InputError
        There is no such image here.
    """
    answer = await engine.call("image", "inspect", "--format", "{{.Id}}", name)
    if answer.code != 0:
        program = engine.program.rsplit("/", 1)[-1]
        message = (
            f"image {name} is not on this machine, and none is fetched; load it as the account that runs collega:"
            f" {program} load --input FILE, or {program} pull {name}"
        )
        raise InputError(message)
    return answer.out.decode().strip()


async def read_image(engine: Engine, image_id: str, folders: Sequence[str]) -> Image:
    """Read what an image declares in its folders, without starting anything of it.

    Raises
    ------
    TransientError
        The engine could not open the image.
    """
    if not folders:
        return Image(id=image_id, files={})
    made = await engine.call("create", "--pull=never", "--network=none", *engine.options, image_id, "/nothing")
    if made.code != 0:
        message = f"the container engine could not open the image: {made.last_line}"
        raise TransientError(message)
    container = made.out.decode().strip()
    files: dict[str, bytes] = {}
    try:
        for folder in folders:
            copied = await engine.call("cp", f"{container}:{folder}", "-")
            files |= _regular_files(copied.out, folder) if copied.code == 0 else {}
    finally:
        await engine.end(container)
    return Image(id=image_id, files=files)


def _regular_files(archive: bytes, folder: str) -> dict[str, bytes]:
    """Unpack the small files right below a folder; the archive names them by the folder's last part."""
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as entries:
        for entry in entries:
            content = entries.extractfile(entry) if entry.isreg() and entry.size <= LARGEST_FILE else None
            if content is not None:
                found[f"{folder}/{entry.name.rsplit('/', 1)[-1]}"] = content.read()
    return found
