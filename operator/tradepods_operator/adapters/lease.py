"""Leader election by a Lease, with the official client's, made fit: bounded requests, errors as answers.

As shipped, its `create` raises (it asks for `pretty=True`, which its own models refuse), a request has no time-out (an
old leader acted on for 20 s beside the new one), and one connection error ends the election.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp
from kubernetes.aio import client
from kubernetes.aio.client.api_client import ApiClient
from kubernetes.aio.client.exceptions import ApiException
from kubernetes.aio.leaderelection.electionconfig import Config
from kubernetes.aio.leaderelection.leaderelection import LeaderElection
from kubernetes.aio.leaderelection.resourcelock.leaselock import LeaseLock

DURATION, RENEW_WITHIN, EVERY = 13, 5, 2  # seconds: a leader that hears nothing ends before another one may begin
ANSWER_WITHIN = 3.0  # seconds
FAILURES = (TimeoutError, aiohttp.ClientError, OSError, ApiException, ValueError)


class Superseded(Exception):
    """Another one holds what was ours."""


class CountedClient:
    """The library's client, each of whose requests is counted: its lock keeps the codes of refusals to itself."""

    def __init__(self, client: ApiClient, count: Callable[[str, str, str], None]) -> None:
        self._client, self._count = client, count

    def __getattr__(self, name: str) -> Any:
        """All else is the client's."""
        return getattr(self._client, name)

    async def call_api(self, method: str, *rest: Any, **terms: Any) -> Any:
        """Send a request."""
        code = "away"
        try:
            answer = await self._client.call_api(method, *rest, **terms)
            code = str(answer.status)
        finally:
            self._count(method, "leases", code)
        return answer


class BoundedLock(LeaseLock):  # type: ignore[misc]  # the library has no types
    """The library's lock, whose every request ends soon, and by raising only once another one leads instead of us."""

    leads = False

    async def get(self, name: str, namespace: str) -> tuple[bool, Any]:
        """Whether there is a Lease, and what it says; else what is wrong. Raises Superseded."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                found: tuple[bool, Any] = await super().get(name, namespace)
        except FAILURES as error:
            return False, ApiException(status=0, reason=type(error).__name__)
        there, record = found
        if self.leads and there and record is not None and record.holder_identity not in (None, "", self.identity):
            raise Superseded  # this process stood still for a while; the library would try to renew for seconds
        return found

    async def create(self, name: str, namespace: str, election_record: Any) -> bool:
        """Whether the Lease is ours."""
        lease = client.V1Lease(metadata=client.V1ObjectMeta(name=name), spec=self.update_lease(election_record))
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await self.api_instance.create_namespaced_lease(namespace, lease)
        except FAILURES:
            return False
        return True

    async def update(self, name: str, namespace: str, updated_record: Any) -> bool:
        """Whether the Lease is ours still, or now."""
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                return bool(await super().update(name, namespace, updated_record))
        except FAILURES:
            return False

    async def release(self, name: str, namespace: str) -> None:
        """Let go of it, so that nobody has to wait for its end."""
        body = {"spec": {"holderIdentity": None}}
        try:
            async with asyncio.timeout(ANSWER_WITHIN):
                await self.api_instance.patch_namespaced_lease(
                    name, namespace, body, _content_type="application/merge-patch+json"
                )
        except FAILURES:
            return


class LeaseElection:
    """One candidate.

    Args:
        count: hears the verb, the resource and the status code of each request; "away" where none came.

    """

    def __init__(
        self, api: ApiClient, *, name: str, namespace: str, identity: str, count: Callable[[str, str, str], None]
    ) -> None:
        self._lock = BoundedLock(name, namespace, identity, CountedClient(api, count))

    async def run(self, *, leading: Callable[[], None]) -> None:
        """Until the Lease is lost; `leading` is called once it is held."""

        async def begin() -> None:
            self._lock.leads = True
            leading()

        async def end() -> None:
            self._lock.leads = False

        terms = Config(
            self._lock,
            lease_duration=DURATION,
            renew_deadline=RENEW_WITHIN,
            retry_period=EVERY,
            onstarted_leading=begin,
            onstopped_leading=end,
        )
        try:
            await LeaderElection(terms).run()
        except Superseded:
            self._lock.leads = False

    async def release(self) -> None:
        """Let go, if it leads."""
        if self._lock.leads:
            await self._lock.release(self._lock.name, self._lock.namespace)
