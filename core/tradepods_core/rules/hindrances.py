"""What keeps the whole account from opening, and how each of it ends: told to who asks for trading to go on."""

from collections.abc import Iterator

from tradepods_core.rules.allowed import standings
from tradepods_core.rules.snapshot import Snapshot


def hindrances(snapshot: Snapshot) -> Iterator[str]:
    """A sentence each; none where entries are taken, as far as it is not a matter of their symbol."""
    for standing, why in standings(snapshot, ""):
        match standing:
            case "Guarding" | "Unreconciled" | "LedgerLost" | "Foreign":
                pass  # the other book trades, and says it of itself; the rest is a symbol's
            case "Paused" if snapshot.book.pause is None:
                yield f"{why}: write state: Running in its manifest, or take its annotation away"
            case "Halted":
                yield f"trading is halted ({why}): `tradepods fleet resume` ends it"
            case "NotConnected" | "StaleData" | "SignalsGone" | "LedgerDown":
                yield f"{why}: trading goes on by itself once that is over"
            case _:
                yield why
