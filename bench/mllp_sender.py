"""Ten senders of HL7 messages in one process of their own: each waits for an answer before it sends the next.

Prints one JSON line: messages that were answered AA, those that were not, seconds, and all waits in milliseconds.
"""

import asyncio
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from collega.testing.hl7_messages import adt, order, report


def messages(sender: int, count: int) -> list[bytes]:
    """Write what a RIS sends: of five messages three of an order, a report, a patient."""
    made = []
    for number in range(count):
        name = f"{sender}-{number // 5}"
        patient, id_ = f"P{name}^^^ZKH^PI", f"{sender}-{number}"
        numbers = {"placer": f"P{name}", "filler": f"F{name}", "accession": f"A{name}", "patient": patient}
        match number % 5:
            case 0:
                made.append(order(id_=id_, **numbers))
            case 1 | 2:
                made.append(order(id_=id_, control="SC", **numbers))
            case 3:
                made.append(report("Geen afwijkingen.\nHart niet vergroot.", id_=id_, **numbers))
            case _:
                made.append(adt(patient, id_=id_))
    return made


async def send(port: int, made: list[bytes], waits: list[float]) -> int:
    """Send one after the other; how many were accepted."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    accepted = 0
    for message in made:
        began = time.perf_counter()
        writer.write(b"\x0b" + message + b"\x1c\r")
        answer = await reader.readuntil(b"\x1c\r")
        waits.append(1000 * (time.perf_counter() - began))
        accepted += b"MSA|AA|" in answer
    writer.close()
    return accepted


async def main(port: int, senders: int, count: int) -> None:
    """Send from all at once."""
    made = [messages(sender, count) for sender in range(senders)]
    waits: list[float] = []
    began = time.perf_counter()
    accepted = await asyncio.gather(*(send(port, some, waits) for some in made))
    seconds = time.perf_counter() - began
    done = sum(accepted)
    sys.stdout.write(json.dumps({"accepted": done, "others": senders * count - done, "s": seconds, "waits": waits}))


if __name__ == "__main__":
    asyncio.run(main(*map(int, sys.argv[1:4])))
