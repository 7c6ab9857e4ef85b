"""The answer to a pressed button."""

from dataclasses import replace

from tradepods_simulator.telegram.refusals import bad
from tradepods_simulator.telegram.state import Call
from tradepods_simulator.telegram.text_units import length
from tradepods_simulator.telegram.transcript import Press, Said

ANSWER_SECONDS = 15  # Telegram names no number; what people report is about this
LONGEST_ANSWER = 200
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def answer_callback_query(call: Call) -> bool:
    """A passing note, a popup, or just the end of waiting; once, and soon; raises Refused."""
    text, now = call.params.text("text"), call.telegram.now()
    if length(text) > LONGEST_ANSWER:
        raise bad("MESSAGE_TOO_LONG")
    said, press = _pressed(call)
    if press.answered or now - press.at > ANSWER_SECONDS:
        raise bad(TOO_OLD)
    answered = replace(press, answered=True, text=text, popup=call.params.flag("show_alert"))
    presses = tuple(answered if one.query == press.query else one for one in said.presses)
    call.telegram.transcript.change(replace(said, presses=presses))
    return True


def _pressed(call: Call) -> tuple[Said, Press]:
    query = call.params.text("callback_query_id")
    for said in call.telegram.transcript.of(call.bot.name):
        for press in said.presses:
            if press.query == query:
                return said, press
    raise bad(TOO_OLD)
