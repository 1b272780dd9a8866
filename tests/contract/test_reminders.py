"""People are told of discrepancies that wait too long or are urgent: once, by real mail and web hook, of no patient."""

import uuid
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from collega.adapters.notify.notifier import ChannelNotifier
from collega.bootstrap.reading.board import BoardContext
from collega.bootstrap.reading.reminding import remind
from collega.config import Board
from collega.deliver.watch import send_due
from collega.model.app import Stage
from collega.model.discrepancy import Contrast, Discrepancy
from collega.model.study import Patient, Priority
from collega.read.discrepancies import note_differences, taken
from collega.testing import records
from collega.testing.fakes import FakeClock
from collega.testing.records import AT
from tests.contract.conftest import RealBench
from tests.contract.test_notifier import mailbox
from tests.e2e.listeners import hook_server, mail_server

pytestmark = pytest.mark.shows("R74")
HEADER = replace(
    records.header(study="reminded", patient=Patient(issuer="ZKH", patient_id="PID4711", name="Vries^Jan")),
    accession_number="ACC4711",
)
KEY = records.study(HEADER).key
APP = records.manifest(findings=(records.finding_spec(urgency=Priority.ROUTINE),))
URGENT = records.manifest("urgent", findings=(records.finding_spec(urgency=Priority.STAT),))
CONTEXT = BoardContext(
    settings=Board(),
    zone=ZoneInfo("Europe/Amsterdam"),
    default_stage=Stage.LIVE,
    catalogue={"finder": APP, "urgent": URGENT},
)
OWNER = "dr.b@hospital.test"


@pytest.mark.parametrize("app", ["finder", "urgent"])
async def test_what_is_overdue_or_urgent_is_told_once_to_the_channels_and_its_owner(real: RealBench, app: str) -> None:
    async with real.transaction() as transaction:
        study = await transaction.add_study(HEADER, KEY, AT)
        made = await transaction.add_job(study, CONTEXT.catalogue[app], [HEADER.sop_instance_uid], app, AT)
        await transaction.set_stage(app, made.app_version, Stage.LIVE, "test", "test")
        one = Discrepancy(
            key=str(uuid.uuid4()),
            study_key=KEY,
            job_key=made.key,
            app_id=app,
            finding_id=APP.findings[0].id,
            contrast=Contrast.AI_POSITIVE,
            report_version="r1",
            sentence="Geen infiltraat.",
            found_at=AT,
        )
        await note_differences(transaction, [one])
        await transaction.run(
            "INSERT INTO account (name, full_name, roles) VALUES (%s, 'dr. B', '{radiologist}')", (OWNER,)
        )
    with mail_server() as letters, hook_server() as posts:
        notifier = ChannelNotifier(mailbox(letters.port), (posts.url,), language="nl", timeout_s=5)

        async def look(after: timedelta) -> list[str]:
            """Let two processes look at a moment, and send what is due; what the web hook has got by then."""
            for _ in range(2):
                async with real.transaction() as transaction:
                    await remind(transaction, CONTEXT, ("mail", "webhook 1"), AT + after)
            await send_due(real.store, FakeClock(AT + after), notifier)
            return posts.kinds()

        first = ["urgent"] if app == "urgent" else []
        assert await look(timedelta(hours=1)) == first
        assert await look(timedelta(days=4)) == [*first, "overdue"]
        async with real.transaction() as transaction:
            known = await transaction.discrepancy(one.key)
            assert known is not None
            await transaction.change_discrepancy(taken(known, "dr. B", date(2026, 3, 20), "dr. A", AT))
        assert await look(timedelta(days=10)) == [*first, "overdue"]
        assert await look(timedelta(days=30)) == [*first, "overdue", "overdue"]
        assert [str(item["To"]) for item in letters.got].count(OWNER) == 1, "the owner's own letter"
        told = " ".join([*map(str, posts.got), *(item.as_string() for item in letters.got)])
    assert not any(word in told for word in ("PID4711", "Vries", "ACC4711", HEADER.study_instance_uid, one.sentence))
