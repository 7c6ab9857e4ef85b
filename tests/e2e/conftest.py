"""One node and one release for all scenarios of a run, watched from the exchange's side all the time."""

import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from support import argo_server, node_backends, node_evidence, node_images, node_leavings
from support.node import MISSING, Node, Say, timed, until
from support.node_hand import Hand
from support.node_watch import Watch
from support.playground import BTC, ETH, LIVE, NAMESPACE, NAMESPACES, RELEASE, Playground, always, live, values
from support.playground_exchange import SimulatedExchange

NODE = pytest.StashKey[Node]()
EVIDENCE = Path(__file__).parents[2] / "e2e-output"
LONGEST, FIRST = 480, 900  # seconds of a scenario; the first has node, images and releases in it
LAST = ("test_steady", "test_api_away", "test_release")  # one judges what was looked at all the time, two blind and end


@pytest.hookimpl(trylast=True)  # once it is known which of them run
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Real pods take their time."""
    items.sort(key=lambda item: LAST.index(item.path.stem) + 1 if item.path.stem in LAST else 0)
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.timeout(FIRST if item is ours[0] else LONGEST))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A scenario that fails leaves behind how everything stood; all that lack the same say so in one line."""
    report = yield
    if report.skipped and isinstance(report.longrepr, tuple):
        report.longrepr = (__file__, 1, report.longrepr[2])
    node = item.config.stash.get(NODE, None)
    if report.failed and node is not None:
        folder = EVIDENCE / item.name
        node_evidence.keep(node, NAMESPACES, folder)
        report.sections.append(("evidence", str(folder)))
    return report


@pytest.fixture(scope="session")
def say(request: pytest.FixtureRequest) -> Say:
    """Progress, for a person at the terminal."""
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def line(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n  {text}", end="", flush=True)  # noqa: T201

    return line


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest, say: Say) -> Iterator[Node]:
    """The node; what was started is stopped in the end, also after Ctrl-C or SIGTERM."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    backend = node_backends.choose(say=say)
    if backend is None:
        pytest.skip(MISSING)
    with node_backends.running(backend, say=say) as found:
        argo_server.clear(found)
        node_leavings.clear(found)  # of a run that was broken off
        request.config.stash[NODE] = found
        yield found
        del request.config.stash[NODE]
        if backend.stays:
            node_leavings.clear(found)


@pytest.fixture(scope="session")
def tags(node: Node, say: Say) -> dict[str, str]:
    """The images' tags, by component."""
    return node_images.build(node.backend, say=say)


@pytest.fixture(scope="session")
def release(node: Node, tags: dict[str, str], say: Say) -> Playground:
    """The chart with its simulators, installed, and what all live accounts trade by."""
    found = Playground(node, values(node, tags))
    with timed("helm install", say=say):
        said = found.install()
    assert "A playground" in said
    found.apply(always())
    return found


@pytest.fixture(scope="session")
def playground(release: Playground) -> Playground:
    """The release of most scenarios: a folder may have another one."""
    return release


@pytest.fixture(scope="session")
def exchange(playground: Playground) -> SimulatedExchange:
    """Its exchange."""
    return SimulatedExchange(playground.node.api, namespace=NAMESPACE, release=RELEASE, customers=("bob", *LIVE))


@pytest.fixture(scope="session")
def hand(node: Node, tags: dict[str, str]) -> Iterator[Hand]:
    """Signals from outside of a container."""
    found = Hand(node, image=f"{node.backend.registry}/tradepods-operator:{tags['operator']}")
    yield found
    found.remove()


@pytest.fixture(scope="session")
def watch(exchange: SimulatedExchange) -> Iterator[Watch]:
    """Looks at the exchange's books all the time."""
    found = Watch(exchange)
    yield found
    found.stop()


@pytest.fixture(autouse=True)
def watched(watch: Watch) -> Iterator[None]:
    """In every scenario: no position without its stop, no order doubled, never two traders."""
    before = len(watch.broken)
    yield
    assert watch.broken[before:] == []


@pytest.fixture(scope="session")
def dave(playground: Playground, exchange: SimulatedExchange) -> str:
    """Holds what he may hold, with targets that no price reaches."""
    playground.apply(*live("dave"))
    until("dave is protected", lambda: exchange.protected("dave", BTC, ETH), within=120)
    return "dave"
