"""Which signed reports were labelled by other words than those of today."""

from collega.adapters.postgres.store import PostgresTransaction

# Of each study the last version counts: one without a report is of a report that was taken away.
WAITING = """SELECT study_key FROM (SELECT DISTINCT ON (study_key) study_key, labeller, report_version, signed_at
    FROM report_labels ORDER BY study_key, number DESC) AS l
    WHERE report_version <> '' AND labeller <> %s ORDER BY signed_at DESC, study_key"""


async def waiting(transaction: PostgresTransaction, labeller: str) -> list[str]:
    """List the studies whose labels another labeller has made, the latest report first."""
    return [row["study_key"] for row in await transaction.rows(WAITING, (labeller,))]
