"""What a pod lacks that a developer's machine has."""

import asyncio
import getpass

import pytest

from tradepods_operator.adapters.kopf_watch import KopfWatch


def _nobody() -> str:
    raise KeyError("getpwuid(): uid not found: 65532")


async def test_the_watch_needs_no_name_of_its_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pod's user is a number that nobody has named."""
    monkeypatch.setattr(getpass, "getuser", _nobody)
    monkeypatch.delenv("KUBECONFIG", raising=False)
    stop = asyncio.Event()
    stop.set()
    heard = list[object]()
    watch = KopfWatch(namespaces=("trading",), labels={}, saw=lambda *seen, **_: heard.append(seen))

    async with asyncio.timeout(30):
        await watch.run(stop=stop)
    assert heard == []
