"""Names of settings: equal settings have one name, others another."""

from typing import Any

import pytest

from support.build import spec
from tradepods_core.settings.fingerprint import settings_hash
from tradepods_core.settings.reading import read_account


def test_settings_are_named_by_what_they_say() -> None:
    """However they are written: a default that is spelt out changes nothing."""
    short, long = spec(entryPct=5, leverage=3), spec(leverage=3, entryPct=5, maxPositions=7)

    assert settings_hash(read_account(short)) == settings_hash(read_account(long))


@pytest.mark.parametrize("changes", [{"leverage": 4}, {"autoExit": False}, {"symbols": {"deny": ["BTC/USDT:USDT"]}}])
def test_other_settings_have_another_name(changes: dict[str, Any]) -> None:
    """Each field counts."""
    assert settings_hash(read_account(spec(**changes))) != settings_hash(read_account(spec()))
