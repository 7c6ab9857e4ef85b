"""Secrets as files, one key a file, as Kubernetes mounts them."""

from pathlib import Path

from tradepods_core.errors import Permanent


def read(folder: Path | None, key: str) -> str:
    """One key of a mounted Secret; raises Permanent that names the file, never what is in it."""
    if folder is None:
        raise Permanent(f"no folder was given for the secret key {key}")
    try:
        value = (folder / key).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Permanent(f"can't read the secret {folder / key}: {type(error).__name__}") from None
    if not value:
        raise Permanent(f"the secret {folder / key} is empty")
    return value
