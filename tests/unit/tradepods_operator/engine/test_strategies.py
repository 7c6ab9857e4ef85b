"""TradingStrategies become one ConfigMap, and say whether they are right and who follows them."""

import json
from typing import Any

import pytest
import yaml

from support.acknowledging import strategies_pass
from support.manifests import manifest
from support.operated import Bench, account, policy
from tradepods_core.errors import Permanent
from tradepods_operator.engine import strategies
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.observed import annotation
from tradepods_operator.engine.strategies import judged
from tradepods_operator.ports import CONFIG_MAP, POD, STRATEGY, Document, Gone, Key, Ref
from tradepods_signals.adapters.strategy_files import read_folder

MAP = Ref(CONFIG_MAP, "tradepods", "tradepods-strategies")


@pytest.fixture
def bench() -> Bench:
    """An operator and an empty cluster."""
    return Bench()


def _strategy(name: str = "swing", *, namespace: str = "traders", **spec: Any) -> dict[str, Any]:
    document = yaml.safe_load(manifest(name))
    document["metadata"]["namespace"] = namespace
    document["spec"] |= spec
    return dict(document)


async def _reconcile(bench: Bench) -> int:
    return (await strategies_pass(bench)).writes


async def _status(bench: Bench, name: str, namespace: str = "traders") -> Any:
    found = await bench.cluster.get(Ref(STRATEGY, namespace, name))
    assert found is not None
    return found["status"]


async def test_the_service_reads_what_is_right(bench: Bench, tmp_path: Any) -> None:
    """By its own reader, with namespace and name; what is wrong is left out, and says where it is wrong."""
    await bench.put(_strategy(), _strategy("broken", entries=[]))
    await _reconcile(bench)
    found = await bench.cluster.get(MAP)
    assert found is not None
    for name, text in found["data"].items():
        (tmp_path / name).write_text(text)
    read = read_folder(tmp_path)

    assert [strategy.key for strategy in read.strategies] == ["traders.swing"]
    assert read.problems == ()
    (wrong,) = (await _status(bench, "broken"))["conditions"]
    assert (wrong["status"], wrong["reason"]) == ("False", "Invalid")
    assert "spec.entries is []" in wrong["message"]


async def test_the_service_reads_a_number_however_small(bench: Bench, tmp_path: Any) -> None:
    """The price of some coins: to YAML `1e-05` is a text, and a text is no number."""
    spec = _strategy()["spec"]
    entries = [{**spec["entries"][0], "when": {"all": [{"var": "price", "op": ">", "value": 0.00001}]}}]
    await bench.put(_strategy(entries=entries))
    await _reconcile(bench)
    found = await bench.cluster.get(MAP)
    assert found is not None
    for name, text in found["data"].items():
        (tmp_path / name).write_text(text)
    read = read_folder(tmp_path)

    assert read.problems == ()


async def test_unchanged_strategies_cost_no_write(bench: Bench) -> None:
    """However often they are looked at."""
    await bench.put(_strategy(), _strategy("broken", entries=[]))
    await bench.serve(account())

    assert await _reconcile(bench) == 3
    bench.clock.advance(60)
    assert await _reconcile(bench) == 0


async def test_a_strategy_says_who_follows_it(bench: Bench) -> None:
    """Those that name it and those that follow all; of its own namespace, the release namespace's by everybody."""
    await bench.put(_strategy(), _strategy("shared", namespace="tradepods"), _strategy("off", enabled=False))
    for document in (account(), account("bob", strategies=["other"]), account("alice", namespace="others")):
        await bench.serve(document)
    await bench.serve(account("carol", strategies=["swing"]))
    await _reconcile(bench)

    assert (await _status(bench, "swing"))["accounts"] == ["traders/alice", "traders/carol"]
    assert (await _status(bench, "shared", "tradepods"))["accounts"] == ["others/alice", "traders/alice"]
    assert (await _status(bench, "off"))["accountCount"] == 0


@pytest.mark.parametrize(
    ("raised", "untold"), [(Permanent("status is invalid"), "traders/another: status is invalid"), (Gone("gone"), "")]
)
async def test_a_status_that_is_refused_is_nobody_elses_trouble(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, raised: Exception, untold: str
) -> None:
    """The others are told, and the pass has not failed: the next change of any of them would wait for minutes."""
    await bench.put(_strategy("another"), _strategy())
    write = bench.cluster.apply_status

    async def apply_status(document: Document) -> None:
        if document["metadata"]["name"] == "another":
            raise raised
        await write(document)

    monkeypatch.setattr(bench.cluster, "apply_status", apply_status)
    done = await strategies_pass(bench)

    assert (done.untold, done.again_in) == (untold, strategies.AGAIN)
    assert (await _status(bench, "swing"))["conditions"][0]["status"] == "True"


async def test_a_strategy_that_is_gone_leaves_the_map(bench: Bench) -> None:
    """And so does one that somebody else put there."""
    await bench.put(_strategy(), _strategy("second"))
    await _reconcile(bench)
    await bench.cluster.patch(MAP, {"data": {"foreign.yaml": "x"}})
    await bench.cluster.delete(Ref(STRATEGY, "traders", "second"))
    await _reconcile(bench)
    found = await bench.cluster.get(MAP)
    assert found is not None

    assert set(found["data"]) == {"traders.swing.json"}


def test_what_has_no_room_is_said_and_the_older_ones_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    """QuotaExceeded."""
    times = {"creationTimestamp": "2026-11-21T08:00:00Z"}
    first, second = _strategy("a"), _strategy("b")
    first["metadata"] |= times | {"creationTimestamp": "2026-11-21T09:00:00Z"}
    second["metadata"] |= times
    monkeypatch.setattr(strategies, "LARGEST", 100 + len(json.dumps(second)))
    found = {one.key: one.reason for one in judged([first, second], policy())}

    assert found == {Key("traders", "b"): "Valid", Key("traders", "a"): "QuotaExceeded"}


def _aged(name: str, *, namespace: str, second: int, enabled: bool = True) -> dict[str, Any]:
    document = _strategy(namespace=namespace, enabled=enabled)
    document["metadata"] |= {"name": name, "creationTimestamp": f"2026-11-21T08:00:{second:02}Z"}
    return document


@pytest.mark.parametrize("enabled", [True, False])
def test_no_namespace_takes_the_room_of_another(monkeypatch: pytest.MonkeyPatch, *, enabled: bool) -> None:
    """Neither by older strategies nor by disabled ones, which no cap counts; the release's own are never put out."""
    greedy = [_aged(f"g{number}", namespace="greedy", second=number, enabled=enabled) for number in range(9)]
    others = [
        _aged("good", namespace="victim", second=20),
        _aged("off", namespace="victim", second=20, enabled=False),
        _aged("shared", namespace="tradepods", second=30),
    ]
    (alone,) = judged(greedy[:1], policy())
    monkeypatch.setattr(strategies, "LARGEST", 6 * (len(alone.file) + 60))
    found = {one.key.name: one.reason for one in judged([*greedy, *others], policy(namespaceCaps={"strategies": 9}))}
    in_room = {name for name, reason in found.items() if reason == "Valid"}

    assert in_room == {"good", "shared", "g0", "g1", "g2", "g3" if enabled else "off"}
    assert found["g8"] == "QuotaExceeded"


TALL = {"top": 10, "include": ["BTC/USDT:USDT", "ETH/USDT:USDT"]}
HOURLY = {"all": [{"var": "rsi", "params": {"period": 14}, "op": "<", "value": 30, "timeframe": "1h"}]}


@pytest.mark.parametrize(
    ("caps", "spec", "said"),
    [
        ({"strategies": 1}, {}, "come to 2 strategies, and may to 1"),
        ({"symbols": 11}, {"universe": TALL}, "symbols, and may to 11 (namespaceCaps.symbols)"),
        ({"timeframes": 1}, {"timeframe": "15m"}, "come to 2 timeframes, and may to 1"),
        ({"timeframes": 1}, {"entries": [{"side": "long", "type": "a", "when": HOURLY}]}, "come to 2 timeframes"),
    ],
)
async def test_a_namespace_uses_no_more_of_the_service_than_it_may(
    caps: dict[str, int], spec: dict[str, Any], said: str
) -> None:
    """The younger strategy is left out, and says which cap it passes; another namespace's is served."""
    bench = Bench(namespaceCaps=caps)
    universe = {"top": 0, "include": ["BTC/USDT:USDT"]}
    await bench.put(_strategy(universe=universe))
    bench.clock.advance(60)
    await bench.put(_strategy("broken", **{"universe": universe, **spec}), _strategy(namespace="others"))
    await _reconcile(bench)
    (condition,) = (await _status(bench, "broken"))["conditions"]
    found = await bench.cluster.get(MAP)
    assert found is not None

    assert (condition["status"], condition["reason"]) == ("False", "QuotaExceeded")
    assert said in condition["message"]
    assert set(found["data"]) == {"traders.swing.json", "others.swing.json"}


async def test_what_uses_nothing_needs_no_place(bench: Bench) -> None:
    """A disabled strategy; and the release's own namespace belongs to whoever sets the caps."""
    bench = Bench(namespaceCaps={"strategies": 1})
    own = bench.policy.release_namespace
    await bench.put(_strategy(enabled=False), _strategy(namespace=own), _strategy("broken", namespace=own))
    bench.clock.advance(60)
    await bench.put(_strategy("broken"))
    await _reconcile(bench)
    found = await bench.cluster.get(MAP)
    assert found is not None

    assert len(found["data"]) == 4


async def test_a_namespace_with_a_long_name_has_accounts_and_no_strategies_of_its_own(bench: Bench) -> None:
    """A signal's id has room for 40 characters: its strategies say so, its accounts follow the shared ones."""
    long = "n" * 63
    key = Key(long, "alice")
    await bench.put(_strategy(namespace=long), _strategy(namespace=bench.policy.release_namespace))
    await bench.serve(account(namespace=long))
    await _reconcile(bench)
    (condition,) = (await _status(bench, "swing", long))["conditions"]

    assert condition["reason"] == "NamespaceTooLong"
    assert "40 characters" in condition["message"]
    assert await bench.said("Ready", key) == ("True", "Trading")
    assert (await _status(bench, "swing", bench.policy.release_namespace))["accounts"] == [f"{long}/alice"]


def _pod(name: str, *, component: str = "signals", phase: str = "Running") -> dict[str, Any]:
    about = {"name": name, "namespace": "tradepods", "labels": {"app.kubernetes.io/component": component}}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": about, "spec": {}, "status": {"phase": phase}}


async def test_the_service_s_kubelet_is_made_to_hand_a_change_on_at_once(bench: Bench) -> None:
    """By an annotation that names the files: a mounted ConfigMap takes a minute or so by itself."""
    await bench.put(_pod("signals-1"), _pod("signals-0", phase="Succeeded"), _pod("simulator", component="simulator"))
    marks = []
    for name in ("swing", "another"):
        await bench.put(_strategy(name))
        await _reconcile(bench)
        found = {one: await bench.cluster.get(Ref(POD, "tradepods", one)) for one in ("signals-0", "simulator")}
        assert {annotation(pod, names.STRATEGIES) for pod in found.values()} == {""}
        pod, files = await bench.cluster.get(Ref(POD, "tradepods", "signals-1")), await bench.cluster.get(MAP)
        marks.append(annotation(pod, names.STRATEGIES))
        assert marks[-1] == annotation(files, names.APPLIED)
        assert await _reconcile(bench) == 0

    assert marks[0] != marks[1]
