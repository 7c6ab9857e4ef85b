"""`tradepods ledger` on a ledger that is kept in a PostgreSQL database."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from support.build import WALL
from support.ledgers import lived, postgres_ledger
from support.postgres import PASSWORD, Server
from tradepods_cli.main import app
from tradepods_core.ids import LOCAL_FLEET, account_key
from tradepods_worker.ports.ledger import Entry, Owner

BOB = str(account_key(fleet=LOCAL_FLEET, namespace="default", name="bob"))
OWNER = Owner(account=BOB, exchange="binanceusdm", environment="live")


@pytest.fixture
def url_file(postgres: Server, tmp_path: Path) -> Path:
    """A file with the URL of a database, in which bob's worker has just recorded something, and goes on."""
    url = postgres.database()

    async def written() -> None:
        ledger = postgres_ledger(url, tmp_path / "state", account=BOB)
        lease = await ledger.acquire(owner=OWNER, holder="test", now=WALL)
        await ledger.book("live").commit(Entry(facts=tuple(lived().facts)), lease=lease)
        await ledger.close()

    asyncio.run(written())
    file = tmp_path / "url"
    file.write_text(f"{url}\n", "utf-8")
    return file


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["ledger", *map(str, arguments)], env={"COLUMNS": "250"})


def test_a_ledger_in_a_database_is_shown_exported_and_verified(url_file: Path) -> None:
    """As one in a file is."""
    named = ("--url-file", url_file, "--account", "bob")
    shown, exported, verified = _run("show", *named), _run("export", *named, "--what", "fills"), _run("verify", *named)

    assert (shown.exit_code, exported.exit_code, verified.exit_code) == (0, 0, 0)
    assert f"binanceusdm live, account {BOB}" in shown.output
    assert "ETH/USDT:USDT" in shown.output
    assert len(exported.output.splitlines()) == 4
    assert "ok: live: " in verified.output


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--url-file", "FILE", "--account", "alice"), 1, "is not a ledger that can be read: it is empty"),
        (("--url-file", "FILE", "--account", "bob", "--namespace", "other"), 1, "it is empty"),
        (("--url-file", "FILE"), 2, "goes with --account NAME"),
        (("FOLDER", "--url-file", "FILE", "--account", "bob"), 2, "a database holds many accounts"),
        (
            ("FOLDER", "--account", "bob"),
            2,
            "name a ledger's folder or file, or a database by --url-file and --account",
        ),
        ((), 2, "or a database by --url-file and --account"),
        (("--url-file", "GONE", "--account", "bob"), 1, "can't read"),
        (("--url-file", "WRONG", "--account", "bob"), 2, "write postgresql://user:password@host:5432/database"),
        (("--url-file", "AWAY", "--account", "bob"), 1, "can't be used"),
    ],
)
def test_what_can_not_be_read_is_said(url_file: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    """What to write instead; the password is in no message."""
    folder = url_file.parent
    (folder / "WRONG").write_text(f"mysql://me:{PASSWORD}@host/fleet")
    (folder / "AWAY").write_text(f"postgresql://me:{PASSWORD}@127.0.0.1:1/fleet")
    places = {"FILE": url_file, "FOLDER": folder, "GONE": folder / "GONE", "WRONG": folder / "WRONG"}
    places["AWAY"] = folder / "AWAY"
    done = _run("show", *(places.get(argument, argument) for argument in arguments))

    assert done.exit_code == code, done.output
    assert said in done.output.replace("\n", " ")
    assert PASSWORD not in done.output
