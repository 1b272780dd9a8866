"""Small forms: what a page of ours sends, read with a bound."""

from collections.abc import Mapping
from urllib.parse import parse_qs

from fastapi import HTTPException, Request

from collega.web.guard import own_page

MOST_BYTES = 10_000


async def own_form(request: Request, most: int = MOST_BYTES) -> Mapping[str, str]:
    """Read a form that a page of ours has sent; those of other sites are refused."""
    own_page(request)
    content = await bounded(request, most)
    return {name: values[-1].strip() for name, values in parse_qs(content.decode("utf-8", "replace")).items()}


async def bounded(request: Request, most: int) -> bytes:
    """Read the body of a request; one that is longer is not read to its end."""
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > most:
            raise HTTPException(413, f"no more than {most} bytes are taken")
    return bytes(content)
