"""Which symbols a strategy looks at: by rank, by name, and what an account still holds."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from support.build import BTC, ETH, NOON, market
from support.signals_history import strategy
from tradepods_core.market import Market
from tradepods_core.shapes import Symbol
from tradepods_core.strategy.model import Strategy
from tradepods_core.wire.universe import KeptUniverse
from tradepods_signals.engine.universe import Chosen, UniverseBook, members, ranking

D = Decimal
OLD = NOON - timedelta(days=400)
NAMES = tuple(f"S{number:02d}/USDT:USDT" for number in range(40))


def _listed(symbols: Sequence[Symbol], **changes: object) -> dict[Symbol, Market]:
    return {symbol: market(symbol, **{"listed_at": OLD, **changes}) for symbol in symbols}


def _volumes(ranked: Sequence[Symbol]) -> Mapping[Symbol, Decimal]:
    """So that they rank in this order."""
    return {symbol: D(1_000_000 - place) for place, symbol in enumerate(ranked)}


def _top(top: int, name: str = "a", **changes: object) -> Strategy:
    return strategy(name=name, universe={"top": top, **changes})


class Venue:
    """A universe book, and what accounts hold."""

    def __init__(self, *strategies: Strategy, past: KeptUniverse | None = None) -> None:
        self.held: frozenset[Symbol] = frozenset()
        self.strategies = strategies
        self.book = UniverseBook(held=lambda: self.held, past=past)
        self.book.choose(strategies)

    def rank(self, ranked: Sequence[Symbol], *, markets: Mapping[Symbol, Market] | None = None) -> "Venue":
        """The venue is asked: it has these markets, ranked so."""
        self.book.learn(markets or _listed(sorted(ranked)), _volumes(ranked), at=NOON)
        return self

    def chosen(self, key: str = "default.a") -> Chosen:
        """What one strategy looks at from now on."""
        return self.book.choose(self.strategies)[key]


@pytest.mark.parametrize(
    ("changes", "ranked"),
    [
        ({}, True),
        ({"listed_at": NOON - timedelta(days=30)}, True),
        ({"listed_at": NOON - timedelta(days=30) + timedelta(seconds=1)}, False),
        ({"listed_at": NOON + timedelta(days=1)}, False),
        ({"listed_at": None}, False),
        ({"trading": False}, False),
    ],
)
def test_ranked_is_what_trades_and_is_listed_for_thirty_days(changes: dict[str, object], ranked: bool) -> None:
    """Of which it isn't known since when it is listed is taken for new."""
    markets = {**_listed([ETH]), **_listed([BTC], **changes)}

    assert (BTC in ranking(markets, _volumes([BTC, ETH]), at=NOON)) is ranked


@pytest.mark.parametrize("volumes", [{BTC: D(0), ETH: D(1)}, {ETH: D(1)}, {ETH: D(1), "GONE/USDT:USDT": D(9)}])
def test_what_nobody_traded_and_what_the_venue_does_not_list_has_no_rank(volumes: Mapping[Symbol, Decimal]) -> None:
    """A volume of nothing is none."""
    assert ranking(_listed([BTC, ETH]), volumes, at=NOON) == [ETH]


def test_ranks_follow_the_volume_and_ties_the_name() -> None:
    """So that two services rank alike, whatever order the venue answers in."""
    volumes = {NAMES[2]: D(7), NAMES[1]: D(7), NAMES[0]: D(9), NAMES[3]: D("7.5")}

    assert ranking(_listed(NAMES[3::-1]), volumes, at=NOON) == [NAMES[0], NAMES[3], NAMES[1], NAMES[2]]


@pytest.mark.parametrize(
    ("top", "rank", "before", "in_it"),
    [
        (4, 4, False, True),
        (4, 5, False, False),
        (4, 5, True, True),
        (4, 6, True, False),
        (10, 13, True, True),
        (10, 14, True, False),
        (1, 2, True, True),
        (1, 3, True, False),
    ],
)
def test_a_symbol_comes_in_at_a_rank_and_goes_at_one_a_quarter_worse(
    top: int, rank: int, before: bool, in_it: bool
) -> None:
    """The quarter is rounded up: a top of one has slack, too."""
    symbol = NAMES[rank - 1]

    assert (symbol in members(NAMES, top=top, before=[symbol] if before else [])) is in_it


ORDERS = st.lists(st.permutations(NAMES), min_size=1, max_size=8)


@given(orders=ORDERS, top=st.integers(1, 50))
def test_the_most_traded_are_always_in_and_never_more_than_a_quarter_beside_them(
    orders: list[list[Symbol]], top: int
) -> None:
    """However ranks move; and asking twice by the same ranks changes nothing."""
    found: frozenset[Symbol] = frozenset()
    for order in orders:
        found = members(order, top=top, before=found)
        assert frozenset(order[:top]) <= found
        assert len(found) <= top + -(-top // 4)
        assert members(order, top=top, before=found) == found


@given(wanderings=st.lists(st.permutations(range(5, 13)), min_size=1, max_size=8))
def test_nobody_comes_or_goes_twice_while_ranks_wander_within_the_band(wanderings: list[list[int]]) -> None:
    """Ranks 6 to 13 of a top 10: who has come in stays."""
    found: frozenset[Symbol] = frozenset()
    for order in wanderings:
        ranked = [*NAMES[:5], *(NAMES[place] for place in order), *NAMES[13:]]
        now = members(ranked, top=10, before=found)
        assert found <= now
        found = now


def test_included_come_to_the_most_traded_and_excluded_go_whoever_brought_them_in() -> None:
    """An excluded symbol still has its rank: nobody moves up in its place."""
    venue = Venue(_top(3, include=[NAMES[9], NAMES[8]], exclude=[NAMES[1], NAMES[8]])).rank(NAMES)

    assert venue.chosen() == Chosen(symbols=frozenset({NAMES[0], NAMES[2], NAMES[9]}))


def test_a_named_symbol_needs_no_rank_and_no_age_but_has_to_trade() -> None:
    """Who names a symbol wants it, however new it is; where it is not traded there is nothing to want."""
    markets = {
        **_listed([BTC], listed_at=None),
        **_listed([ETH], listed_at=NOON - timedelta(days=1)),
        **_listed([NAMES[0]], trading=False),
    }
    venue = Venue(strategy(name="a", symbols=[BTC, ETH, NAMES[0], "NONE/USDT:USDT"]))
    asked = venue.chosen().symbols
    venue.rank([], markets=markets)

    assert asked == {BTC, ETH, NAMES[0], "NONE/USDT:USDT"}
    assert venue.chosen().symbols == {BTC, ETH}


def test_two_strategies_with_the_same_top_have_the_same_symbols_and_another_top_its_own() -> None:
    """A newcomer is one for each of them by its own figure."""
    venue = Venue(_top(4, "a"), _top(4, "b"), _top(8, "c")).rank(NAMES).rank([NAMES[4], *NAMES[:4], *NAMES[5:]])

    assert venue.chosen("default.a").symbols == venue.chosen("default.b").symbols == frozenset(NAMES[:5])
    assert venue.chosen("default.c").symbols == frozenset(NAMES[:8])


@pytest.mark.parametrize("how", ["rank", "status", "excluded"])
def test_a_held_symbol_stays_covered_where_it_was_and_nothing_is_entered_there(how: str) -> None:
    """Until it is sold: then it goes. A strategy that never had it does not get it."""
    other = strategy(name="b", symbols=[NAMES[0]])
    venue = Venue(_top(2), other).rank(NAMES)
    assert venue.chosen().symbols == set(NAMES[:2])
    venue.held = frozenset({NAMES[1]})
    away = {
        "rank": _listed(NAMES),
        "status": {**_listed(NAMES), **_listed([NAMES[1]], trading=False)},
        "excluded": _listed(NAMES),
    }
    if how == "excluded":
        venue.strategies = (_top(2, exclude=[NAMES[1]]), strategy(name="b", symbols=[NAMES[0], NAMES[1]]))
    else:
        venue.rank([NAMES[0], *NAMES[2:], NAMES[1]], markets=away[how])

    assert NAMES[1] not in venue.chosen().symbols
    assert venue.chosen().kept == {NAMES[1]}
    assert not venue.chosen("default.b").kept
    venue.held = frozenset()
    assert not venue.chosen().kept


def test_a_held_symbol_that_no_strategy_ever_had_is_covered_by_all() -> None:
    """Whose position it is can't be known; one that the venue doesn't have can't be covered."""
    venue = Venue(_top(1, "a"), _top(2, "b")).rank(NAMES)
    venue.held = frozenset({NAMES[30], NAMES[1], "GARBAGE/USDT:USDT"})

    assert venue.chosen("default.a").kept == {NAMES[30]}
    assert venue.chosen("default.b").kept == {NAMES[30]}


def test_in_a_replay_whoever_has_left_is_taken_to_be_held() -> None:
    """By when a heartbeat came no two runs would differ."""
    book = UniverseBook(held=None)
    book.choose([_top(1)])
    for order in ([NAMES[0], NAMES[1], NAMES[2]], [NAMES[2], NAMES[1], NAMES[0]]):
        book.learn(_listed(NAMES), _volumes(order), at=NOON)
        book.choose([_top(1)])

    assert book.choose([_top(1)])["default.a"] == Chosen(symbols=frozenset({NAMES[2]}), kept=frozenset({NAMES[0]}))


def test_an_answer_without_volumes_empties_no_universe() -> None:
    """Ranks stay as they were, and it is said."""
    venue = Venue(_top(3)).rank(NAMES)
    with capture_logs() as said:
        venue.book.learn(_listed(NAMES), {}, at=NOON)

    assert venue.chosen().symbols == set(NAMES[:3])
    assert [line["event"] for line in said] == ["universe_not_ranked"]


def test_a_restart_goes_on_with_the_same_symbols_before_and_after_the_first_ranking() -> None:
    """One within the band stays, as does what is held: for an hour, even if nobody has said so since the start."""
    before = Venue(_top(4)).rank([*NAMES[1:5], NAMES[0], *NAMES[5:]])
    assert before.chosen().symbols == set(NAMES[1:5])
    before.held = frozenset({NAMES[4]})
    before.rank([NAMES[5], *NAMES[:4], *NAMES[6:], NAMES[4]])
    told = before.chosen()
    past = KeptUniverse.model_validate_json(before.book.kept().model_dump_json())
    with capture_logs() as said:
        after = Venue(_top(4), strategy(name="b", symbols=[NAMES[4]]), past=past)
        unranked = after.chosen()
        after.rank([NAMES[5], *NAMES[:4], *NAMES[6:], NAMES[4]])
        unheard = after.chosen()
        after.rank([NAMES[5], *NAMES[:4], *NAMES[6:], NAMES[4]])
        sold = after.chosen()

    assert told == Chosen(symbols=frozenset({NAMES[5], *NAMES[:4]}), kept=frozenset({NAMES[4]}))
    assert unranked == unheard == told
    assert sold == Chosen(symbols=told.symbols)
    assert [line for line in said if line.get("entered") and line["strategy"] == "default.a"] == []


def test_who_comes_and_who_goes_is_said_once() -> None:
    """With the strategy, and what is kept."""
    venue = Venue(_top(1)).rank(NAMES)
    venue.chosen()
    venue.held = frozenset({NAMES[0]})
    venue.rank([*NAMES[1:], NAMES[0]])
    with capture_logs() as said:
        venue.chosen()
        venue.chosen()

    (line,) = said
    assert (line["strategy"], line["entered"], line["left"], line["kept"]) == (
        "default.a",
        [NAMES[1]],
        [NAMES[0]],
        [NAMES[0]],
    )


def test_who_comes_in_next_is_watched_before_it_counts() -> None:
    """So that workers have learned its market, and set its leverage, by the first signal."""
    venue = Venue(_top(1)).rank(NAMES)
    venue.chosen()
    venue.rank([*NAMES[1:], NAMES[0]])

    assert venue.book.watched == {NAMES[0], NAMES[1]}
    venue.chosen()
    assert venue.book.watched == {NAMES[1]}


@pytest.mark.parametrize("replayed", [False, True])
def test_what_is_held_is_watched_when_no_strategy_is_left(replayed: bool) -> None:
    """Its trailing stop goes by marks, whoever opened it; in a replay all that was looked at is taken to be held."""
    book = UniverseBook(held=None if replayed else lambda: frozenset({BTC}))
    book.learn(_listed([BTC, ETH]), {}, at=NOON)
    book.choose([strategy(name="a", symbols=[BTC])])
    book.choose([])

    assert book.watched == {BTC}


def test_what_an_earlier_run_covered_is_watched_until_every_account_was_heard() -> None:
    """A start without a strategy does not know yet who holds what."""
    book = UniverseBook(held=frozenset, past=KeptUniverse(covered={"default.a": (BTC,)}))
    book.choose([])

    assert book.watched == {BTC}
