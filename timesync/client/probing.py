"""Probe many sources at once, in one event loop. The only way into this package.

    probes = probing.run([Target("ptb1", "ptbtime1.ptb.de", anchors_pem=...)], memories={"ptb1": memory})

Waiting dominates and a key establishment costs about a millisecond of computing, so threads would gain nothing.
"""

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping

from timesync.client.results import Probe, Trouble
from timesync.client.targets import Memory, Plan, Target
from timesync.client.visit import EXTRA_QUERIES, Visit
from timesync.nts.codes import Code
from timesync.nts.failures import Failure

log = logging.getLogger(__name__)
AT_ONCE = 256


def run(
    targets: Iterable[Target],
    *,
    plan: Plan | None = None,
    memories: Mapping[str, Memory] | None = None,
    by_person: bool = False,
) -> tuple[Probe, ...]:
    """Probe all targets; one result each, in their order. Never raises for what a source does."""
    return asyncio.run(probe_all(targets, plan=plan, memories=memories, by_person=by_person))


async def probe_all(
    targets: Iterable[Target],
    *,
    plan: Plan | None = None,
    memories: Mapping[str, Memory] | None = None,
    by_person: bool = False,
) -> tuple[Probe, ...]:
    gate = asyncio.Semaphore(AT_ONCE)
    known = memories or {}

    async def one(target: Target) -> Probe:
        async with gate:
            return await probe(target, plan=plan, memory=known.get(target.name), by_person=by_person)

    return tuple(await asyncio.gather(*map(one, targets)))


async def probe(
    target: Target, *, plan: Plan | None = None, memory: Memory | None = None, by_person: bool = False
) -> Probe:
    plan = plan or Plan()
    visit = Visit(target, plan, memory or Memory(), started_ns=time.time_ns(), by_person=by_person)
    try:
        async with asyncio.timeout(longest(plan)):
            await visit.run()
    except Failure as failure:
        visit.note(Trouble.of(failure))
    except Exception as error:  # one faulty source, or a fault of ours, must not spoil the round
        log.exception("probing %s failed", target.name)
        visit.note(Trouble(Code.INTERNAL, (("error", type(error).__name__),)))
    finally:
        visit.close()
    return visit.result(now_ns=time.time_ns())


def longest(plan: Plan) -> float:
    """Seconds after which a visit is over, whatever the network does."""
    queries = (plan.queries + EXTRA_QUERIES) * (2 * plan.patience + plan.spacing[1])
    return 2 * (2 * plan.connect + plan.establish) + queries
