"""Checking passwords: off the event loop, and two at a time, since each takes 64 MiB."""

import asyncio

from collega.adapters.credentials.passwords import hash_password, verify_password

AT_ONCE = 2


class Credentials:
    """Hashes and checks passwords and PINs."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def hashed(self, password: str) -> str:
        """Hash a password."""
        async with self._turns:
            return await asyncio.to_thread(hash_password, password)

    async def fits(self, known: str | None, password: str) -> bool:
        """Check a password; the same work is done where there is nothing to check against."""
        async with self._turns:
            return await asyncio.to_thread(verify_password, known, password)
