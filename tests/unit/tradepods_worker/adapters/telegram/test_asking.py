"""Questions before real money: what is at stake, in the numbers that the command line tells too."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from support.account import Account
from support.build import BTC, settings
from support.chatting import view_of
from tradepods_worker.adapters.telegram.answers import answer
from tradepods_worker.adapters.telegram.asking import caption

D = Decimal
LIVE: dict[str, Any] = {
    "dryRun": False,
    "acknowledgeLiveTrading": True,
    "credentialsSecretRef": {"name": "keys-of-bob"},
}
LADDER: dict[str, Any] = {"dca": {"enabled": True}}  # three adds of 30 %, as by default


def _asked(before: dict[str, Any], after: dict[str, Any], account: Account | None = None) -> tuple[str, str]:
    """The question about another setting, and its button."""
    view = view_of(account or Account(account_settings=settings(**{**LIVE, **before})))
    view = replace(view, wanted=settings(**{**LIVE, **before, **after}))
    return answer("set", view), caption("set", view)


@pytest.mark.parametrize(
    ("changes", "most", "lost"),
    [
        (LADDER, "their ladders bought to the end up to 573.2 % of the balance", "cost about 17.8 % of the balance"),
        ({}, "all 7 positions open up to 301.7 % of the balance", "cost about 9.4 % of the balance"),
        ({**LADDER, "entryPct": 100}, "to the end up to 1000 % of the balance", "cost about 31 % of the balance"),
        ({**LADDER, "autoExit": False}, "all 7 positions open up to 301.7 % of the balance", "Stops do NOT rest"),
    ],
)
def test_going_live_says_what_may_stand_in_the_market(changes: dict[str, Any], most: str, lost: str) -> None:
    """7 x 5 % of what is left bind 30.17 %, times 10x, times 1.9 with the ladder; never more than all margin at 10x."""
    text, button = _asked({**changes, "dryRun": True}, {"dryRun": False})

    assert most in text
    assert lost in text
    assert button == f"Trade REAL MONEY: {changes.get('entryPct', 5)} % an entry at 10x"


@pytest.mark.parametrize(
    ("changes", "margin", "lost"),
    [
        (LADDER, "100.00 USDT, 1,000.00 at 10x", "its ladder bought to the end, it loses about 58.90 USDT, 5.89 %"),
        ({}, "100.00 USDT, 1,000.00 at 10x", "At its stop it loses about 31.00 USDT, 3.1 %"),
        ({**LADDER, "riskPct": 0.5}, "16.13 USDT, 161.29 at 10x", "it loses about 9.50 USDT, 0.95 %"),
        ({**LADDER, "autoExit": False}, "100.00 USDT, 1,000.00 at 10x", "No stop limits what it may lose"),
    ],
)
def test_a_larger_entry_says_what_its_stop_costs(changes: dict[str, Any], margin: str, lost: str) -> None:
    """10 % of 1,000 at 10x, 1.9 times that with the ladder, of which 3 % and twice 0.05 % of fees are lost."""
    text, button = _asked(changes, {"entryPct": 10})

    assert f"An entry takes about {margin}." in text
    assert lost in text
    assert button == f"Enter with 10 %: about {margin.partition(' ')[0]} USDT of margin"


def test_a_larger_entry_takes_its_part_of_what_is_available() -> None:
    """Not of what positions bind already: 10 % of 959.37, 1 009.60 of equity less 50.24 of margin."""
    account = Account(account_settings=settings(**LIVE))
    account.opened(fee=D("0.25"))
    account.marks[BTC] = D(102)
    text, button = _asked({}, {"entryPct": 10}, account)

    assert "An entry takes about 95.94 USDT, 959.37 at 10x." in text
    assert "loses about 29.74 USDT, 2.95 % of the account" in text
    assert "about 95.94 USDT of margin" in button
