"""An account's secrets: read from mounted files, and known to whoever keeps them out of the logs."""

import argparse
from pathlib import Path

import pytest

from support.build import settings
from tradepods_core.errors import Permanent
from tradepods_worker.adapters.clocks import WallClock
from tradepods_worker.bootstrap import notice
from tradepods_worker.bootstrap.parts import make_ledger, secrets

LIVE = {"dryRun": False, "acknowledgeLiveTrading": True, "credentialsSecretRef": {"name": "keys"}}
PROXIED = {"exchange": {"proxySecretRef": {"name": "way"}}}

IN_DATABASE = {"ledger": {"type": "postgresql", "secretRef": {"name": "db"}}}


def _options(folder: Path, **files: str) -> argparse.Namespace:
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return argparse.Namespace(credentials=folder, proxy=folder, telegram=None, outbound_proxy="")


def test_a_proxys_url_and_its_password_are_secrets(tmp_path: Path) -> None:
    """As the keys are: none of them is ever written anywhere."""
    way = "http://me:p%40ss@10.0.0.7:3128"
    options = _options(tmp_path, apiKey="key", apiSecret="secret", url=f"{way}\n")

    assert set(secrets(options, settings(**LIVE, **PROXIED))) == {"key", "secret", way, "p%40ss", "p@ss"}
    assert set(secrets(options, settings(**LIVE))) == {"key", "secret"}


def test_the_fleets_proxy_and_its_password_are_secrets(tmp_path: Path) -> None:
    """Of whoever is started with it: a worker, and what tells a chat that one crashes."""
    way = "http://me:p%40ss@10.0.0.7:3128"
    (tmp_path / "botToken").write_text("token", "utf-8")
    options = argparse.Namespace(credentials=None, telegram=tmp_path, outbound_proxy=way)

    assert set(secrets(options, settings())) == {way, "p%40ss", "p@ss"}
    assert set(notice.secrets(options, settings())) == {"token", way, "p%40ss", "p@ss"}


def test_a_proxy_of_the_fleet_that_is_none_is_not_repeated(tmp_path: Path) -> None:
    """The option is named, what was written there is not."""
    options = argparse.Namespace(credentials=None, telegram=tmp_path, outbound_proxy="ftp://me:p4ss@host:21")

    with pytest.raises(Permanent, match="--outbound-proxy") as raised:
        secrets(options, settings())
    assert "p4ss" not in str(raised.value)


@pytest.mark.parametrize("url", [None, "", "ftp://me:p4ss@host:21"])
def test_a_worker_never_goes_without_the_proxy_that_its_manifest_names(tmp_path: Path, url: str | None) -> None:
    """Its keys may be bound to that address. The file is named, what is in it is not."""
    options = _options(tmp_path, apiKey="key", apiSecret="secret", **({} if url is None else {"url": url}))

    with pytest.raises(Permanent) as raised:
        secrets(options, settings(**LIVE, **PROXIED))
    assert str(tmp_path / "url") in str(raised.value)
    assert "p4ss" not in str(raised.value)


def test_a_databases_url_and_its_password_are_secrets(tmp_path: Path) -> None:
    """Of a dry run's ledger too."""
    url = "postgresql://me:p%40ss@db/fleet"
    options = argparse.Namespace(credentials=None, telegram=None, ledger=tmp_path, outbound_proxy="")
    (tmp_path / "url").write_text(f"{url}\n", "utf-8")

    assert set(secrets(options, settings(**IN_DATABASE))) == {url, "p%40ss", "p@ss"}


@pytest.mark.parametrize("url", [None, "", "mysql://me:p4ss@host/fleet"])
def test_a_worker_never_keeps_its_ledger_elsewhere_than_its_manifest_says(tmp_path: Path, url: str | None) -> None:
    """It would begin anew in a file. The secret's file is named, what is in it is not."""
    options = argparse.Namespace(state=tmp_path, ledger=tmp_path)
    if url is not None:
        (tmp_path / "url").write_text(url, "utf-8")

    with pytest.raises(Permanent) as raised:
        make_ledger(options, settings(**IN_DATABASE), WallClock())
    assert str(tmp_path / "url") in str(raised.value)
    assert "p4ss" not in str(raised.value)
