"""Whether the account is to be flat before it goes: a file beside the settings, while its resource is being deleted."""

from pathlib import Path

NAME = "ending"
FLATTEN = "Flatten"


def flattens(file: Path) -> bool:
    """Whether the file is there and says so; one that can't be read says nothing."""
    try:
        return file.read_text("utf-8").startswith(FLATTEN)
    except (OSError, UnicodeDecodeError):
        return False
