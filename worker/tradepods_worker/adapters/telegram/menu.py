"""The commands that the app lists; what each is for is in the texts."""

from tradepods_worker.adapters.telegram.phrasing import Language, phrases

COMMANDS = (
    "status",
    "positions",
    "balance",
    "pnl",
    "trades",
    "why",
    "settings",
    "pause",
    "resume",
    "dryrun",
    "entrypct",
    "autoexit",
    "reset",
    "close",
    "help",
)
ACTING = ("pause", "resume", "dryrun", "entrypct", "autoexit", "reset", "close")


def described(language: Language) -> list[tuple[str, str]]:
    """Each command with what it is for."""
    write = phrases(language)
    return [(name, write(f"menu.{name}")) for name in COMMANDS]
