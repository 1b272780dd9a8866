"""Retention's part of the store in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from collega.model.job import NextStep
from collega.model.keeping import DeliveryFact, Kept, Removal, StudyFacts
from collega.model.study import Study
from collega.testing.fake_deliveries import FakeDeliveries


class FakeKeeping(FakeDeliveries):
    """See `collega.ports.upkeep.Keeping`."""

    async def facts_after(self, kind: Kept, after: tuple[datetime, str] | None, limit: int) -> Sequence[StudyFacts]:
        """Facts of the studies that have files of a kind, page by page."""
        there = [study for key, study in self._memory.studies.items() if (kind, key) not in self._memory.removed]
        ordered = sorted(there, key=lambda study: (study.last_received_at, study.key))
        behind = [study for study in ordered if after is None or (study.last_received_at, study.key) > after]
        return [self._facts(kind, study) for study in behind[:limit]]

    async def facts_of(self, kind: Kept, study_key: str) -> StudyFacts | None:
        """Facts of one study."""
        study = self._memory.studies.get(study_key)
        return self._facts(kind, study) if study else None

    def _facts(self, kind: Kept, study: Study) -> StudyFacts:
        key = study.key
        events = [item.at for item in self._memory.events if item.study_key == key and item.kind != "files_removed"]
        objects = [item for item in self._memory.instances.values() if item.study_key == key and not item.removed_at]
        results = [uid for uid, item in self._memory.objects.items() if item.study_key == key]
        deliveries = [item for item in self._memory.deliveries.values() if item.object.study_key == key]
        return StudyFacts(
            study_key=key,
            state=study.state,
            last_activity_at=max([study.last_received_at, *events]),
            jobs=tuple(job.state for job in self._memory.jobs.values() if job.study_key == key),
            deliveries=tuple(DeliveryFact(state=item.state, waits=item.next_at is not None) for item in deliveries),
            has_open_step=any(self._study_of(step) == key for step in self._memory.steps),
            is_held=key in self._memory.held,
            received_at=study.last_received_at,
            files={Kept.IMAGES: len(objects), Kept.RESULTS: len(results)}.get(kind, 0),
            size=sum(item.size for item in objects) if kind is Kept.IMAGES else 0,
        )

    def _study_of(self, step: NextStep) -> str | None:
        values = {name: str(value) for name, value in step.arguments.items()}
        job = self._memory.jobs.get(values.get("job_key", ""))
        built = self._memory.objects.get(values.get("sop_instance_uid", ""))
        return values.get("study_key") or (job.study_key if job else built.study_key if built else None)

    async def studies_of_jobs(self, job_keys: Sequence[str]) -> dict[str, str]:
        """Tell to which study each job belongs."""
        return {key: self._memory.jobs[key].study_key for key in job_keys if key in self._memory.jobs}

    async def old_quarantine(self, before: datetime, limit: int) -> list[tuple[str, str]]:
        """List what was set apart before then."""
        held = {self._memory.studies[key].study_instance_uid for key in self._memory.held}
        found = [
            (str(number), str(row["path"]))
            for number, row in enumerate(self._memory.quarantine)
            if str(row["path"]).startswith("quarantine/")
            and "removed_at" not in row
            and row["study_instance_uid"] not in held
            and isinstance(row["at"], datetime)
            and row["at"] < before
        ]
        return found[:limit]

    async def mark_removed(self, kind: Kept, facts: StudyFacts, length: timedelta, at: datetime) -> Removal:  # noqa: ARG002
        """Say that files of a study are removed."""
        self._memory.removed.add((kind, facts.study_key))
        if kind is Kept.IMAGES:
            for uid, item in self._memory.instances.items():
                if item.study_key == facts.study_key and not item.removed_at:
                    self._memory.instances[uid] = replace(item, removed_at=at)
        return self._add(Removal(key=self._memory.next_key(), kind=kind, study_key=facts.study_key))

    async def mark_quarantine_removed(self, key: str, size: int, length: timedelta, at: datetime) -> Removal:  # noqa: ARG002
        """Say that a file that was set apart is removed."""
        row = self._memory.quarantine[int(key)]
        self._memory.quarantine[int(key)] = {**row, "removed_at": at}
        paths = (str(row["path"]),)
        return self._add(Removal(key=self._memory.next_key(), kind=Kept.QUARANTINE, study_key=None, paths=paths))

    def _add(self, removal: Removal) -> Removal:
        self._memory.removals[removal.key] = removal
        return removal

    async def open_removals(self, limit: int) -> Sequence[Removal]:
        """List decisions whose files may still be there."""
        return list(self._memory.removals.values())[:limit]

    async def begin_removal(self, key: str) -> Removal | None:
        """Find a decision, with the files that it takes."""
        removal = self._memory.removals.get(key)
        if removal is None or removal.kind is not Kept.RESULTS:
            return removal
        built = self._memory.objects.values()
        return replace(removal, paths=tuple(item.path for item in built if item.study_key == removal.study_key))

    async def end_removal(self, key: str, at: datetime) -> None:  # noqa: ARG002
        """Note that the files are gone."""
        del self._memory.removals[key]

    async def restore_instance(self, sop_instance_uid: str, study_key: str) -> None:
        """Note that a removed object has come again."""
        item = self._memory.instances[sop_instance_uid]
        self._memory.instances[sop_instance_uid] = replace(item, removed_at=None)
        self._memory.removed.discard((Kept.IMAGES, study_key))

    async def hold_study(self, study_key: str, reason: str, actor: str, at: datetime) -> None:  # noqa: ARG002
        """Keep a study whatever the rule says."""
        self._memory.held.append(study_key)

    async def release_study(self, study_key: str, at: datetime) -> int:  # noqa: ARG002
        """End every hold of a study."""
        count = self._memory.held.count(study_key)
        self._memory.held = [key for key in self._memory.held if key != study_key]
        return count
