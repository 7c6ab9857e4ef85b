"""Questions that wait for a press, without a whole worker."""

from datetime import UTC, datetime, timedelta

from support.account import Account
from support.chatting import chatty, view_of
from support.telegram_bench import ANN
from tradepods_worker.ports.commands import Place, Pressed
from tradepods_worker.tasks.confirmations import Asked, Confirmations, Request

ASKED_AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
RESTART = timedelta(milliseconds=300)


def _ask(confirmations: Confirmations, number: int, now: datetime) -> str:
    view = view_of(Account(account_settings=chatty()))
    return confirmations.ask(number, Request(name="close"), view=view, chat=str(ANN), text="Sure?", now=now)


def _press(confirmations: Confirmations, data: str, now: datetime) -> Asked | None:
    pressed = Pressed(number=9, place=Place(str(ANN)), by="Ann", query="1", message=1, data=data)
    return confirmations.take(pressed, now=now)


def test_a_command_heard_by_two_runs_is_not_confirmed_by_the_earlier_ones_button() -> None:
    """Telegram tells a command again to a worker that was killed before it had kept its place."""
    earlier = _ask(Confirmations(), 1, ASKED_AT)
    later = Confirmations()
    data = _ask(later, 1, ASKED_AT + RESTART)

    assert _press(later, earlier, ASKED_AT + RESTART) is None
    assert _press(later, data, ASKED_AT + RESTART) is not None


def test_a_button_fits_into_what_telegram_carries() -> None:
    """64 bytes, of the longest command and a number of 64 bits."""
    assert len(_ask(Confirmations(), 2**63, ASKED_AT)) <= 64
