"""Takes keys from the queue and reconciles them, some side by side; what fails comes again later."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Protocol

import structlog

from tradepods_core.errors import Permanent, Temporary
from tradepods_operator.engine.queue import KeyQueue, Taken
from tradepods_operator.ports import DROPPED, Conflict, Gone, Key, Reconciled, Sleep

SIDE_BY_SIDE = 16
REFUSED_AGAIN = 300.0  # seconds until what was refused for good is tried once more
log = structlog.get_logger()


class Watcher(Protocol):
    """Hears of each pass."""

    def __call__(self, *, why: str, result: str, seconds: float) -> None:
        """One has ended."""
        ...


async def run(
    queue: KeyQueue[Key],
    *,
    reconcile: Callable[[Key], Awaitable[Reconciled]],
    watcher: Watcher,
    process: str,
    sleep: Sleep,
) -> None:
    """Without end. One key never waits for another that fails.

    Args:
        process: what the passes of this process are called by in the log, each with a number of its own.

    """
    names = (f"{process}-{number}" for number in itertools.count(1))
    async with asyncio.TaskGroup() as group:
        for _ in range(SIDE_BY_SIDE):
            group.create_task(_worker(queue, reconcile, watcher, names, sleep))


async def _worker(
    queue: KeyQueue[Key],
    reconcile: Callable[[Key], Awaitable[Reconciled]],
    watcher: Watcher,
    names: Iterator[str],
    sleep: Sleep,
) -> None:
    while True:
        taken = queue.take()
        if taken is None:
            await queue.changed(sleep=sleep)
            continue
        with structlog.contextvars.bound_contextvars(account=str(taken.key), reconcile=next(names)):
            began = time.perf_counter()
            result = await _one(queue, taken, reconcile)
            watcher(why=taken.why, result=result, seconds=time.perf_counter() - began)


async def _one(queue: KeyQueue[Key], taken: Taken[Key], reconcile: Callable[[Key], Awaitable[Reconciled]]) -> str:
    """One pass; gives its result for the metrics."""
    key = taken.key
    try:
        done = await reconcile(key)
    except (Conflict, Gone):
        queue.failed(key)
        return "conflict"
    except Temporary as error:
        pause = queue.failed(key, after=error.after)
        log.warning("reconcile_failed", error=str(error), retry_in=round(pause, 1))
        return "temporary"
    except Permanent as error:
        queue.failed(key, after=REFUSED_AGAIN)
        log.error("reconcile_refused", error=str(error), retry_in=REFUSED_AGAIN)  # noqa: TRY400 - said in one line
        return "refused"
    except Exception:
        queue.failed(key)  # one account that we don't understand must not end the others'
        log.exception("reconcile_broken")
        return "broken"
    return _succeeded(queue, taken, done)


def _succeeded(queue: KeyQueue[Key], taken: Taken[Key], done: Reconciled) -> str:
    if done.again_in == 0:  # for what it has just written: if that doesn't stay, longer each time
        queue.failed(taken.key)
        return "changed"
    queue.done(taken.key)
    if done.writes:
        log.info("reconciled", writes=done.writes, why=taken.why)
    if done.untold:
        log.warning("notice_refused", error=done.untold, retry_in=done.again_in)
    if done.again_in is not None:
        queue.again(taken.key, after=done.again_in, why="time")
    if done.dropped:
        log.warning("deletion_policy_dropped", why=done.dropped)
        return DROPPED
    return "changed" if done.writes else "unchanged"
