"""Feedback to makers: packs, cases, standings, answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from psycopg.types.json import Jsonb

from collega.adapters.postgres import rows
from collega.adapters.postgres.arrivals import PostgresArrivals
from collega.adapters.postgres.rows import Row
from collega.errors import FencedError
from collega.model.pack import Answer, AnswerStatus, Case, CaseSource, LeftOut, Pack, PackStanding, PackState

# A word is worked off by a case of a pack that was prepared well after it; which version is in it is seen later.
JUDGED = """WITH told AS (SELECT c.thing, max(p.prepared_at) - interval '1 day' AS until
        FROM feedback_case c JOIN feedback_pack p USING (pack_key) WHERE c.vendor = %(vendor)s GROUP BY c.thing)
    SELECT f.study_key FROM feedback f JOIN job j USING (job_key)
        WHERE f.opinion = 'disagree' AND j.app_id = ANY(%(apps)s)
            AND NOT EXISTS (SELECT 1 FROM feedback later WHERE (later.study_key, later.job_key, later.finding_id,
                later.reader) = (f.study_key, f.job_key, f.finding_id, f.reader) AND later.number > f.number)
            AND NOT EXISTS (SELECT 1 FROM told
                WHERE told.thing = 'opinion/' || f.job_key || '/' || f.finding_id AND told.until > f.at)
    UNION SELECT m.study_key FROM missed_finding m JOIN job j USING (study_key)
        WHERE NOT m.is_withdrawn AND j.app_id = ANY(%(apps)s)
            AND NOT EXISTS (SELECT 1 FROM missed_finding later
                WHERE (later.study_key, later.mark) = (m.study_key, m.mark) AND later.number > m.number)
            AND NOT EXISTS (SELECT 1 FROM told
                WHERE told.thing = 'missed/' || m.study_key || '/' || m.mark || '/' || j.app_id AND told.until > m.at)
    UNION SELECT d.study_key FROM discrepancy_standing s JOIN discrepancy d USING (discrepancy_key)
        WHERE s.verdict = 'report_right' AND d.app_id = ANY(%(apps)s)
            AND NOT EXISTS (SELECT 1 FROM discrepancy_standing later
                WHERE later.discrepancy_key = s.discrepancy_key AND later.revision > s.revision)
            AND NOT EXISTS (SELECT 1 FROM told
                WHERE told.thing = 'report/' || d.discrepancy_key AND told.until > s.changed_at)
    ORDER BY study_key"""
ADD_PACK = """INSERT INTO feedback_pack (pack_key, vendor, number, prepared_at)
    VALUES (%(key)s, %(vendor)s, %(number)s, %(prepared_at)s) ON CONFLICT DO NOTHING RETURNING 1 AS kept"""
ADD_CASE = """INSERT INTO feedback_case (pack_key, number, vendor, source, thing, version, study_key, job_key, app_id,
        app_version, finding_id, contrast, causes, readers, text, place, at)
    VALUES (%(pack_key)s, %(number)s, %(vendor)s, %(source)s, %(thing)s, %(version)s, %(study_key)s, %(job_key)s,
        %(app_id)s, %(app_version)s, %(finding_id)s, %(contrast)s, %(causes)s, %(readers)s, %(text)s, %(place)s, %(at)s)
    ON CONFLICT DO NOTHING RETURNING 1 AS kept"""
ADD_STANDING = """INSERT INTO feedback_pack_standing (pack_key, revision, state, at, actor, reason, with_text, withheld,
        left_out, gone, sha256, files, bytes)
    VALUES (%(pack_key)s, %(revision)s, %(state)s, %(at)s, %(actor)s, %(reason)s, %(with_text)s::integer[],
        %(withheld)s::integer[], %(left_out)s, %(gone)s::integer[], %(sha256)s, %(files)s, %(bytes)s)
    ON CONFLICT DO NOTHING RETURNING 1 AS kept"""
ADD_ANSWER = """INSERT INTO feedback_answer (pack_key, case_number, number, status, fixed_in, answered_on, writer,
        actor, at)
    VALUES (%(pack_key)s, %(case)s, %(number)s, %(status)s, %(fixed_in)s, %(answered_on)s, %(writer)s, %(actor)s,
        %(at)s)
    ON CONFLICT DO NOTHING RETURNING 1 AS kept"""
PACKS = """SELECT p.*, s.revision, s.state, s.at, s.actor, s.reason, s.with_text, s.withheld, s.left_out, s.gone,
        s.sha256, s.files, s.bytes
    FROM feedback_pack p CROSS JOIN LATERAL (SELECT * FROM feedback_pack_standing t
        WHERE t.pack_key = p.pack_key ORDER BY t.revision DESC LIMIT 1) AS s"""
PACKED = "SELECT thing, version FROM feedback_case WHERE vendor = %s AND study_key = ANY(%s)"
NUMBERS = ("with_text", "withheld", "gone")
TAKEN = "the pack has been changed meanwhile: look at it again"


class PostgresPacks(PostgresArrivals):
    """The part of a transaction that is about feedback to makers."""

    async def judged(self, vendor: str, app_ids: Collection[str]) -> list[str]:
        """List studies in which one of these apps was found wrong, where no pack for this maker tells of it."""
        found = await self._all(JUDGED, {"vendor": vendor, "apps": sorted(app_ids)})
        return [row["study_key"] for row in found]

    async def packed(self, vendor: str, study_keys: Collection[str]) -> set[tuple[str, str]]:
        """Give thing and version of each case that a pack for this maker holds already."""
        found = await self._all(PACKED, (vendor, sorted(study_keys)))
        return {(row["thing"], row["version"]) for row in found}

    async def add_pack(self, pack: Pack) -> None:
        """Keep a pack; refused where another has taken its number or one of its cases meanwhile."""
        values = {"key": pack.key, "vendor": pack.vendor, "number": pack.number, "prepared_at": pack.prepared_at}
        await self._keep_pack(ADD_PACK, values)
        for case in pack.cases:
            place = Jsonb(asdict(case.place)) if case.place else None
            more = {"pack_key": pack.key, "vendor": pack.vendor, "place": place, "causes": list(case.causes)}
            await self._keep_pack(ADD_CASE, {**asdict(case), **more})
        await self.stand_pack(pack.key, pack.standing)

    async def pack(self, key: str) -> Pack | None:
        """Find a pack as it stands now, with every answer."""
        found = await self._packs("p.pack_key::text = %s", key)
        return found[0] if found else None

    async def packs(self, vendor: str = "") -> list[Pack]:
        """List packs as they stand now, the latest first."""
        return await self._packs("%s::text IN ('', p.vendor)", vendor)

    async def stand_pack(self, key: str, standing: PackStanding) -> None:
        """Keep another standing; refused where its revision is taken."""
        left_out = Jsonb({str(number): why for number, why in standing.left_out.items()})
        lists = {name: list(getattr(standing, name)) for name in NUMBERS}
        await self._keep_pack(ADD_STANDING, {**asdict(standing), **lists, "pack_key": key, "left_out": left_out})

    async def add_maker_answer(self, key: str, answer: Answer) -> None:
        """Keep an answer; refused where its number is taken."""
        await self._keep_pack(ADD_ANSWER, {**asdict(answer), "pack_key": key})

    async def _packs(self, which: str, value: str) -> list[Pack]:
        found = await self._all(f"{PACKS} WHERE {which} ORDER BY p.prepared_at DESC, p.pack_key DESC", (value,))
        keys = [row["pack_key"] for row in found]
        cases = await self._all("SELECT * FROM feedback_case WHERE pack_key = ANY(%s) ORDER BY number", (keys,))
        answers = await self._all(
            "SELECT * FROM feedback_answer WHERE pack_key = ANY(%s) ORDER BY case_number, number", (keys,)
        )
        return [_pack(row, cases, answers) for row in found]

    async def _keep_pack(self, query: str, values: Mapping[str, Any]) -> None:
        if await self._one(query, values) is None:
            raise FencedError(TAKEN)


def _pack(row: Row, cases: Sequence[Row], answers: Sequence[Row]) -> Pack:
    key = row["pack_key"]
    return Pack(
        key=str(key),
        vendor=row["vendor"],
        number=row["number"],
        prepared_at=row["prepared_at"],
        cases=tuple(_case(one) for one in cases if one["pack_key"] == key),
        standing=_standing(row),
        answers=tuple(_answer(one) for one in answers if one["pack_key"] == key),
    )


def _standing(row: Row) -> PackStanding:
    plain = ("revision", "at", "actor", "reason", "sha256", "files", "bytes")
    return PackStanding(
        **{name: row[name] for name in plain},
        state=PackState(row["state"]),
        with_text=tuple(row["with_text"]),
        withheld=tuple(row["withheld"]),
        gone=tuple(row["gone"]),
        left_out={int(number): LeftOut(why) for number, why in row["left_out"].items()},
    )


def _case(row: Row) -> Case:
    values = {name: value for name, value in row.items() if name not in {"pack_key", "vendor"}}
    place = rows.region(row["place"]) if row["place"] else None
    more = {"source": CaseSource(row["source"]), "job_key": str(row["job_key"]), "causes": tuple(row["causes"])}
    return Case(**{**values, **more, "place": place})


def _answer(row: Row) -> Answer:
    values = {name: value for name, value in row.items() if name not in {"pack_key", "case_number"}}
    return Answer(**{**values, "case": row["case_number"], "status": AnswerStatus(row["status"])})
