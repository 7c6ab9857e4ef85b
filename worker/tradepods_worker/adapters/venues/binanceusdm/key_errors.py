"""What a refusal means for the person whose key is tried: what is wrong with it, or with this machine."""

from collections.abc import Mapping

from tradepods_core.errors import Invalid, Permanent, Problem, Temporary, TradepodsError
from tradepods_worker.adapters.venues.binanceusdm.errors import Refused

WALL, GONE, RESTRICTED, LIMITED = 403, 404, 451, (429, 418)  # HTTP status
FIRST_OF_THEIRS = 500
UNKNOWN = (
    "the exchange does not know this key, or does not take it from this machine's address, or it may not do this: "
    "compare it with the exchange's API management, and the addresses that it is restricted to"
)
IN_WORDS: Mapping[int, tuple[str, str]] = {
    -2014: ("apiKey", "has not the form of the exchange's keys: was it copied whole?"),
    -2015: ("apiKey", UNKNOWN),
    -1022: (
        "apiSecret",
        "does not belong to this apiKey: the signature is wrong. It is shown once only: make another",
    ),
}
CLOCK = -1021
LOCATION = "restricted location"


class NotServed(Permanent):
    """Whoever answers at this address does not serve the question."""


def explained(refused: Refused, error: Permanent | Temporary) -> TradepodsError:
    """The error to raise: Invalid for a key that is wrong, Permanent for a place, Temporary for what passes."""
    known = IN_WORDS.get(refused.code or 0)
    if known is not None:
        field, fix = known
        return Invalid([Problem(field=field, value="", fix=fix)])
    if refused.code == CLOCK:
        return Permanent("this machine's clock is off: set it by network time, then try again")
    return _by_status(refused, error)


def _by_status(refused: Refused, error: Permanent | Temporary) -> TradepodsError:
    if refused.status in LIMITED:
        after = error.after if isinstance(error, Temporary) else 0.0
        return Temporary(f"this address has asked the exchange too often: try again in {after:.0f} s", after=after)
    if refused.status == RESTRICTED or LOCATION in refused.message:
        return Permanent("the exchange serves nobody from this place (restricted location)")
    if refused.status == WALL:
        return Permanent("the exchange's firewall refuses this machine's address or country (HTTP 403)")
    if refused.status == GONE and refused.code is None:
        return NotServed("nobody serves that at this address (HTTP 404)")
    if refused.status >= FIRST_OF_THEIRS:
        return Temporary(f"the exchange is in trouble (HTTP {refused.status}): try again later")
    return Permanent(f"the exchange refuses: {refused.message}")
