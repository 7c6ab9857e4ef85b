"""An account that is Stopped while something is open: refused without a confirmation."""

from pathlib import Path

import pytest

from support.build import settings
from support.ledgers import long_bitcoin
from tradepods_cli.local.layout import Layout
from tradepods_cli.local.stopped import CONFIRM, check_stopped
from tradepods_cli.manifests import Account, Fleet
from tradepods_core.errors import Invalid
from tradepods_core.settings.parts import State
from tradepods_worker.adapters.ledger.sql import LEDGER


def _account(state: State = State.STOPPED, *, confirmed: bool = False) -> Account:
    spec = settings(state=state.value)
    annotations = {CONFIRM: "true"} if confirmed else {}
    nothing: dict[str, str] = {}
    secrets = {"credentials": nothing, "proxy": nothing, "telegram": nothing, "ledger": nothing}
    return Account(namespace="default", name="bob", spec=spec, document={}, annotations=annotations, **secrets)


def _check(layout: Layout, account: Account) -> None:
    check_stopped(Fleet(accounts=(account,), strategies=()), layout)


async def test_a_stopped_account_with_an_open_position_is_refused(tmp_path: Path) -> None:
    """It is named, with what to do; confirmed, it is taken."""
    layout = Layout(home=tmp_path, secrets=tmp_path)
    await long_bitcoin(layout.account(_account()) / LEDGER)

    with pytest.raises(Invalid, match=r"default/bob: spec.state is Stopped: long BTC/USDT:USDT open") as caught:
        _check(layout, _account())
    assert CONFIRM in str(caught.value)
    _check(layout, _account(confirmed=True))
    _check(layout, _account(State.PAUSED))


async def test_paper_positions_and_new_accounts_may_stop(tmp_path: Path) -> None:
    """No money is at stake."""
    layout = Layout(home=tmp_path, secrets=tmp_path)
    _check(layout, _account())
    await long_bitcoin(layout.account(_account()) / LEDGER, "paper")
    _check(layout, _account())
