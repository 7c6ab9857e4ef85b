"""Pauses and resumes accounts of a cluster, and waits until their workers go by it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tradepods_cli.cluster.holding import HELD, Change, Result, change_of, result_of, still_held_by, waits_for
from tradepods_cli.cluster.ports import Cluster
from tradepods_cli.cluster.standing import Standing, standing_of
from tradepods_core.errors import Permanent, Temporary
from tradepods_operator.engine.manifests.names import PAUSE
from tradepods_operator.ports import ACCOUNT, Key, Ref

LOOK_EVERY = 0.5  # seconds
PAUSED: Mapping[Result, str] = {
    "confirmed": "paused: it opens nothing, and guards what is open",
    "no worker": "paused: no worker runs for it now; one that starts opens nothing",
}
RESUMED: Mapping[Result, str] = {
    "confirmed": "resumed: it may open positions",
    "no worker": "resumed, but no worker runs for it now: `tradepods account status` says why",
}
ASK_DOCTOR = "`tradepods doctor --cluster` looks for what is wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What has become of one account; `held_still` is what keeps a resumed one from opening."""

    key: Key
    result: Result
    says: str
    held_still: bool = False

    @property
    def is_right(self) -> bool:
        """Whether it is as it was asked for."""
        return self.result in HELD and not self.held_still


class Pausing:
    """One request about some accounts, to pause them or to resume them.

    Args:
        within: seconds to wait for the confirmation at most.
        seconds: a clock that never goes back.

    """

    def __init__(
        self,
        cluster: Cluster,
        *,
        pause: bool,
        within: float,
        seconds: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._cluster, self._pause, self._within = cluster, pause, within
        self._seconds, self._sleep = seconds, sleep

    def run(self, keys: Sequence[Key], *, tell: Callable[[Outcome], None]) -> bool:
        """Annotate all of them, then wait; `tell` hears of each as it is known. Whether all is as asked for."""
        outcomes: list[Outcome] = []
        waiting: dict[Key, Change] = {}
        for key in keys:
            try:
                waiting[key] = change_of(self._cluster.annotate(_ref(key), PAUSE, "true" if self._pause else None))
            except (Permanent, Temporary) as error:
                outcomes.append(Outcome(key=key, result="refused", says=str(error)))
                tell(outcomes[-1])
        for outcome in self._confirmed(waiting):
            outcomes.append(outcome)
            tell(outcome)
        return all(outcome.is_right for outcome in outcomes)

    def _confirmed(self, changes: Mapping[Key, Change]) -> Iterator[Outcome]:
        """Each as soon as it is known; at the deadline the others, with what they wait for."""
        waiting, until = dict(changes), self._seconds() + self._within
        while waiting:
            is_over = self._seconds() >= until
            for key in tuple(waiting):
                if (outcome := self._looked_at(key, waiting[key], is_over=is_over)) is not None:
                    del waiting[key]
                    yield outcome
            if waiting:
                self._sleep(LOOK_EVERY)

    def _looked_at(self, key: Key, change: Change, *, is_over: bool) -> Outcome | None:
        """What has become of an account; None while it is waited for."""
        try:
            now = standing_of(self._cluster.get(_ref(key)))
        except Permanent as error:
            return Outcome(key=key, result="refused", says=str(error))
        except Temporary as error:
            return Outcome(key=key, result="not confirmed", says=f"annotated; {error}") if is_over else None
        result = result_of(change, now)
        if result in HELD:
            return self._done(key, result, now)
        why = f"annotated, but not confirmed within {self._within:g} s: {waits_for(change, now)}. {ASK_DOCTOR}"
        return Outcome(key=key, result=result, says=why) if is_over else None

    def _done(self, key: Key, result: Result, now: Standing) -> Outcome:
        if self._pause:
            return Outcome(key=key, result=result, says=PAUSED[result])
        if still := list(still_held_by(now)):
            return Outcome(key=key, result=result, says=f"opens nothing still: {'; '.join(still)}", held_still=True)
        return Outcome(key=key, result=result, says=RESUMED[result])


def _ref(key: Key) -> Ref:
    return Ref(ACCOUNT, key.namespace, key.name)
