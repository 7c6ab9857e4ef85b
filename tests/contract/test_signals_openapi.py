"""The service does what its OpenAPI document says, whatever is sent: schemathesis asks over a real socket."""

import contextlib
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks

from support.build import FIVE, cycle
from support.signal_service import WALL, bearer
from support.signal_thread import in_thread
from support.signals_history import strategy
from tradepods_core.wire.problem import MEDIA_TYPE
from tradepods_signals.ports.callers import Role

STREAM = "/v1/stream"  # has no end: its own tests read it
EXAMPLES = 25  # of each route and role
CHECKS = [  # what is not known is ignored, not refused: either side may be newer
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.unsupported_method,
]
CALLS = count()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Where a service listens: schemathesis waits for its answers in this thread."""
    with in_thread([strategy()]) as service:
        service.publish(cycle(close=FIVE.last_close(WALL.now())))
        yield service.url


@pytest.fixture(scope="module")
def document(url: str) -> Any:
    """What the service offers, but for the stream."""
    return schemathesis.openapi.from_url(f"{url}/openapi.json").exclude(path=STREAM)


ASKED = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("role", ["worker", "reader", "admin"])
def test_every_answer_is_one_that_the_document_promises(document: Any, role: Role, mode: GenerationMode) -> None:
    """Its status, type, headers and schema, to what is right and to what is wrong; and nothing breaks the service."""
    asked = set()
    for found in document.get_all_operations():
        operation = found.ok()

        @ASKED
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: Any) -> None:
            asked.add(case.operation.label)
            case.call_and_validate(checks=CHECKS, headers=_shown(role, case))

        with contextlib.suppress(Unsatisfiable):  # there is nothing about some requests that could be wrong
            ask()

    assert len(asked) > 10


def _shown(role: Role, case: Any) -> dict[str, str]:
    """A worker's own token where it speaks of an account; else another caller's each time, who never asks too often."""
    account = case.path_parameters if role == "worker" and "heartbeat" in case.path else {}
    name, namespace = (str(account.get(part, "")) for part in ("name", "namespace"))
    if name and namespace and "|" not in name + namespace:
        return bearer(role, name, namespace=namespace)
    return bearer(role, f"caller-{next(CALLS)}")


def test_every_refusal_is_described_as_a_problem(document: Any) -> None:
    """Each route names the problem document for whatever it may refuse."""
    for path, methods in document.raw_schema["paths"].items():
        for operation in methods.values():
            refusals = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
            assert path in ("/healthz", "/metrics") or refusals, path
            for answer in refusals.values():
                assert answer["content"] == {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}}
