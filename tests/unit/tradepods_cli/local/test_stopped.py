"""An account that is Stopped while something is open: refused without a confirmation."""

from pathlib import Path

import pytest

from support.build import settings
from support.ledgers import long_bitcoin, postgres_ledger
from support.postgres import Server
from tradepods_cli.local.layout import Layout
from tradepods_cli.local.stopped import CONFIRM, check_stopped
from tradepods_cli.manifests import Account, Fleet
from tradepods_core.errors import Invalid
from tradepods_core.ids import LOCAL_FLEET, account_key
from tradepods_core.settings.parts import State
from tradepods_worker.adapters.ledger.sql import LEDGER


def _account(state: State = State.STOPPED, *, confirmed: bool = False, database: str = "") -> Account:
    ledger = {"ledger": {"type": "postgresql", "secretRef": {"name": "db"}}} if database else {}
    spec = settings(state=state.value, **ledger)
    annotations = {CONFIRM: "true"} if confirmed else {}
    nothing: dict[str, str] = {}
    secrets = {
        "credentials": nothing,
        "proxy": nothing,
        "telegram": nothing,
        "ledger": {"url": database} if database else nothing,
    }
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


async def test_a_ledger_in_a_database_is_asked_as_well(tmp_path: Path, postgres: Server) -> None:
    """Of an account that never ran it has no tables; one that can't be reached may hold anything."""
    layout, url = Layout(home=tmp_path, secrets=tmp_path), postgres.database()
    account = _account(database=url)
    _check(layout, account)

    key = str(account_key(fleet=LOCAL_FLEET, namespace="default", name="bob"))
    await long_bitcoin(postgres_ledger(url, tmp_path, account=key))
    with pytest.raises(Invalid, match=r"default/bob: spec.state is Stopped: long BTC/USDT:USDT open"):
        _check(layout, account)

    nowhere = _account(database="postgresql://tradepods:secret-4711@127.0.0.1:9/none")
    with pytest.raises(Invalid, match="nobody knows what is open") as caught:
        _check(layout, nowhere)
    assert "secret-4711" not in str(caught.value)
    _check(layout, _account(confirmed=True, database=url))
