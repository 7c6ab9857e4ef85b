"""`tradepods strategy validate`: an exit code for machines, and for people the path of each problem."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from support.broken_secrets import MARKER, MISPLACED, UNREADABLE
from support.documents import account, strategy, written
from tradepods_cli.main import app
from tradepods_core.manifest import API_VERSION

RSJ = {"side": "long", "type": "test", "when": {"all": [{"var": "rsj", "op": "<", "value": 30}]}}


def _validated(*places: Path) -> Result:
    return CliRunner().invoke(app, ["strategy", "validate", *map(str, places)])


def _line(text: str) -> str:
    """What was said, however wide the terminal is."""
    return " ".join(text.split())


def test_a_right_strategy_is_told_what_it_will_do(tmp_path: Path) -> None:
    """Its entries, timeframe and symbols, what it reads, and for how long it warms up; exit code 0."""
    result = _validated(written(tmp_path, swing=strategy()))

    assert result.exit_code == 0
    assert result.stderr == ""
    assert "default/swing: 1 entries on 5m, 1 symbols, reads rsi(period=14); warms up in " in _line(result.stdout)


def test_each_strategy_of_each_file_is_told(tmp_path: Path) -> None:
    """Files and folders may be mixed; accounts and secrets beside them are left alone."""
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
    written(one, a=[strategy("first"), account()], b=strategy("second"))
    written(two, c=strategy("third"))
    result = _validated(one, two / "c.yaml")

    assert result.exit_code == 0
    assert [name in result.stdout for name in ("default/first", "default/second", "default/third")] == [True] * 3


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (strategy(entries=[RSJ]), "spec.entries[0].when.all[0].var is rsj: unknown variable: did you mean rsi?"),
        (strategy(timeframe="7m"), 'spec.timeframe is "7m": '),
        (strategy(schedule="* * * * *"), "spec.schedule is * * * * *: not yet available"),
        (strategy() | {"metadata": {"name": "Swing"}}, 'metadata.name is "Swing": a text'),
        ({"kind": "TradingStrategy"}, "kind is TradingStrategy: write apiVersion, kind, metadata and spec"),
        (strategy() | {"apiVersion": "v7"}, f"apiVersion is v7: write {API_VERSION}"),
        ("a: [1", "document: is not readable YAML: check its syntax in line 1"),
        ("name: 2021-99-99", "document: is not readable YAML: check its syntax"),
        ([f"apiVersion: {API_VERSION}"], "document: write a mapping with kind"),
    ],
)
def test_a_wrong_strategy_is_told_with_file_and_path(tmp_path: Path, document: object, said: str) -> None:
    """On standard error, one line a problem; exit code 2."""
    result = _validated(written(tmp_path, swing=document))

    assert result.exit_code == 2
    assert result.stdout == ""
    assert f"error: {tmp_path / 'swing.yaml'}: {said}" in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_wrong_strategy_does_not_hide_the_right_ones(tmp_path: Path) -> None:
    """All are checked, and all problems are told at once."""
    bad = strategy("bad", entries=[RSJ, RSJ], timeframe="5m")
    result = _validated(written(tmp_path, a=strategy("good"), b=bad, c="a: [1"))

    assert result.exit_code == 2
    assert "default/good" in result.stdout
    assert [line.partition(".yaml")[0][-1] for line in result.stderr.splitlines()] == ["b", "b", "c"]


def test_a_place_without_strategies_is_an_error(tmp_path: Path) -> None:
    """A person who mistyped a folder must not read that all is well; exit code 2."""
    result = _validated(written(tmp_path, bob=account()))

    assert result.exit_code == 2
    assert result.stderr == f"error: {tmp_path}: no TradingStrategy found\n"


def test_a_place_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    """Exit code 1: nothing that the person wrote is wrong."""
    result = _validated(tmp_path / "nowhere")

    assert result.exit_code == 1
    assert result.stderr == f"error: {tmp_path / 'nowhere'}: no such file or folder\n"


def test_a_problem_is_shown_as_it_is(tmp_path: Path) -> None:
    """Square brackets in a value are no markup."""
    result = _validated(written(tmp_path, swing=strategy(entries="[bold]x[/bold]")))

    assert '"[bold]x[/bold]"' in result.stderr


SNIPPETS = {**UNREADABLE, **MISPLACED}


@pytest.mark.parametrize("text", SNIPPETS.values(), ids=SNIPPETS)
def test_nothing_is_said_of_what_stands_in_a_broken_secret(tmp_path: Path, text: str) -> None:
    """A folder of strategies may hold a Secret too: the command ends with code 2 and none of its values."""
    result = _validated(written(tmp_path, a=text))

    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert MARKER not in result.output


def _ran(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["strategy", *arguments])


MARKET = ("--timeframe", "5m", "--symbol", "BTC/USDT:USDT")


def test_what_a_strategy_costs_is_explained(tmp_path: Path) -> None:
    """Each variable with its candles and its time, the warm-up; together what they share counts once."""
    slow = {"side": "short", "type": "t", "when": {"all": [{"var": "ema", "op": ">", "value": 1, "timeframe": "1h"}]}}
    result = _ran("explain", str(written(tmp_path, a=strategy("first"), b=strategy("second", entries=[slow]))))
    said = _line(result.stdout)

    assert result.exit_code == 0
    assert re.search(r"default/first on 5m .*rsi\(period=14\): 327 candles of 5m, [0-9.]+ us a symbol", said)
    assert "ema(period=20)@1h: 252 candles of 1h" in said
    assert "all 2 enabled together, what they share counted once: warms up with 327 candles of 5m" in said
    assert re.search(r"each cycle of 5m: 2 variables in 2 calculations for 1 symbols, about [0-9.]+ ms", said)


def test_a_strategy_on_the_most_traded_is_explained_at_its_most(tmp_path: Path) -> None:
    """Who they will be is not known here; how many there can be is."""
    ranked = strategy("first", universe={"top": 50, "include": ["BTC/USDT:USDT"]})
    explained, validated = (
        _line(_ran(command, str(written(tmp_path, a=ranked))).stdout) for command in ("explain", "validate")
    )

    assert "universe: the 50 most traded, up to 63 while ranks move; counted below as 63" in explained
    assert "for 64 symbols" in explained
    assert "1 entries on 5m, the 50 most traded and 1 symbols, reads" in validated


def test_a_wrong_strategy_is_not_explained_and_hides_no_other(tmp_path: Path) -> None:
    """Exit code 2, its problems on standard error, the others explained."""
    result = _ran("explain", str(written(tmp_path, a=strategy("first"), b=strategy("bad", entries=[RSJ]))))

    assert result.exit_code == 2
    assert "default/first on 5m" in result.stdout
    assert f"{tmp_path / 'b.yaml'}: spec.entries[0].when.all[0].var is rsj" in result.stderr


def test_a_composed_strategy_is_right(tmp_path: Path) -> None:
    """What is printed can be put into a folder as it stands."""
    result = _ran("compose", "my-rsi", *MARKET, "--long", "rsi < 30", "--long", "price > sma@1h", "--short", "rsi > 70")
    written(tmp_path, mine=result.stdout)

    assert (result.exit_code, result.stderr) == (0, "")
    assert "default/my-rsi: 2 entries on 5m" in _line(_validated(tmp_path).stdout)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("x", *MARKET), "--long, --short: give at least one trigger"),
        (("x", *MARKET, "--long", "rsi < < 3"), "long[0] is rsi < < 3: write it as rsi(period=14) < 30"),
        (("x", *MARKET, "--long", "rsj < 3"), "var is rsj: unknown variable: did you mean rsi?"),
        (("My RSI", *MARKET, "--long", "rsi < 3"), 'metadata.name is "My RSI"'),
        (("x", "--timeframe", "7m", "--symbol", "BTC/USDT:USDT", "--long", "rsi < 3"), 'spec.timeframe is "7m"'),
    ],
)
def test_what_can_not_be_composed_is_named(arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, and nothing is printed that looks like a manifest."""
    result = _ran("compose", *arguments)

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in _line(result.stderr)


def test_an_older_strategy_is_imported(tmp_path: Path) -> None:
    """What is printed is right."""
    file = tmp_path / "older.json"
    entry = {"type": "dip", "conditions": [{"var": "rsi", "op": "<", "value": 30}]}
    file.write_text(json.dumps({"strategy_id": "dip_buyer", "entry_strategy": entry}))
    result = _ran("import", str(file), *MARKET, "--side", "long")
    written(tmp_path, mine=result.stdout)

    assert (result.exit_code, result.stderr) == (0, "")
    assert "default/dip-buyer: 1 entries" in _line(_validated(tmp_path / "mine.yaml").stdout)
    assert "entry_strategy.side: is not said here" in _line(_ran("import", str(file), *MARKET).stderr)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{\n"a": [1,\n}', "document: is not readable JSON: check its syntax in line 3"),
        (b"\xff", "document: is not readable JSON: check its syntax"),
        (b"[]", "document is []: write a mapping"),
        (b'{"strategy_id": "x"}', "entry_strategy is null: write a mapping"),
    ],
)
def test_what_can_not_be_imported_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    """Exit code 2, and nothing is printed that looks like a manifest."""
    file = tmp_path / "older.json"
    file.write_bytes(content)
    result = _ran("import", str(file), *MARKET, "--side", "long")

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in _line(result.stderr)


def test_what_management_reads_is_said(tmp_path: Path) -> None:
    """The position's own variables beside the market's; there is nothing to warn of."""
    when = {"all": [{"var": "roi", "op": ">", "value": 0.1}]}
    rules = [{"type": "take", "when": when, "action": {"kind": "close"}}]
    result = _validated(written(tmp_path, swing=strategy(management=rules)))

    assert (result.exit_code, result.stderr) == (0, "")
    assert "reads roi, rsi(period=14)" in _line(result.stdout)
