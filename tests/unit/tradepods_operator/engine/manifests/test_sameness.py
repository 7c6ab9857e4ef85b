"""Whether an object is as it should be already."""

from typing import Any

import pytest

from tradepods_operator.engine.manifests.sameness import covers, is_applied, sealed

TAINT = {"key": "dedicated", "operator": "Equal", "value": "trading"}
TAINTED = [{**TAINT, "effect": "NoSchedule"}, {**TAINT, "effect": "NoExecute"}]
BETWEEN = [{"key": "cpus", "operator": "Gt", "values": ["1"]}, {"key": "cpus", "operator": "Lt", "values": ["9"]}]


@pytest.mark.parametrize(
    ("live", "wanted", "same"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"b": 2}, {"a": 1}, False),
        ({"a": {"x": 1, "y": 2}}, {"a": {"x": 1}}, True),
        ({"cpu": "1"}, {"cpu": "1000m"}, True),
        ({"memory": "1Gi"}, {"memory": "1024Mi"}, True),
        ({"memory": "1Gi"}, {"memory": "1G"}, False),
        ({"cpu": "one"}, {"cpu": "two"}, False),
        ({"args": ["a", "b"]}, {"args": ["a"]}, False),
        ({"args": ["a"]}, {"args": ["b"]}, False),
        ({"env": [{"name": "X", "value": "1"}, {"name": "Y"}]}, {"env": [{"name": "X", "value": "1"}]}, True),
        ({"env": [{"name": "X", "value": "2"}]}, {"env": [{"name": "X", "value": "1"}]}, False),
        ({"env": []}, {"env": [{"name": "X"}]}, False),
        ({}, {"env": []}, True),
        ({}, {"emptyDir": {}}, True),
        ({}, {"paused": False}, True),
        ({}, {"paused": True}, False),
        ({"paused": True}, {"paused": False}, False),
        ({}, {"automountServiceAccountToken": False}, False),
        ({}, {"replicas": 0}, False),
        ({"tolerations": TAINTED}, {"tolerations": TAINTED}, True),
        ({"tolerations": TAINTED[::-1]}, {"tolerations": TAINTED}, False),
        ({"tolerations": TAINTED[:1]}, {"tolerations": TAINTED}, False),
        ({"matchExpressions": BETWEEN}, {"matchExpressions": BETWEEN}, True),
        ({"items": [{"key": "a", "path": "a"}] * 2}, {"items": [{"key": "a", "path": "a"}]}, False),
        ({"env": [{"name": "X"}]}, {"env": [{"name": "X", "value": ""}]}, True),
        ({"env": [{"name": "X", "value": "1"}]}, {"env": [{"name": "X", "value": ""}]}, False),
        ({"tolerations": [{"operator": "Exists"}]}, {"tolerations": [{"key": "", "operator": "Exists"}]}, True),
        ({"nodeSelector": {}}, {"nodeSelector": {"trading": ""}}, False),
        ({"metadata": {"labels": {}}}, {"metadata": {"labels": {"a": ""}}}, False),
    ],
)
def test_what_is_wanted_is_there_or_not(live: dict[str, Any], wanted: dict[str, Any], same: bool) -> None:
    """What others add doesn't count; the API server's own ways of writing do."""
    assert covers(live, wanted) is same


def test_a_field_that_is_no_longer_wanted_is_a_difference() -> None:
    """By the name of the content, which the object carries."""
    before = sealed({"metadata": {"name": "a"}, "spec": {"x": 1, "y": 2}})
    after = sealed({"metadata": {"name": "a"}, "spec": {"x": 1}})

    assert is_applied(before, before)
    assert not is_applied(after, before)
    assert not is_applied(after, None)
