"""The command lines of worker and service name one address in one way."""

import argparse
from collections.abc import Callable

import pytest

from tradepods_core.wire.fleet import EGRESS_VARIABLE
from tradepods_signals import config as signals
from tradepods_worker import config as worker

WORKER = ["--name", "bob", "--settings", "s.yaml", "--state", "state", "--signals", "http://x"]
SERVICE = ["--strategies", "s"]
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
