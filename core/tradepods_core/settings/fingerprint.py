"""Names the content of settings: what a worker says is in force is compared with what it was given."""

import hashlib

from tradepods_core.settings.account import AccountSpec


def settings_hash(settings: AccountSpec) -> str:
    """The same for the same settings, on every machine and however they were written; 12 hexadecimal digits."""
    return hashlib.sha256(settings.model_dump_json(by_alias=True).encode()).hexdigest()[:12]
