"""Accounts that go, and come again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.node import until
from support.playground import BTC, ETH, Playground, live
from support.playground_exchange import SimulatedExchange
from support.playground_ledger import until_same

ERIN = "erin"


@pytest.fixture
def erin(playground: Playground) -> Iterator[str]:
    """Whose account goes with the test."""
    yield ERIN
    playground.kubectl("delete", "tradingaccount", ERIN, "--ignore-not-found")
    until("nothing of its worker is left", lambda: _gone(playground, ERIN))


def _gone(playground: Playground, name: str) -> bool:
    return not playground.workers(name)


def test_an_account_is_flattened_before_it_goes(playground: Playground, exchange: SimulatedExchange, erin: str) -> None:
    """Also by foreground deletion, where garbage collection would take its worker first."""
    playground.apply(*live(erin, deletionPolicy="Flatten"))
    until("erin is protected", lambda: exchange.protected(erin, BTC, ETH), within=120)
    playground.kubectl("delete", "tradingaccount", erin, "--cascade=foreground", within=120)

    books = exchange.books(erin)
    assert (books["positions"], books["resting"]) == ({}, [])
    until("nothing of its worker is left", lambda: _gone(playground, erin))
    assert playground.kubectl("get", "pvc", f"account-{erin}-ledger", "--output=name")


def test_an_account_of_the_same_name_resumes_ledger_and_position(
    playground: Playground, exchange: SimulatedExchange, erin: str, tmp_path: Path
) -> None:
    """Deleted and applied again while it holds a position: the stop rests all the time, nothing is bought twice."""
    playground.apply(*live(erin))
    until("erin is protected", lambda: exchange.protected(erin, BTC, ETH), within=120)
    playground.kubectl("delete", "tradingaccount", erin)
    until("its worker is gone", lambda: _gone(playground, erin))
    fills, asked = exchange.books(erin)["fills"], exchange.journal()[-1]["number"]
    assert exchange.protected(erin, BTC, ETH)

    playground.apply(*live(erin))
    until("erin is served", lambda: any(one["customer"] == erin for one in exchange.journal(after=asked)), within=90)
    playground.wait_ready(erin)
    until_same(playground, exchange, erin, tmp_path)
    assert exchange.books(erin)["fills"] == fills
    assert exchange.protected(erin, BTC, ETH)
