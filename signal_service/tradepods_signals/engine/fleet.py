"""The fleet's digests: what each worker said last, and which of that is new to whoever asks."""

from tradepods_core.times import Now
from tradepods_core.wire.fleet import Digest, Fleet, Heartbeat

MOST_ACCOUNTS = 10_000  # more names than this are garbage, not accounts


class FleetBook:
    """Digests by account. Versions count up with every heartbeat, so a reader asks for what is newer than it has."""

    def __init__(self, *, now: Now) -> None:
        self._now = now
        self._version = 0
        self._digests: dict[tuple[str, str], Digest] = {}

    def heard(self, *, namespace: str, name: str, heartbeat: Heartbeat) -> None:
        """Keep a worker's digest; one account too many is left out."""
        if (namespace, name) not in self._digests and len(self._digests) >= MOST_ACCOUNTS:
            return
        self._version += 1
        self._digests[namespace, name] = Digest(
            namespace=namespace, name=name, version=self._version, seen_at=self._now(), heartbeat=heartbeat
        )

    def since(self, version: int) -> Fleet:
        """The digests that changed after this version, oldest change first."""
        changed = [digest for digest in self._digests.values() if digest.version > version]
        return Fleet(version=self._version, accounts=tuple(sorted(changed, key=lambda digest: digest.version)))
