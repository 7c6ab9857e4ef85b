"""A folder that is edited while it runs."""

from pathlib import Path

import pytest
import yaml

from support.documents import BOT, LIVE, Json, account, secret, strategy, written
from tradepods_cli import manifests
from tradepods_cli.local.edits import Edits
from tradepods_cli.local.layout import Layout, write_settings

MARKER = "hunter2-hunter2"
KEYS = secret("keys", {"apiKey": MARKER, "apiSecret": MARKER})


class Desk:
    """A folder that runs, and what a worker would read and a person would hear."""

    def __init__(self, place: Path, heard: pytest.CaptureFixture[str]) -> None:
        self.folder, self._heard = place / "fleet", heard
        self.folder.mkdir()
        self.layout = Layout(home=place / "home", secrets=place / "secrets")
        written(self.folder, bob=account(), alice=account("alice"), swing=strategy(), keys=KEYS)
        fleet = manifests.load(self.folder)
        for one in fleet.accounts:
            write_settings(self.layout, one)
        self.edits = Edits(self.folder, fleet=fleet, layout=self.layout)

    def edit(self, **files: object) -> str:
        """Write files; what is said after two looks."""
        written(self.folder, **files)
        return self.look()

    def look(self) -> str:
        """What two looks say."""
        for _ in range(2):
            self.edits.look()
        said = self._heard.readouterr()
        assert MARKER not in said.out + said.err
        return " ".join((said.out + said.err).split())

    def settings(self, name: str = "bob") -> Json:
        """What the account's worker reads."""
        found: Json = yaml.safe_load((self.layout.home / "accounts" / "default" / name / "settings.yaml").read_text())
        return found


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """Two accounts that run."""
    return Desk(tmp_path, capsys)


def test_a_changed_setting_reaches_its_worker(desk: Desk) -> None:
    """Whole, and alone: the other account's file is not touched. What changed is said once."""
    place = desk.layout.home / "accounts" / "default" / "alice" / "settings.yaml"
    before = place.stat().st_mtime_ns
    said = desk.edit(bob=account(leverage=7, entryPct=3))

    assert (desk.settings()["leverage"], desk.settings()["entryPct"]) == (7, 3)
    assert said == "default/bob: entryPct 5 -> 3, leverage 10 -> 7"
    assert place.stat().st_mtime_ns == before
    assert desk.look() == ""


def test_a_broken_manifest_is_said_once_and_changes_nothing(desk: Desk) -> None:
    """With file, path and range; nor does what is right beside it apply. Mended, all of it does."""
    said = desk.edit(bob=account(leverage=700), alice=account("alice", leverage=4))
    again = desk.edit(keys=[KEYS, KEYS | {"metadata": {"name": "others"}}])

    assert "error: bob.yaml: spec.leverage is 700: a whole number, at least 1, at most 125" in said
    assert "nothing was changed: accounts go on as before" in said
    assert again == ""
    assert (desk.settings().get("leverage"), desk.settings("alice").get("leverage")) == (None, None)

    desk.edit(bob=account(leverage=70, long={"stopLossPct": 0.5}, short={"stopLossPct": 0.5}))
    assert (desk.settings()["leverage"], desk.settings("alice")["leverage"]) == (70, 4)


def test_a_file_that_is_half_written_is_not_spoken_of(desk: Desk) -> None:
    """An editor may take a moment: what can't be used is looked at twice."""
    written(desk.folder, bob="apiVersion: [")
    desk.edits.look()
    said = desk.edit(bob=account(leverage=7))

    assert said == "default/bob: leverage 10 -> 7"


@pytest.mark.parametrize("text", ["apiSecret: [", f"{MARKER}", "- a"])
def test_whatever_is_wrong_the_accounts_go_on(desk: Desk, text: str) -> None:
    """No YAML, no manifest; no secret is in what is said."""
    before = desk.settings()

    assert "error: bob.yaml: document" in desk.edit(bob=text)
    assert desk.settings() == before


def test_changed_strategies_are_written_where_the_service_reads_them(desk: Desk) -> None:
    """It takes them on at its next cycle; one that is gone from the folder is gone there, too."""
    folder = desk.layout.home / "strategies"
    assert desk.edit(swing=strategy(timeframe="15m")) == "strategies: changed, in force at the next cycle"
    assert "timeframe: 15m" in (folder / "default.swing.yaml").read_text("utf-8")
    desk.edit(swing=strategy("other"))
    assert [file.name for file in folder.iterdir()] == ["default.other.yaml"]

    assert "spec.timeframe" in desk.edit(swing=strategy("other", timeframe="7m"))
    assert "timeframe: 5m" in (folder / "default.other.yaml").read_text("utf-8")


def test_what_needs_a_new_start_is_said_once(desk: Desk) -> None:
    """Accounts that come and go, secrets, and what a worker reads at its start only."""
    (desk.folder / "alice.yaml").unlink()
    said = desk.edit(
        carol=account("carol"),
        bob=account(**{**LIVE, "dryRun": True}, logLevel="debug"),
    )

    assert "default/carol is new: restart `tradepods up` for that" in said
    assert "default/alice is gone from the folder, its worker goes on: restart" in said
    assert "default/bob: its secrets changed: restart" in said
    assert "default/bob: credentialsSecretRef, logLevel changed: restart" in said
    assert desk.edit(carol=account("carol", leverage=3)) == ""
    assert not (desk.layout.home / "accounts" / "default" / "carol").exists()


def test_the_last_account_may_be_stopped(desk: Desk) -> None:
    """Its worker opens nothing more at once; it ends with the next start."""
    (desk.folder / "alice.yaml").unlink()
    said = desk.edit(bob=account(state="Stopped"))

    assert desk.settings()["state"] == "Stopped"
    assert "default/bob: state is Stopped now: restart" in said


def test_accounts_that_can_not_be_together_are_refused(desk: Desk) -> None:
    """As they would be at a start."""
    bot = secret("bot", {"botToken": f"1:{MARKER}"})
    said = desk.edit(bot=bot, bob=account(telegram=BOT), alice=account("alice", telegram=BOT))

    assert "has the same secret: each account needs its own" in said
    assert "telegram" not in desk.settings()


def test_a_folder_that_is_gone_is_said_and_waited_for(desk: Desk) -> None:
    """It may be on a disk that comes back."""
    desk.folder.rename(desk.folder.with_name("elsewhere"))
    said, again = desk.look(), desk.look()
    desk.folder.with_name("elsewhere").rename(desk.folder)

    assert "no such file or folder" in said
    assert again == ""
    assert desk.edit(bob=account(leverage=7)) == "default/bob: leverage 10 -> 7"
