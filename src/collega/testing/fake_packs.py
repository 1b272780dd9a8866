"""Feedback to makers, in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from collega.errors import FencedError
from collega.model.discrepancy import Conclusion
from collega.model.feedback import Opinion, latest, latest_missed
from collega.model.pack import Answer, Pack, PackStanding
from collega.testing.fake_arrivals import FakeArrivals


class FakePacks(FakeArrivals):
    """See `collega.ports.packs.Packs`."""

    async def judged(self, vendor: str, app_ids: Collection[str]) -> Sequence[str]:  # noqa: ARG002
        """List studies in which one of these apps is found wrong now, those too that packs tell of."""
        memory, jobs = self._memory, self._memory.jobs
        studies = {job.study_key for job in jobs.values() if job.app_id in app_ids}
        against = {
            one.study_key
            for one in latest(memory.feedback)
            if one.opinion is Opinion.DISAGREE and jobs[one.job_key].app_id in app_ids
        }
        missed = {one.study_key for one in latest_missed(memory.missed) if one.study_key in studies}
        wrong = {
            one.study_key
            for one in memory.discrepancies
            if one.verdict is Conclusion.REPORT_RIGHT and one.app_id in app_ids
        }
        return sorted(against | missed | wrong)

    async def packed(self, vendor: str, study_keys: Collection[str]) -> Collection[tuple[str, str]]:
        """Give thing and version of each case that a pack for this maker holds already."""
        mine = (pack for pack in self._memory.packs.values() if pack.vendor == vendor)
        return {(one.thing, one.version) for pack in mine for one in pack.cases if one.study_key in study_keys}

    async def add_pack(self, pack: Pack) -> None:
        """Keep a pack; refused where another has taken its number or one of its cases meanwhile."""
        others = [one for one in self._memory.packs.values() if one.vendor == pack.vendor]
        held = {(case.thing, case.version) for one in others for case in one.cases}
        if any(one.number == pack.number for one in others) or held & {(one.thing, one.version) for one in pack.cases}:
            raise _changed()
        self._memory.packs[pack.key] = replace(pack, answers=())

    async def pack(self, key: str) -> Pack | None:
        """Find a pack as it stands now, with every answer."""
        return self._memory.packs.get(key)

    async def packs(self, vendor: str = "") -> Sequence[Pack]:
        """List packs as they stand now, the latest first."""
        mine = (pack for pack in self._memory.packs.values() if vendor in {"", pack.vendor})
        return sorted(mine, key=lambda one: (one.prepared_at, one.key), reverse=True)

    async def stand_pack(self, key: str, standing: PackStanding) -> None:
        """Keep another standing; refused where its revision is taken."""
        pack = self._memory.packs[key]
        if standing.revision <= pack.standing.revision:
            raise _changed()
        self._memory.packs[key] = replace(pack, standing=standing)

    async def add_maker_answer(self, key: str, answer: Answer) -> None:
        """Keep an answer; refused where its number is taken."""
        pack = self._memory.packs[key]
        if any((one.case, one.number) == (answer.case, answer.number) for one in pack.answers):
            raise _changed()
        answers = sorted((*pack.answers, answer), key=lambda one: (one.case, one.number))
        self._memory.packs[key] = replace(pack, answers=tuple(answers))


def _changed() -> FencedError:
    return FencedError("the pack has been changed meanwhile: look at it again")
