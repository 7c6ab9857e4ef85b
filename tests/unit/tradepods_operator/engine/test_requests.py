"""What an account costs in requests, to the last one: a fleet of thousands pays for each of them."""

import pytest

from support.operated import Bench, live, secret
from tradepods_operator.engine.news import News
from tradepods_operator.engine.survey import Survey
from tradepods_operator.ports import ACCOUNT, EVENT, POD, Document, Kind

TELEGRAM = {"secretRef": {"name": "alice-telegram"}, "chatIds": ["1"]}
KEYS = secret("alice-exchange", apiKey="key-of-alice", apiSecret="secret-of-alice")
BOT = secret("alice-telegram", botToken="1:alice")
OWN = "get TradingAccount traders/alice"
SECRETS = ["get Secret traders/alice-exchange", "get Secret traders/alice-telegram"]
CHILDREN = [
    "ConfigMap traders/account-alice-settings",
    "ServiceAccount traders/account-alice",
    "PersistentVolumeClaim traders/account-alice-ledger",
    "NetworkPolicy traders/account-alice",
    "Deployment traders/account-alice",
]
STATUS = "status TradingAccount traders/alice"
KINDS = ["TradingAccount", *(child.split()[0] for child in CHILDREN), "Pod"]


class Watched(Bench):
    """An operator whose passes are called for by what a watch shows, as by the process."""

    def __init__(self) -> None:
        self.news, self.passing, self.due = News(), False, False
        super().__init__()

    def _shown(self, kind: Kind, document: Document, *, gone: bool) -> None:
        super()._shown(kind, document, gone=gone)
        if self.passing:
            self.news.left(kind, document)
        if kind in (ACCOUNT, POD) or "labels" in document["metadata"]:
            self.due |= self.news.is_news(kind, document, gone=gone, listed=False)

    async def requests(self) -> tuple[list[str], list[str]]:
        """Reads and writes until nothing more calls for a pass."""
        reads, writes = len(self.cluster.reads), len(self.cluster.writes)
        while self.due:
            self.due, self.passing = False, True
            await self.reconcile()
            self.passing = False
        return self.cluster.reads[reads:], self.cluster.writes[writes:]

    async def heard(self) -> tuple[list[str], list[str]]:
        """Its worker reports; what that costs."""
        await self.hear()
        self.cluster.reads.pop()  # the test's own
        self.due = True
        return await self.requests()


@pytest.fixture
async def bench() -> Watched:
    """One whose worker runs and has reported."""
    found = Watched()
    await found.put(KEYS, BOT, live(telegram=TELEGRAM))
    await found.requests()
    await found.pod()
    await found.requests()
    await found.heard()
    return found


async def test_a_new_account() -> None:
    """Each name is asked for once, each object written once, and one status says what has come of it."""
    bench = Watched()
    await bench.put(KEYS, BOT, live(telegram=TELEGRAM))
    reads, writes = await bench.requests()

    assert reads == [OWN, *(f"get {child}" for child in CHILDREN), *SECRETS, OWN]
    assert writes == [*(f"apply {child}" for child in CHILDREN), STATUS]


async def test_its_pod_and_its_first_word() -> None:
    """The account alone is read; each is one status, and readiness an Event."""
    bench = Watched()
    await bench.put(KEYS, BOT, live(telegram=TELEGRAM))
    await bench.requests()
    await bench.pod()
    bench.cluster.reads.clear()
    assert await bench.requests() == ([OWN], [STATUS])

    reads, writes = await bench.heard()
    assert reads == [OWN]
    assert [write.split()[:2] for write in writes] == [STATUS.split()[:2], ["create", EVENT.name]]


async def test_nothing_new(bench: Watched) -> None:
    """A pass over an unchanged account reads it, and that is all."""
    bench.due = True

    assert await bench.requests() == ([OWN], [])


async def test_changed_settings(bench: Watched) -> None:
    """The ConfigMap, a word to the pod, and one status once the worker goes by them: no Event, as nothing was wrong."""
    await bench.edit(entryPct=7)
    (pod,) = await bench.pods()
    reads, writes = await bench.requests()
    assert reads[-3:] == [OWN, *SECRETS]
    assert writes == [f"apply {CHILDREN[0]}", f"patch Pod traders/{pod['metadata']['name']}"]

    assert await bench.heard() == ([OWN], [STATUS])


async def test_a_worker_that_does_not_go_by_them(bench: Watched) -> None:
    """It is told so within seconds."""
    await bench.edit(entryPct=7)
    bench.due, bench.passing = False, True
    again_in = (await bench.reconcile()).again_in
    assert again_in == 3
    bench.clock.advance(again_in)
    bench.cluster.writes.clear()
    await bench.reconcile()

    assert bench.cluster.writes[0] == STATUS
    assert await bench.said("SettingsApplied") == ("False", "Told")


async def test_a_look_at_everything(bench: Watched) -> None:
    """One list a kind; no account is read by itself, and no Secret."""
    bench.cluster.reads.clear()
    survey = Survey(cluster=bench.cluster, reconciler=bench.reconciler, store=bench.store, news=bench.news)
    assert await survey.behind(await survey.begin()) == []

    assert bench.cluster.reads == [f"list {kind}" for kind in KINDS]


async def test_a_look_at_the_secrets(bench: Watched) -> None:
    """Each once."""
    bench.cluster.reads.clear()
    await bench.look_at_secrets()

    assert bench.cluster.reads == ["list TradingAccount", *SECRETS]


async def test_a_person_who_rotates_a_secret_and_asks_for_a_restart_gets_one(bench: Watched) -> None:
    """Both are in one template: the change of the account has its Secrets read."""
    await bench.replace_secret(secret("alice-telegram", botToken="2:alice"), noticed=False)
    await bench.edit(annotations={"tradepods.dev/restart": "now"})
    _, writes = await bench.requests()
    await bench.look_at_secrets()
    bench.due = True

    assert writes.count(f"apply {CHILDREN[-1]}") == 1
    assert (await bench.requests())[1] == []
