"""What readers say: every version a row of its own."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from psycopg.types.json import Jsonb

from collega.adapters.postgres import discrepancy_rows, rows
from collega.adapters.postgres.arrivals import PostgresArrivals
from collega.adapters.postgres.rows import Row
from collega.errors import FencedError
from collega.model.discrepancy import Discrepancy
from collega.model.feedback import Feedback, FirstLook, Missed, Opinion, Seen
from collega.model.finding import Evaluation
from collega.model.night import MorningWord
from collega.model.pilot import Kpi, PilotGoal

FEEDBACK = """INSERT INTO feedback (study_key, job_key, finding_id, reader, number, opinion, cause, remark, ai_seen,
    role, at) VALUES (%(study_key)s, %(job_key)s, %(finding_id)s, %(reader)s, %(number)s, %(opinion)s, %(cause)s,
    %(remark)s, %(ai_seen)s, %(role)s, %(at)s) ON CONFLICT DO NOTHING RETURNING 1 AS kept"""
MISSED = """INSERT INTO missed_finding (study_key, mark, number, reader, what, place, ai_seen, remark, role,
    is_withdrawn, at) VALUES (%(study_key)s, %(mark)s, %(number)s, %(reader)s, %(what)s, %(place)s, %(ai_seen)s,
    %(remark)s, %(role)s, %(is_withdrawn)s, %(at)s) ON CONFLICT DO NOTHING RETURNING 1 AS kept"""
FIRST_LOOK = """INSERT INTO first_look (study_key, finding_id, reader, number, found, ai_seen, is_called, role, at)
    VALUES (%(study_key)s, %(finding_id)s, %(reader)s, %(number)s, %(found)s, %(ai_seen)s, %(is_called)s, %(role)s,
    %(at)s) ON CONFLICT DO NOTHING RETURNING 1 AS kept"""
MORNING = """INSERT INTO morning_word (study_key, number, found, is_recalled, reader, role, at)
    VALUES (%(study_key)s, %(number)s, %(found)s, %(is_recalled)s, %(reader)s, %(role)s, %(at)s)
    ON CONFLICT DO NOTHING RETURNING 1 AS kept"""
GOAL = """INSERT INTO pilot_goal (app_id, kpi, number, target, by_date, guard, actor, at)
    VALUES (%(app_id)s, %(kpi)s, %(number)s, %(target)s, %(by)s, %(guard)s, %(actor)s, %(at)s)
    ON CONFLICT DO NOTHING RETURNING 1 AS kept"""
FOUND = """INSERT INTO discrepancy (discrepancy_key, study_key, job_key, app_id, finding_id, contrast, report_version,
    sentence, found_at) VALUES (%(key)s, %(study_key)s, %(job_key)s, %(app_id)s, %(finding_id)s, %(contrast)s,
    %(report_version)s, %(sentence)s, %(found_at)s) ON CONFLICT DO NOTHING RETURNING 1 AS kept"""
STANDING = """INSERT INTO discrepancy_standing (discrepancy_key, revision, state, owner, deadline, verdict,
    patient_recalled, remark, correction, changed_at, changed_by) VALUES (%(key)s, %(revision)s, %(state)s, %(owner)s,
    %(deadline)s, %(verdict)s, %(patient_recalled)s, %(remark)s, %(correction)s, coalesce(%(changed_at)s, %(found_at)s),
    %(changed_by)s) ON CONFLICT DO NOTHING RETURNING 1 AS kept"""


class PostgresReadings(PostgresArrivals):
    """The part of a transaction that is about what readers say."""

    async def add_feedback(self, said: Feedback) -> None:
        """Keep a version of an opinion; refused where its number is taken."""
        await self._keep(FEEDBACK, asdict(said), f"the opinion of {said.reader}")

    async def feedback_of(self, study_key: str) -> list[Feedback]:
        """List every version of every opinion on a study, in the order of their numbers."""
        query = "SELECT * FROM feedback WHERE study_key = %s ORDER BY number, at"
        return [_feedback(row) for row in await self._all(query, (study_key,))]

    async def add_missed(self, said: Missed) -> None:
        """Keep a version of a mark; refused where its number is taken."""
        place = Jsonb(asdict(said.place)) if said.place else None
        await self._keep(MISSED, {**asdict(said), "place": place}, "the mark")

    async def missed_of(self, study_key: str) -> list[Missed]:
        """List every version of every mark of a study, in the order of their numbers."""
        query = "SELECT * FROM missed_finding WHERE study_key = %s ORDER BY number, at"
        return [_missed(row) for row in await self._all(query, (study_key,))]

    async def add_first_look(self, look: FirstLook) -> None:
        """Keep a version of a first look; refused where its number is taken."""
        await self._keep(FIRST_LOOK, asdict(look), f"the first look of {look.reader}")

    async def first_looks_of(self, study_key: str) -> list[FirstLook]:
        """List every version of every first look at a study, in the order of their numbers."""
        query = "SELECT * FROM first_look WHERE study_key = %s ORDER BY number, at"
        return [_first_look(row) for row in await self._all(query, (study_key,))]

    async def add_morning_word(self, word: MorningWord) -> None:
        """Keep a version of what a report says; refused where its number is taken."""
        await self._keep(MORNING, asdict(word), "the word on the report")

    async def morning_words_of(self, study_keys: Sequence[str]) -> list[MorningWord]:
        """List every version of what the reports of these studies say."""
        query = "SELECT * FROM morning_word WHERE study_key = ANY(%s) ORDER BY study_key, number"
        found = await self._all(query, (list(study_keys),))
        return [MorningWord(**{**row, "found": Evaluation(row["found"])}) for row in found]

    async def add_goal(self, goal: PilotGoal) -> None:
        """Keep a version of a goal; refused where its number is taken."""
        await self._keep(GOAL, asdict(goal), "the goal")

    async def goals_of(self, app_id: str) -> list[PilotGoal]:
        """List every version of every goal of an app, in the order of their numbers."""
        found = await self._all("SELECT * FROM pilot_goal WHERE app_id = %s ORDER BY number, kpi", (app_id,))
        return [_goal(row) for row in found]

    async def add_discrepancy(self, found: Discrepancy) -> bool:
        """Keep a new discrepancy; false where the same word and report have one already."""
        if await self._one(FOUND, asdict(found)) is None:
            return False
        await self._keep(STANDING, asdict(found), "the discrepancy")
        return True

    async def change_discrepancy(self, changed: Discrepancy) -> None:
        """Keep a new revision; refused where another has taken its number."""
        await self._keep(STANDING, asdict(changed), "the discrepancy")

    async def discrepancy(self, key: str) -> Discrepancy | None:
        """Find one, as it stands now."""
        row = await self._one(f"{discrepancy_rows.DISCREPANCY} WHERE d.discrepancy_key::text = %s", (key,))
        return discrepancy_rows.discrepancy(row) if row else None

    async def discrepancies_of(self, study_key: str) -> list[Discrepancy]:
        """List those of a study as they stand now, the oldest first."""
        query = f"{discrepancy_rows.DISCREPANCY} WHERE d.study_key = %s ORDER BY d.found_at, d.discrepancy_key"
        return [discrepancy_rows.discrepancy(row) for row in await self._all(query, (study_key,))]

    async def standings_of(self, key: str) -> list[Discrepancy]:
        """List every standing that a discrepancy has had, the first one first."""
        return [discrepancy_rows.discrepancy(row) for row in await self._all(discrepancy_rows.STANDINGS, (key,))]

    async def _keep(self, query: str, values: dict[str, Any], what: str) -> None:
        if await self._one(query, values) is None:
            message = f"{what} has been changed meanwhile"
            raise FencedError(message)


def _feedback(row: Row) -> Feedback:
    return Feedback(
        **{
            **row,
            "job_key": str(row["job_key"]),
            "opinion": Opinion(row["opinion"]),
            "ai_seen": Seen(row["ai_seen"]),
        }
    )


def _missed(row: Row) -> Missed:
    place = rows.region(row["place"]) if row["place"] else None
    return Missed(**{**row, "place": place, "ai_seen": Seen(row["ai_seen"])})


def _first_look(row: Row) -> FirstLook:
    return FirstLook(**{**row, "found": Evaluation(row["found"]), "ai_seen": Seen(row["ai_seen"])})


def _goal(row: Row) -> PilotGoal:
    values = {name: value for name, value in row.items() if name != "by_date"}
    return PilotGoal(**{**values, "kpi": Kpi(row["kpi"]), "by": row["by_date"]})
