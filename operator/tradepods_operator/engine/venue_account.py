"""Which account at its venue the keys of a TradingAccount belong to, as its worker has learned: two keys may be one.

It counts for the Secrets that the worker had: other keys may be another account's. Of a worker that was stopped for it
the note in its Deployment still says it, however much is forgotten elsewhere.
"""

from collections.abc import Mapping

from tradepods_operator.engine.manifests.names import SECRETS, VENUE_ACCOUNT
from tradepods_operator.engine.observed import Observed, annotation, running

FIELD = "exchange"  # by which it is told from what a Secret holds


def mark(seen: Observed) -> str:
    """A hash of the venue's own name of the account; "" where none is known for the present Secrets."""
    secrets = seen.secrets.digest
    said = None if seen.digest is None else seen.digest.heartbeat
    if said is not None and said.venue_account and (said.secrets_hash == secrets or _goes_on(seen)):
        return said.venue_account
    noted, _, of = annotation(seen.deployment, VENUE_ACCOUNT).partition(" ")
    return noted if secrets and of == secrets else ""


def still(seen: Observed) -> frozenset[str]:
    """The same of a worker that has not been restarted for other Secrets yet: it trades for whom it says."""
    said = None if seen.digest is None else seen.digest.heartbeat
    if said is None or not said.venue_account:
        return frozenset()
    made_with = {annotation(pod, SECRETS) for pod in running(seen.pods)} - {seen.secrets.digest}
    return frozenset({said.venue_account} if said.secrets_hash and said.secrets_hash in made_with else ())


def _goes_on(seen: Observed) -> bool:
    """Whether its worker runs with Secrets of which nothing is known any more: it trades for whom it says."""
    return not seen.secrets.digest and seen.has_worker


def note(seen: Observed) -> Mapping[str, str]:
    """The annotation of a Deployment that is stopped because of it."""
    return {VENUE_ACCOUNT: f"{mark(seen)} {seen.secrets.digest}"}
