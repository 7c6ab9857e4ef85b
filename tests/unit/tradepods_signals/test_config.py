"""The command lines of worker and service name one address in one way."""

import argparse
from collections.abc import Callable
from dataclasses import Field, fields
from pathlib import Path

import pytest

from tradepods_core.wire.fleet import EGRESS_VARIABLE
from tradepods_signals import config as signals
from tradepods_signals.adapters.http.bounds import Bounds
from tradepods_worker import config as worker

WORKER = ["--name", "bob", "--settings", "s.yaml", "--state", "state", "--signals", "http://x"]
SERVICE = ["--strategies", "s", "--no-auth"]
Parse = Callable[[list[str]], argparse.Namespace]
BOTH = pytest.mark.parametrize(("parse", "needed"), [(worker.parse, WORKER), (signals.parse, SERVICE)])


@BOTH
@pytest.mark.parametrize("variable", ["", "node-7"])
def test_the_address_is_told_by_option_or_variable(
    monkeypatch: pytest.MonkeyPatch, parse: Parse, needed: list[str], variable: str
) -> None:
    """The option counts more; without either all are behind one address."""
    monkeypatch.setenv(EGRESS_VARIABLE, variable)

    assert parse(needed).egress == (variable or "default")
    assert parse([*needed, "--egress", "10.0.0.1"]).egress == "10.0.0.1"


@BOTH
@pytest.mark.parametrize("said", ["", "a b", "-a", "x" * 64, "a\n", "a/b"])
def test_what_names_no_address_is_refused_with_what_would(
    capsys: pytest.CaptureFixture[str], parse: Parse, needed: list[str], said: str
) -> None:
    """At the earliest door: a heartbeat with it would be refused again and again."""
    with pytest.raises(SystemExit):
        parse([*needed, f"--egress={said}"])

    assert "write 1 to 63 letters" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ([], "say who may call"),
        (["--no-auth", "--keys", "k"], "say who may call"),
        (["--no-auth", "--host", "10.0.0.1"], "--no-auth on 10.0.0.1 would let anybody halt trading"),
        (["--jwks", "keys.json"], "--jwks needs --issuer"),
        (["--jwks", "http://c/jwks", "--issuer", "i"], "give an https URL, or a file"),
        (["--keys", "k", "--history", "h", "--database", "d"], "give either --history or --database"),
        (["--keys", "k", "--history-hours", "0"], "write 1 to 744"),
        (["--keys", "k", "--tls-cert", "c"], "give --tls-cert and --tls-key together"),
        (["--keys", "k", "--tls-key", "c"], "give --tls-cert and --tls-key together"),
    ],
)
def test_a_service_says_who_may_call_it(capsys: pytest.CaptureFixture[str], said: list[str], told: str) -> None:
    """Nobody leaves it open by forgetting something."""
    with pytest.raises(SystemExit):
        signals.parse(["--strategies", "s", *said])

    assert told in capsys.readouterr().err


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_on_a_loopback_address_it_may_be_open(host: str) -> None:
    """Where only this machine's own people can reach it, and where somebody says so."""
    assert signals.parse([*SERVICE, "--host", host]).no_auth


@pytest.mark.parametrize("bound", fields(Bounds), ids=lambda bound: bound.name)
def test_each_bound_is_an_option_within_its_own_bounds(
    capsys: pytest.CaptureFixture[str], bound: "Field[object]"
) -> None:
    """Its least and its most will do; what lies beyond, and what is no whole number, is refused with both."""
    option, (least, most) = f"--{bound.name.replace('_', '-')}", (bound.metadata["least"], bound.metadata["most"])

    assert signals.bounds_of(signals.parse(SERVICE)) == Bounds()
    for right in (least, most):
        assert getattr(signals.bounds_of(signals.parse([*SERVICE, option, str(right)])), bound.name) == right
    for wrong in (least - 1, most + 1, "", "x", "1.5", "\u0663", "1e3", "9" * 5_000):
        with pytest.raises(SystemExit):
            signals.parse([*SERVICE, f"{option}={wrong}"])
        assert f"write a whole number from {least} to {most}" in capsys.readouterr().err


def test_each_bound_is_documented_as_it_is() -> None:
    """Its default, its least and its most."""
    text = (Path(__file__).parents[3] / "docs" / "signals.md").read_text("utf-8")
    for bound in fields(Bounds):
        least, most = bound.metadata["least"], bound.metadata["most"]
        assert f"| `--{bound.name.replace('_', '-')}` | {bound.default} | {least} to {most} |" in text
