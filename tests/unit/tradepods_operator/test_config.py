"""The operator's own settings: bad input names field, value and fix."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.operated import policy
from tradepods_core.errors import Invalid, Permanent
from tradepods_operator import config


def _file(folder: Path, **changes: Any) -> Path:
    document = json.loads(policy().model_dump_json(by_alias=True)) | changes
    file = folder / "policy.yaml"
    file.write_text(yaml.safe_dump(document), "utf-8")
    return file


def _worker(**changes: Any) -> dict[str, Any]:
    return {"worker": {"image": "w:1", **changes}}


def test_a_policy_is_read_as_it_is_written(tmp_path: Path) -> None:
    """Whole."""
    assert config.read_policy(_file(tmp_path)) == policy()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"fleetId": "x"}, "policy.fleetId"),
        ({"maxWorkers": -1}, "policy.maxWorkers is -1: a whole number, at least 0"),
        ({"worker": {}}, "policy.worker.image: is required"),
        ({"maxworkers": 3}, "did you mean maxWorkers?"),
        ({"allowedEndpoints": ["ftp://x"]}, "policy.allowedEndpoints[0]"),
        ({"accessMode": "ReadWriteMany"}, "policy.accessMode"),
        (_worker(extraEnv=[{"name": "HOME", "value": "/x"}]), "policy.worker.extraEnv[0] is a mapping: the operator"),
        (_worker(extraEnv=[{"name": "TRADEPODS_EGRESS"}]), "the operator sets TRADEPODS_EGRESS itself: leave it out"),
        (
            _worker(extraEnv=[{"name": "TZ"}, {"name": "TZ"}]),
            "policy.worker.extraEnv is a list: each variable once: TZ",
        ),
        (_worker(extraEnv=[{"value": "UTC"}]), "policy.worker.extraEnv[0] is a mapping: a variable with its name"),
        (_worker(proxyCidrs=["10.0.0.1/33"]), "policy.worker.proxyCidrs[0]"),
        (_worker(imagePullSecrets=[{"name": ""}]), "policy.worker.imagePullSecrets[0] is a mapping: a Secret's name"),
    ],
)
def test_a_wrong_policy_is_refused_with_its_field(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    """Nothing starts with it."""
    with pytest.raises(Invalid) as caught:
        config.read_policy(_file(tmp_path, **changes))

    assert said in str(caught.value)


def test_a_secret_for_pulling_images_that_is_named_twice_is_one(tmp_path: Path) -> None:
    """A parent chart names it, and the chart itself; an API server that hears of it twice takes no Deployment."""
    names = [{"name": "registry"}, {"name": "other"}, {"name": "registry"}]
    found = config.read_policy(_file(tmp_path, **_worker(imagePullSecrets=names)))

    assert found.worker.image_pull_secrets == ({"name": "registry"}, {"name": "other"})


def test_a_network_may_be_written_by_any_of_its_addresses(tmp_path: Path) -> None:
    """10.0.0.1/8 is 10.0.0.0/8, in every list of networks; what is none is left for the API server to name."""
    written, meant = (
        {
            "to": [{"ipBlock": {"cidr": cidr, "except": [beside, "none"]}}, {"podSelector": {}}],
            "ports": [{"protocol": "TCP", "port": 5432}],
        }
        for cidr, beside in (("10.0.0.1/8", "10.1.2.3/16"), ("10.0.0.0/8", "10.1.0.0/16"))
    )
    lists = {"extraEgress": [written], "metricsFrom": written["to"], "dns": {"to": written["to"]}}
    found = config.read_policy(_file(tmp_path, **lists, **_worker(proxyCidrs=["10.0.0.1/8", "fd00::7/16"])))

    assert [str(one) for one in found.worker.proxy_cidrs] == ["10.0.0.0/8", "fd00::/16"]
    assert list(found.extra_egress) == [meant]
    assert list(found.metrics_from) == list(found.dns.to) == meant["to"]


def test_a_policy_that_is_not_there_or_no_yaml_is_said(tmp_path: Path) -> None:
    """By its file."""
    with pytest.raises(Permanent, match="can't read the policy"):
        config.read_policy(tmp_path / "none.yaml")
    file = tmp_path / "x.yaml"
    file.write_text("a: [", "utf-8")
    with pytest.raises(Invalid, match="not readable YAML"):
        config.read_policy(file)


def test_the_command_line_has_what_a_pod_gives_it() -> None:
    """Namespaces may be many; none means all."""
    options = config.parse(["--policy", "p", "--namespace", "a", "--namespace", "b", "--port", "0"])

    assert (options.namespace, options.port) == (["a", "b"], 0)
    assert config.parse(["--policy", "p"]).namespace == []
