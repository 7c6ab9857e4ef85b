"""Where a run on one machine keeps its files, and the programs that it consists of."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tradepods_cli.local.supervisor import Program
from tradepods_cli.manifests import Account
from tradepods_core.strategy.model import Strategy
from tradepods_core.wire.fleet import venue_name

PREFIX = "tradepods-"  # then the process, then what is random
IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Folders of one run.

    Attributes:
        home: what outlives it: ledgers, settings, strategies, logs.
        secrets: what does not: keys and tokens, one a file, readable by their owner alone.

    """

    home: Path
    secrets: Path

    @property
    def logs(self) -> Path:
        """One log a program."""
        return made(self.home / "logs")

    def account(self, account: Account) -> Path:
        """An account's own folder."""
        return made(self.home / "accounts" / account.namespace / account.name)

    def port_file(self, name: str) -> Path:
        """Where a program writes its port."""
        return made(self.home / "ports") / name.replace("/", "-")


@contextmanager
def private_folder() -> Iterator[Path]:
    """A folder for secrets that is gone afterwards: in memory where the system offers it, else on the disk.

    What a run that was killed has left is taken away first.
    """
    for old in _folders():
        if not _runs(old):
            shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-", dir=_place()) as folder:
        yield Path(folder)


def run_folders() -> list[Path]:
    """The folders for secrets of this person's runs that go on now."""
    return [folder for folder in _folders() if _runs(folder)]


def _place() -> Path:
    return IN_MEMORY if IN_MEMORY.is_dir() else Path(tempfile.gettempdir())


def _folders() -> list[Path]:
    """This person's own, of runs that go on and of others: anybody can make one that looks alike."""
    return [folder for folder in _place().glob(f"{PREFIX}*-*") if folder.lstat().st_uid == os.getuid()]


def _runs(folder: Path) -> bool:
    return Path("/proc", folder.name.split("-")[1]).exists()


def made(folder: Path) -> Path:
    """The folder, there now; readable by its owner alone."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def write_strategies(layout: Layout, strategies: Iterable[Strategy]) -> Path:
    """The strategies as the folder that the signal service reads, at any time: there is never half of one."""
    folder = made(layout.home / "strategies")
    gone = set(folder.glob("*.yaml"))
    for strategy in strategies:
        manifest = {
            "apiVersion": "tradepods.dev/v1alpha1",
            "kind": "TradingStrategy",
            "metadata": {"name": strategy.name, "namespace": strategy.namespace},
            "spec": _plain(strategy),
        }
        file = folder / f"{strategy.namespace}.{strategy.name}.yaml"
        draft = file.with_suffix(".draft")
        draft.write_text(yaml.safe_dump(manifest, sort_keys=False), "utf-8")
        gone.discard(draft.replace(file))
    for old in gone:
        old.unlink()
    return folder


def _plain(strategy: Strategy) -> dict[str, object]:
    """The spec with its numbers as numbers, as a person writes them."""
    spec: dict[str, object] = json.loads(
        json.dumps(strategy.spec.model_dump(by_alias=True, exclude_unset=True), default=float)
    )
    return spec


def write_secret(layout: Layout, name: str, data: Mapping[str, str]) -> Path:
    """A Secret's keys as files, as Kubernetes would mount them."""
    folder = made(layout.secrets / name)
    for key, value in data.items():
        write_private(folder / key, value)
    return folder


def write_private(file: Path, text: str) -> Path:
    """A file that only its owner can read, from its first byte on."""
    file.touch(mode=0o600)
    file.write_text(text, "utf-8")
    return file


def write_settings(layout: Layout, account: Account) -> Path:
    """An account's settings where its worker reads them; there is never half of them."""
    settings = layout.account(account) / "settings.yaml"
    document: Any = dict(account.document)
    draft = write_private(settings.with_suffix(".draft"), yaml.safe_dump(document, sort_keys=False))
    return draft.replace(settings)


def service_program(
    layout: Layout, *, strategies: Path, exchange: Mapping[str, str], port: int, steps: str, keys: Path
) -> Program:
    """The signal service; `keys` is the folder with the key of its callers' tokens."""
    port_file = layout.port_file("signals")
    arguments = ["--strategies", str(strategies), "--exchange", exchange["id"], "--url", exchange["url"]]
    arguments += ["--port", str(port), "--port-file", str(port_file)]
    arguments += ["--keys", str(keys), "--history", str(layout.home / "signals")]
    venue = venue_name(exchange=exchange["id"], environment="custom" if exchange["url"] else "live")
    arguments += ["--steps", steps] if steps else ["--candles-dir", str(layout.home / "candles" / venue)]
    return Program(
        name="signals",
        module="tradepods_signals",
        arguments=tuple(arguments),
        log=layout.logs / "signals.log",
        port_file=port_file,
    )


def worker_program(
    layout: Layout, account: Account, *, signals: str, steps: str, heartbeat: float, token: Path | None
) -> Program:
    """One account's worker, its settings and secrets written where it looks for them; `token` for the service."""
    home = layout.account(account)
    settings = write_settings(layout, account)
    name = f"{account.namespace}.{account.name}"
    arguments = ["--name", account.name, "--namespace", account.namespace]
    arguments += ["--settings", str(settings), "--state", str(home), "--signals", signals]
    arguments += ["--credentials", str(write_secret(layout, f"{name}.exchange", account.credentials))]
    arguments += ["--proxy", str(write_secret(layout, f"{name}.proxy", account.proxy))]
    arguments += ["--telegram", str(write_secret(layout, f"{name}.telegram", account.telegram))]
    arguments += ["--ledger", str(write_secret(layout, f"{name}.ledger", account.ledger))]
    arguments += ["--heartbeat", str(heartbeat)]
    arguments += ["--signals-token", str(token)] if token is not None else []
    arguments += ["--steps", steps] if steps else []
    return Program(
        name=account.key, module="tradepods_worker", arguments=tuple(arguments), log=layout.logs / f"{name}.log"
    )
