"""The commands that the app lists, with what each is for."""

from collections.abc import Mapping

COMMANDS: Mapping[str, str] = {
    "status": "how the account stands",
    "positions": "what is open, with stops and take-profits",
    "balance": "wallet, equity and margin",
    "pnl": "profit, fees and funding",
    "trades": "the last ten closed positions",
    "why": "the last decision about a symbol: /why BTC",
    "settings": "the settings that are in force",
    "pause": "open nothing more; what is open stays protected",
    "resume": "open positions again",
    "dryrun": "trade on paper or live: /dryrun on, /dryrun off",
    "entrypct": "margin of an entry, % of the available balance: /entrypct 2.5",
    "autoexit": "stops and take-profits rest, or only alert: /autoexit on, /autoexit off",
    "reset": "the manifest's own settings again",
    "close": "close at market: /close BTC, or /close all",
    "help": "this list",
}
ACTING = ("pause", "resume", "dryrun", "entrypct", "autoexit", "reset", "close")
