"""Ids: the same on every machine and in every run."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from support.build import ACCOUNT, BTC, FIVE, NOON
from tradepods_core.ids import LOCAL_FLEET, account_key, client_order_id, cycle_id, is_ours, signal_id

PARTS = st.tuples(
    st.integers(1, 10_000),
    st.sampled_from(["enter", "stop", "take_profit", "close", "cancel stop 0"]),
    st.integers(0, 20),
    st.integers(0, 1000),
)


def _client_id(parts: tuple[int, str, int, int], account: UUID = ACCOUNT) -> str:
    position, purpose, step, revision = parts
    return client_order_id(account=account, position=position, purpose=purpose, step=step, revision=revision)


@given(parts=PARTS)
def test_a_client_order_id_is_valid_on_every_venue(parts: tuple[int, str, int, int]) -> None:
    """Letters and digits, 28 in all, and known as ours again."""
    identifier = _client_id(parts)

    assert len(identifier) == 28
    assert identifier.isalnum()
    assert is_ours(identifier)


@given(one=PARTS, other=PARTS)
def test_different_orders_have_different_ids(one: tuple[int, str, int, int], other: tuple[int, str, int, int]) -> None:
    """Position, purpose, step and revision all enter it."""
    assert (_client_id(one) == _client_id(other)) == (one == other)


def test_two_accounts_never_share_an_order_id() -> None:
    """The account's key enters it."""
    alice = account_key(fleet=LOCAL_FLEET, namespace="default", name="alice")
    bob = account_key(fleet=LOCAL_FLEET, namespace="default", name="bob")

    assert _client_id((1, "enter", 0, 0), alice) != _client_id((1, "enter", 0, 0), bob)


def test_ids_never_change_between_releases() -> None:
    """A worker must know the orders that an older version placed: these are written down."""
    assert (
        str(account_key(fleet=LOCAL_FLEET, namespace="default", name="bob")) == "1bef8a67-f2d1-5f5e-b3dd-a22c7e4e0eee"
    )
    assert _client_id((1, "enter", 0, 0)) == "tpucmyvpisje3eny3wmo54husyqa"


def test_foreign_ids_are_not_ours() -> None:
    """A hand-made order, another bot's, an upper-case look-alike."""
    for identifier in ("web_abc", "x-cvBPrNm9abcdef", "tp", "tp" + "A" * 26, "tp" + "a" * 27):
        assert not is_ours(identifier)


def test_a_cycle_is_named_by_its_close() -> None:
    """Recomputing it gives the same id."""
    assert cycle_id(FIVE, NOON) == "5m@2025-06-02T12:00:00Z"


def test_a_signal_is_named_by_cycle_strategy_symbol_and_side() -> None:
    """One strategy says one thing about a side in a cycle."""
    found = signal_id(cycle=cycle_id(FIVE, NOON), namespace="default", strategy="swing", symbol=BTC, side="long")

    assert found == "5m@2025-06-02T12:00:00Z/default.swing/BTC/USDT:USDT/long"
