"""A feedback pack as JSON has it, for commands and pages; no reader is named."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from collega.adapters.postgres.store import PostgresTransaction
from collega.decide.pack_figures import NO_ANSWER, causes_of, statuses_of
from collega.model.finding import AppResult
from collega.model.pack import Answer, Case, Pack, PackState
from collega.outside.gate import objecting_among


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What is known of the cases of a pack beside it: studies, the words of apps, and who objects now."""

    uids: Mapping[str, str]
    results: Mapping[str, AppResult | None]
    objecting: Collection[str]


async def known_of(transaction: PostgresTransaction, pack: Pack) -> Known:
    """Look it up."""
    keys = {case.study_key for case in pack.cases}
    studies = [study for key in sorted(keys) if (study := await transaction.study(key))]
    jobs = {case.job_key for case in pack.cases}
    return Known(
        uids={study.key: study.study_instance_uid for study in studies},
        results={key: await transaction.result_of(key) for key in sorted(jobs)},
        objecting=await objecting_among(transaction, keys, lock=False),
    )


def told_pack(pack: Pack) -> dict[str, Any]:
    """Tell of a pack, without its cases."""
    standing = pack.standing
    left = [(pack, case) for case in pack.cases if case.number in standing.gone]
    return {
        "key": pack.key,
        "vendor": pack.vendor,
        "number": pack.number,
        "prepared_at": pack.prepared_at,
        "state": standing.state,
        "changed_at": standing.at,
        "actor": standing.actor,
        "reason": standing.reason,
        "cases": len(pack.cases),
        "causes": causes_of(pack.cases),
        "left_out": {pack.label(number): why for number, why in sorted(standing.left_out.items())},
        "answers": statuses_of(left) if standing.state is PackState.TAKEN else {},
        "sha256": standing.sha256,
        "files": standing.files,
        "bytes": standing.bytes,
    }


def told_cases(pack: Pack, known: Known) -> list[dict[str, Any]]:
    """Tell of each case; its ``text`` is what readers wrote, which may name anybody."""
    return [_case(pack, case, known) for case in pack.cases]


def _case(pack: Pack, case: Case, known: Known) -> dict[str, Any]:
    result = known.results.get(case.job_key)
    said = next((one for one in result.findings if one.id == case.finding_id), None) if result else None
    return {
        "case": pack.label(case.number),
        "number": case.number,
        "source": case.source,
        "study_instance_uid": known.uids.get(case.study_key, ""),
        "app": case.app_id,
        "version": case.app_version,
        "finding": case.finding_id,
        "evaluation": said.evaluation if said else "",
        "contrast": case.contrast,
        "causes": list(case.causes),
        "readers": case.readers,
        "text": case.text,
        "at": case.at,
        "objects": case.study_key in known.objecting,
        "with_text": case.number in pack.standing.with_text,
        "withheld": case.number in pack.standing.withheld,
        "left_out": pack.standing.left_out.get(case.number, ""),
        "gone": case.number in pack.standing.gone,
        "answer": _answer(pack.answer_to(case.number)),
    }


def _answer(answer: Answer | None) -> dict[str, Any]:
    if answer is None:
        return {"status": NO_ANSWER}
    return {name: value for name, value in asdict(answer).items() if name != "case"}
