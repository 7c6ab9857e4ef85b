"""Accounts without a bot are told by the log."""

import pytest
from structlog.testing import capture_logs

from support.build import NOON
from tradepods_core.rules.snapshot import Notice
from tradepods_worker.adapters.telegram.memory import LogMessenger
from tradepods_worker.ports import Sent
from tradepods_worker.ports.ledger import Undelivered


@pytest.mark.parametrize("name", ["kind", "leg", "event", "level", "self", "symbol"])
async def test_a_notice_is_logged_whatever_its_values_are_named(name: str) -> None:
    """A trouble has a `kind` of its own: one that can't be written would end the worker, again after each start."""
    notice = Notice(kind="trouble", at=NOON, values={name: "Halted"})
    with capture_logs() as logged:
        outcome = await LogMessenger().send(Undelivered(number=1, notice=notice, attempts=0, book="live"))

    assert outcome == Sent()
    assert [(one["event"], one["kind"], one["values"]) for one in logged] == [("notice", "trouble", {name: "Halted"})]
