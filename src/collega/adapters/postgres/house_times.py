"""Studies of a house as they were read, whether or not any app looks at them: what a need is measured from."""

from datetime import datetime
from typing import Any

from collega.adapters.postgres.store import PostgresTransaction
from collega.adapters.postgres.study_times import PLAIN, refresh
from collega.adapters.postgres.timelines import REPORTER

_STUDIES = """WITH s AS MATERIALIZED (SELECT * FROM study WHERE first_received_at >= %(since)s
        AND first_received_at < %(until)s),
    heard AS MATERIALIZED (SELECT e.study_key, e.kind, e.at, e.payload ? 'status' AS by_ris, e.event_key,
            max(e.event_key) FILTER (WHERE e.kind = 'unsigned') OVER (PARTITION BY e.study_key) AS unsigned
        FROM s JOIN event e USING (study_key) WHERE e.kind IN ('opened', 'launched', 'called', 'signed', 'unsigned')),
    told AS MATERIALIZED (SELECT study_key, min(at) FILTER (WHERE kind IN ('opened', 'launched')) AS opened,
            count(*) FILTER (WHERE kind = 'called') AS calls,
            min(at) FILTER (WHERE kind = 'signed' AND by_ris AND event_key > coalesce(unsigned, 0)) AS signed,
            min(at) FILTER (WHERE kind = 'signed' AND NOT by_ris) AS signed_by_reader
        FROM heard GROUP BY 1)
    SELECT s.first_received_at AS at, coalesce(s.study_at, s.first_received_at) AS made_at,
        coalesce(nullif(concat_ws(' · ', nullif(coalesce(i.modality, nullif(o.modality, '')), ''),
            nullif(i.body_part, ''), coalesce(nullif(o.procedure, ''), nullif(s.description, ''))), ''), 'unknown')
            AS exam,
        seconds(s.last_received_at) AS received, seconds(t.opened) AS opened, seconds(t.signed) AS signed,
        seconds(t.signed_by_reader) AS signed_by_reader, coalesce(t.calls, 0) AS calls,
        CASE WHEN t.signed IS NULL THEN '' ELSE {reporter} END AS report_clock,
        coalesce(a.was_shown OR a.has_default_stage AND %(is_shown)s, false) AS is_shown, seconds(a.at) AS visible,
        l.is_normal, w.word, coalesce(%(finding)s = ANY(l.looked_for), false) AS was_looked_for
    FROM s LEFT JOIN told t USING (study_key)
        LEFT JOIN LATERAL (SELECT o.modality, o.procedure FROM study_order o WHERE o.study_key = s.study_key
            AND o.standing = 'ordered' ORDER BY o.ordered_at NULLS LAST, o.changed_at, o.order_key LIMIT 1) AS o ON true
        LEFT JOIN LATERAL (SELECT i.attributes->>'modality' AS modality, i.attributes->>'body_part' AS body_part
            FROM instance i WHERE i.study_key = s.study_key AND i.role = 'image'
            ORDER BY i.received_at, i.sop_instance_uid LIMIT 1) AS i ON true
        LEFT JOIN LATERAL (SELECT v.study_key, v.was_shown, v.has_default_stage,
            CASE WHEN v.visible = 'NaN' THEN NULL ELSE to_timestamp(v.visible) END AS at
            FROM study_times v WHERE v.study_key = s.study_key AND v.app_id = %(app)s) AS a ON true
        LEFT JOIN LATERAL (SELECT r.number, r.is_normal, r.looked_for FROM report_labels r
            WHERE r.study_key = s.study_key ORDER BY r.number DESC LIMIT 1) AS l ON true
        LEFT JOIN report_label w ON w.study_key = s.study_key AND w.number = l.number AND w.finding_id = %(finding)s
    ORDER BY s.first_received_at"""
STUDIES = _STUDIES.format(reporter=REPORTER)


async def studies(  # noqa: PLR0913 - what is asked of a span
    transaction: PostgresTransaction, since: datetime, until: datetime, *, app: str, finding: str, is_shown: bool
) -> list[dict[str, Any]]:
    """List the studies whose first object came in a span, with what their reports say of a finding.

    Moments are seconds since 1970, nan where unknown; ``visible`` and ``is_shown`` are about an app, the latter also
    where nobody has decided on its stage and that is what such an app does.
    """
    while await refresh(transaction):
        pass
    await transaction.rows(PLAIN)
    span = {"since": since, "until": until, "app": app, "finding": finding, "is_shown": is_shown}
    return await transaction.rows(STUDIES, span)
