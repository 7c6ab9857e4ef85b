"""What is left of a scenario that failed: logs, events, and how everything stood."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from support.node import Node

KINDS = "tradingaccounts,tradingstrategies,pods,deployments,jobs,persistentvolumeclaims"


def keep(node: Node, namespaces: Iterable[str], folder: Path) -> None:
    """Into files of the folder; what can't be had is left out."""
    shutil.rmtree(folder, ignore_errors=True)  # of an earlier run
    folder.mkdir(parents=True)
    _write(node, folder / "events.txt", "get", "events", "--all-namespaces", "--sort-by=.lastTimestamp")
    _write(node, folder / "nodes.txt", "describe", "nodes")
    for namespace in namespaces:
        _keep_objects(node, namespace, folder / namespace)


def _keep_objects(node: Node, namespace: str, folder: Path) -> None:
    folder.mkdir()
    _write(node, folder / "describe.txt", "describe", KINDS, "--namespace", namespace)
    _write(node, folder / "objects.yaml", "get", KINDS, "--namespace", namespace, "--output=yaml")
    pods = node.try_kubectl("get", "pods", "--namespace", namespace, "--output=name").stdout.split()
    for pod in pods:
        name = pod.partition("/")[2]
        for suffix, more in (("", ()), (".previous", ("--previous",))):
            arguments = ("logs", pod, "--namespace", namespace, "--all-containers", "--prefix", *more)
            _write(node, folder / f"{name}{suffix}.log", *arguments)


def _write(node: Node, file: Path, *arguments: str) -> None:
    done = node.try_kubectl(*arguments)
    if done.returncode == 0 and done.stdout:
        file.write_text(done.stdout, "utf-8")
