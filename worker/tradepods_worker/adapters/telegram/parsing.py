"""What a person typed, as a command."""

import re
from dataclasses import dataclass

COMMAND = re.compile(r"/([A-Za-z0-9_]{1,32})(?:@(\w{1,64}))?(?:\s+(.*))?", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command's name in lower case, "" where the text is none; and what stands behind it."""

    name: str
    argument: str = ""


def command(text: str, *, username: str) -> Command | None:
    """The command in a text; None for one that is addressed to another bot."""
    found = COMMAND.fullmatch(text.strip())
    if found is None:
        return Command(name="")
    name, addressee, argument = found.groups()
    if addressee and addressee.lower() != username.lower():
        return None
    return Command(name=name.lower(), argument=(argument or "").strip())
