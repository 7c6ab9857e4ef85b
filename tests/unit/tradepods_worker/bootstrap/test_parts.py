"""An account's secrets: read from mounted files, and known to whoever keeps them out of the logs."""

import argparse
from pathlib import Path

import pytest

from support.build import settings
from tradepods_core.errors import Permanent
from tradepods_worker.bootstrap.parts import secrets

LIVE = {"dryRun": False, "acknowledgeLiveTrading": True, "credentialsSecretRef": {"name": "keys"}}
PROXIED = {"exchange": {"proxySecretRef": {"name": "way"}}}


def _options(folder: Path, **files: str) -> argparse.Namespace:
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return argparse.Namespace(credentials=folder, proxy=folder, telegram=None)


def test_a_proxys_url_and_its_password_are_secrets(tmp_path: Path) -> None:
    """As the keys are: none of them is ever written anywhere."""
    way = "http://me:p%40ss@10.0.0.7:3128"
    options = _options(tmp_path, apiKey="key", apiSecret="secret", url=f"{way}\n")

    assert set(secrets(options, settings(**LIVE, **PROXIED))) == {"key", "secret", way, "p%40ss", "p@ss"}
    assert set(secrets(options, settings(**LIVE))) == {"key", "secret"}


@pytest.mark.parametrize("url", [None, "", "ftp://me:p4ss@host:21"])
def test_a_worker_never_goes_without_the_proxy_that_its_manifest_names(tmp_path: Path, url: str | None) -> None:
    """Its keys may be bound to that address. The file is named, what is in it is not."""
    options = _options(tmp_path, apiKey="key", apiSecret="secret", **({} if url is None else {"url": url}))

    with pytest.raises(Permanent) as raised:
        secrets(options, settings(**LIVE, **PROXIED))
    assert str(tmp_path / "url") in str(raised.value)
    assert "p4ss" not in str(raised.value)
