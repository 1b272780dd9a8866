"""The step ``fall_back``: a refused object is offered in its next form."""

import asyncio
from collections.abc import Mapping

from collega.deliver.build import build_result, job_context, read_sources
from collega.deliver.heard import as_it_answered, said_to_pacs
from collega.deliver.plan import deliver_now, standing
from collega.deliver.table import FALLBACK, narrowed
from collega.model.app import Manifest
from collega.model.policy import Policy
from collega.ports.machine import Archive, Clock
from collega.ports.store import Store


async def fall_back(  # noqa: PLR0913 - the ports of the step
    store: Store,
    archive: Archive,
    clock: Clock,
    policy: Policy,
    catalogue: Mapping[str, Manifest],
    *,
    sop_instance_uid: str,
) -> None:
    """Build the next form of a refused object; where there is none, the status page speaks alone."""
    async with store.transaction() as transaction:
        refused = await transaction.object_of(sop_instance_uid)
        kind = FALLBACK.get(refused.kind) if refused else None
        job = await transaction.job(refused.job_key) if refused and refused.job_key else None
        if refused is None or kind is None or job is None or policy.pacs is None:
            return
        study = await transaction.study(refused.study_key)
        result = await transaction.result_of(job.key)
        stored = await transaction.instances(refused.study_key)
        earlier = (await standing(transaction, refused.study_key)).get((refused.app_id, kind))
        instances = [item for item in stored if item.header.sop_instance_uid in job.inputs]
        manifest = catalogue.get(job.app_id)
        said = await said_to_pacs(transaction, job, manifest)
    if study is None or result is None or manifest is None or said is None or refused.kind not in said.objects:
        return
    paths = [archive.path(item.path) for item in instances]
    sources = await asyncio.to_thread(read_sources, paths)
    slot = 1 + sorted(catalogue).index(manifest.id)
    manifest = as_it_answered(manifest, job)
    result = narrowed(result, said, manifest)
    context = job_context(study, job, manifest, policy, sources, at=clock.now(), slot=slot)
    built = await asyncio.to_thread(build_result, context, result, manifest, kind, {}, earlier)
    if built is None:
        return
    await asyncio.to_thread(archive.keep_result, built.record.path, built.content)
    async with store.transaction() as transaction:
        await transaction.add_object(built.record, policy.pacs.name, clock.now())
        await transaction.add_step(deliver_now(policy))
