"""Writes audit lines in a process of its own, until it is killed or has written them all."""

import asyncio
import os
import sys

from collega.adapters.postgres.store import PostgresStore
from collega.model.app import Stage
from collega.model.audit import Asker, AuditEntry


async def write(url: str, name: str, lines: int) -> None:
    asker = Asker(actor=name, source="test")
    store = PostgresStore(url, Stage.SHADOW, connections=2, asker=lambda: asker)
    await store.open()
    try:
        for number in range(lines):
            async with store.transaction() as transaction:
                await transaction.add_audit(AuditEntry(event="retention run", payload={"n": number}))
                if number % 3 == 0:
                    await transaction.add_audit(AuditEntry(event="retention run", payload={"n": number, "again": True}))
            os.write(1, b".")
    finally:
        await store.close()


if __name__ == "__main__":
    asyncio.run(write(sys.argv[1], sys.argv[2], int(sys.argv[3])))
