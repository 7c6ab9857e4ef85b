"""A look at everything: it finds what a watch has missed, and nothing where nothing is to be done."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest

from support.operated import ALICE, Bench, account, keys_of, live
from tradepods_operator.engine.news import News
from tradepods_operator.engine.sightings import Sightings
from tradepods_operator.engine.survey import Survey
from tradepods_operator.ports import ACCOUNT, DEPLOYMENT, POD, Document, Key, Kind, Ref

BOB = Key("traders", "bob")


@pytest.fixture
def bench() -> Bench:
    """An operator and an empty cluster."""
    return Bench()


def _survey(bench: Bench, news: News) -> Survey:
    return Survey(cluster=bench.cluster, reconciler=bench.reconciler, store=bench.store, news=news)


async def _behind(bench: Bench, news: News | None = None) -> list[Key]:
    survey = _survey(bench, news or News())
    return await survey.behind(await survey.begin())


async def _versions(bench: Bench) -> Mapping[Key, str]:
    return (await _survey(bench, News()).begin()).versions


async def test_an_unchanged_fleet_is_not_looked_at_further(bench: Bench) -> None:
    """Also by an operator that is new: nothing is written, nobody is behind."""
    await bench.serve(account())
    await bench.serve(live("bob"), keys_of("bob"))
    bench.restart()
    before = len(bench.cluster.writes)

    assert await _behind(bench) == []
    assert bench.cluster.writes[before:] == []


async def test_what_no_watch_has_shown_is_found(bench: Bench) -> None:
    """A changed account, a lost object, and one that a hand has changed."""
    for name in ("alice", "bob", "carol"):
        await bench.serve(account(name))
    await bench.edit(ALICE, leverage=3)
    await bench.cluster.delete(Ref(DEPLOYMENT, "traders", "account-bob"))

    assert await _behind(bench) == [ALICE, BOB]


async def test_what_it_has_read_no_watch_needs_to_show(bench: Bench) -> None:
    """An operator that starts looks at everything once, and kopf's first lists show it all again."""
    await bench.serve(account())
    news = News()
    await _behind(bench, news)
    shown = [(kind, one) for kind in (ACCOUNT, DEPLOYMENT, POD) for one in await bench.cluster.list(kind)]

    assert len(shown) == 3
    assert not any(news.is_news(kind, one, gone=False, listed=True) for kind, one in shown)


async def test_what_waits_for_a_time_is_looked_at_by_a_new_operator(bench: Bench) -> None:
    """Nothing is to be written now, but nobody else would know when."""
    await bench.serve(account())
    await bench.hear(settings_hash="older")
    await bench.settle()
    bench.restart()
    before = len(bench.cluster.writes)

    assert await _behind(bench) == [ALICE]
    assert (await bench.reconcile()).again_in is not None
    assert bench.cluster.writes[before:] == []


async def test_what_a_pass_has_found_since_a_survey_began_stands() -> None:
    """The survey read the account before: its turn would be given out a second time, and a change taken for seen."""
    bench, news = Bench(maxWorkers=1), News()
    await bench.put(account("bob"))
    survey = _survey(bench, news)
    shelf, (bob,) = await survey.begin(), await bench.cluster.list(ACCOUNT)
    pages = bench.cluster.pages

    async def read_before_a_pass(kind: Kind, **how: Any) -> AsyncIterator[Sequence[Document]]:
        async for page in pages(kind, **how):
            yield page
        if kind == POD:
            await bench.settle(BOB)

    bench.cluster.pages = read_before_a_pass  # type: ignore[method-assign]
    assert await survey.behind(shelf) == []
    assert [entry.works for entry in bench.roster.entries()] == [True]
    bench.cluster.pages = pages  # type: ignore[method-assign]
    assert news.is_news(ACCOUNT, bob, gone=False, listed=False)

    assert await _behind(bench) == []
    assert (await bench.deployment(BOB))["spec"]["replicas"] == 1


async def test_an_account_that_was_forgotten_since_a_survey_began_stays_so(bench: Bench) -> None:
    """It would have its share of the fleet for good."""
    await bench.serve(account())
    survey = _survey(bench, News())
    shelf = await survey.begin()
    await bench.cluster.delete(Ref(ACCOUNT, "traders", "alice"))
    await bench.end()
    await bench.settle()
    await survey.behind(shelf)

    assert bench.roster.keys() == []


async def test_an_account_that_has_gone_unseen_is_forgotten(bench: Bench) -> None:
    """And what no garbage collection takes is taken; the ledger's claim stays."""
    await bench.serve(account(deletionPolicy="Flatten"))
    own = Ref(ACCOUNT, "traders", "alice")
    await bench.cluster.patch(own, {"metadata": {"finalizers": None}})
    await bench.cluster.delete(own)
    assert await _behind(bench) == [ALICE]
    await bench.reconcile()
    await bench.end()
    await bench.reconcile()

    assert await bench.deployment() is None
    assert await _behind(bench) == []
    assert bench.roster.keys() == []


async def test_a_new_operator_knows_all_before_it_decides_of_one() -> None:
    """Whose turn it is, and who has the better right, does not depend on who is looked at first."""
    bench = Bench(maxWorkers=1)
    await bench.put(account(), account("bob", priority=5))
    behind = await _behind(bench)
    for key in behind:
        await bench.settle(key)

    assert await bench.deployment(ALICE) is None
    assert (await bench.deployment(BOB))["spec"]["replicas"] == 1


async def test_a_watch_that_never_shows_an_account_as_it_is_is_blind(bench: Bench) -> None:
    """Two lists in a row show what it has not: such a process is better begun anew."""
    await bench.put(account())
    sightings = Sightings()
    listed = await _versions(bench)
    sightings.listed(listed)
    assert sightings.blind == ""
    sightings.listed(listed)
    assert "traders/alice" in sightings.blind

    sightings.saw(ALICE, listed[ALICE], {})
    sightings.listed(listed)
    assert sightings.blind == ""


async def test_an_account_that_always_changes_hides_no_blind_watch(bench: Bench) -> None:
    """A status is written once a minute: it never has the version that was missed at the list before."""
    await bench.put(account())
    sightings = Sightings()
    for leverage in (1, 2):
        sightings.listed(await _versions(bench))
        await bench.edit(ALICE, leverage=leverage)

    assert "traders/alice" in sightings.blind


async def test_an_account_that_has_gone_unseen_is_counted_no_more(bench: Bench) -> None:
    """A watch that begins anew doesn't show what went before."""
    await bench.put(account())
    sightings = Sightings()
    sightings.saw(ALICE, "1", {"Ready": "True"})
    sightings.saw(BOB, "2", {"Ready": "True"})
    for _ in range(2):  # the first may have been read before it was made
        sightings.listed(await _versions(bench))

    assert list(sightings.standing) == [ALICE]


async def test_a_watch_that_is_a_little_late_is_not_blind(bench: Bench) -> None:
    """It has shown the change by the next list, though the account has changed again."""
    await bench.put(account())
    sightings, before = Sightings(), "0"
    for leverage in range(1, 5):
        sightings.saw(ALICE, before, {})
        listed = await _versions(bench)
        sightings.listed(listed)
        before = listed[ALICE]
        await bench.edit(ALICE, leverage=leverage)

    assert sightings.blind == ""
