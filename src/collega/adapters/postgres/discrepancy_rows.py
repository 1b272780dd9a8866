"""Discrepancies out of rows: what each is about, joined with how it stands."""

from collections.abc import Mapping
from typing import Any

from collega.model.discrepancy import Conclusion, Contrast, Correction, Discrepancy, DiscrepancyState

DISCREPANCY = """SELECT d.*, s.revision, s.state, s.owner, s.deadline, s.verdict, s.patient_recalled, s.remark,
    s.correction, s.changed_at, s.changed_by FROM discrepancy d CROSS JOIN LATERAL (SELECT * FROM discrepancy_standing t
        WHERE t.discrepancy_key = d.discrepancy_key ORDER BY t.revision DESC LIMIT 1) AS s"""
STANDINGS = """SELECT d.*, s.revision, s.state, s.owner, s.deadline, s.verdict, s.patient_recalled, s.remark,
    s.correction, s.changed_at, s.changed_by FROM discrepancy d JOIN discrepancy_standing s USING (discrepancy_key)
    WHERE d.discrepancy_key::text = %s ORDER BY s.revision"""
AS_THEY_ARE = (
    *("study_key", "app_id", "finding_id", "report_version", "sentence", "found_at", "owner", "deadline"),
    *("patient_recalled", "remark", "revision", "changed_at", "changed_by"),
)


def discrepancy(row: Mapping[str, Any]) -> Discrepancy:
    """Read a row of `DISCREPANCY` or `STANDINGS`; it may have more columns."""
    return Discrepancy(
        key=str(row["discrepancy_key"]),
        job_key=str(row["job_key"]),
        contrast=Contrast(row["contrast"]),
        state=DiscrepancyState(row["state"]),
        verdict=Conclusion(row["verdict"]),
        correction=Correction(row["correction"]),
        **{name: row[name] for name in AS_THEY_ARE},
    )
