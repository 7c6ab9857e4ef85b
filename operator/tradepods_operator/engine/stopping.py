"""Whether an account that is to be stopped is: what is open must not be left with nobody to follow it unasked."""

from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.parts import State
from tradepods_operator.engine.manifests.names import CONFIRM_STOP
from tradepods_operator.engine.observed import Observed, works

CONFIRM = f'annotate the account with {CONFIRM_STOP}: "true"'


def unconfirmed(seen: Observed, spec: AccountSpec) -> str:
    """Why it is not stopped, "" where it is, or isn't to be."""
    if spec.state is not State.STOPPED or not works(seen.deployment):
        return ""
    if seen.account.annotations.get(CONFIRM_STOP) == "true":
        return ""
    if seen.holds:
        return (
            "positions are open: their stops rest at the exchange, but nothing would follow them. Close them first, "
            f"write state: Paused, or {CONFIRM}"
        )
    if not seen.fleet_known:
        return f"whether positions are open can't be told: the signal service does not answer. Wait, or {CONFIRM}"
    if seen.may_hold:
        return f"whether positions are open can't be told: its worker was not heard yet. Wait, or {CONFIRM}"
    return ""
