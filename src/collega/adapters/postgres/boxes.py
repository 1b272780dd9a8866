"""What vendors' boxes answered."""

from collections.abc import Collection

from collega.adapters.postgres.arrivals import PostgresArrivals
from collega.model.box import BoxAnswer, Standing, Unasked

ADD = """INSERT INTO box_answer (job_key, sop_instance_uid, sop_class_uid, path, digest, at, standing, is_released)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (job_key, sop_instance_uid) DO UPDATE SET sop_class_uid = EXCLUDED.sop_class_uid, path = EXCLUDED.path,
        digest = EXCLUDED.digest, at = EXCLUDED.at, standing = EXCLUDED.standing, is_released = EXCLUDED.is_released"""


class PostgresBoxes(PostgresArrivals):
    """The part of a transaction that is about vendors' boxes."""

    async def add_answer(self, answer: BoxAnswer) -> None:
        """Record an object for a job."""
        await self._connection.execute(
            ADD,
            (
                answer.job_key,
                answer.sop_instance_uid,
                answer.sop_class_uid,
                answer.path,
                answer.digest,
                answer.at,
                answer.standing,
                answer.is_released,
            ),
        )

    async def answers_of(self, job_key: str) -> list[BoxAnswer]:
        """List the objects that were answered for a job."""
        found = await self._all("SELECT * FROM box_answer WHERE job_key = %s ORDER BY at, answer_key", (job_key,))
        return [
            BoxAnswer(
                job_key=str(row["job_key"]),
                sop_instance_uid=row["sop_instance_uid"],
                sop_class_uid=row["sop_class_uid"],
                path=row["path"],
                digest=row["digest"],
                at=row["at"],
                standing=Standing(row["standing"]),
                is_released=row["is_released"],
            )
            for row in found
        ]

    async def release_answers(self, job_key: str, sop_instance_uids: Collection[str]) -> None:
        """Note the good end of an association."""
        await self._connection.execute(
            "UPDATE box_answer SET is_released = true WHERE job_key = %s AND sop_instance_uid = ANY(%s)",
            (job_key, list(sop_instance_uids)),
        )

    async def add_unasked(self, item: Unasked) -> None:
        """Record that an object answers no job."""
        await self._connection.execute(
            "INSERT INTO box_unasked (sop_instance_uid, study_key, source, at) VALUES (%s, %s, %s, %s)",
            (item.sop_instance_uid, item.study_key, item.source, item.at),
        )

    async def unasked_of(self, study_key: str) -> list[Unasked]:
        """List the objects of a study that boxes sent for no job."""
        query = "SELECT * FROM box_unasked WHERE study_key = %s ORDER BY at, sop_instance_uid"
        return [Unasked(**row) for row in await self._all(query, (study_key,))]

    async def take_answers(self, job_key: str) -> None:
        """Note that the open answers are read."""
        await self._connection.execute(
            "UPDATE box_answer SET standing = 'taken' WHERE job_key = %s AND standing = 'open'", (job_key,)
        )
