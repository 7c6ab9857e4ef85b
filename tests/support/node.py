"""A cluster with real pods for the tests of tests/e2e: containers, limits, Services, DNS, volumes."""

import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import httpx
import yaml

Json = dict[str, Any]
Say = Callable[[str], None]
COMPONENTS = ("operator", "signals", "simulator", "worker")
MISSING = (
    "no node for real pods: install Docker and kind, or name a cluster by TRADEPODS_E2E_KUBECONFIG and its images by "
    "TRADEPODS_E2E_IMAGES=REGISTRY:TAG"
)


class Backend(Protocol):
    """Where the pods run.

    Attributes:
        name: as it is told to people.
        registry: what goes before the images' names.

    """

    name: str
    registry: str

    @property
    def stays(self) -> bool:
        """Whether it goes on after the tests, so that they have to take away what they made."""
        ...

    def start(self) -> Path:
        """Bring it up, with volumes for whoever claims one; the administrator's kubeconfig."""
        ...

    def stop(self) -> None:
        """End what `start` began; also where that did not come to its end."""
        ...

    def image(self, component: str, *, variant: str = "") -> str:
        """Its tag, once the node has it; a variant has the same content by another name."""
        ...

    def forget(self, tags: Mapping[str, str]) -> None:
        """Images of earlier runs: all but those of these tags, by component."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A cluster that runs, and the programs to speak to it.

    Attributes:
        api: the administrator's client, for what is asked again and again: a kubectl each time would cost a processor.

    """

    backend: Backend
    kubeconfig: Path
    api: httpx.Client
    kubectl_program: str
    helm_program: str

    def kubectl(self, *arguments: str, given: str | None = None, within: float = 60) -> str:
        """What kubectl answers, as the administrator; `within` is seconds."""
        return self._run(self.kubectl_program, *arguments, given=given, within=within).stdout

    def try_kubectl(self, *arguments: str, within: float = 60) -> subprocess.CompletedProcess[str]:
        """The same where it may fail."""
        return self._run(self.kubectl_program, *arguments, within=within, check=False)

    def helm(self, *arguments: str, given: str | None = None, within: float = 400) -> str:
        """What helm answers."""
        return self._run(self.helm_program, *arguments, given=given, within=within).stdout

    def get(self, *arguments: str) -> Any:
        """An object, or a list of them, as kubectl reads it."""
        return json.loads(self.kubectl("get", *arguments, "--output=json"))

    def read(self, path: str, **query: str) -> Any:
        """The JSON at a path of the API server; raises httpx.HTTPError."""
        return self.api.get(path, params=query).raise_for_status().json()

    def apply(self, *documents: Mapping[str, Any], namespace: str = "default") -> None:
        """As a person would apply a file with these."""
        self.kubectl("apply", "--namespace", namespace, "--filename=-", given=yaml.safe_dump_all(map(dict, documents)))

    def command(self, *arguments: str) -> list[str]:
        """The command line of kubectl, for a program that goes on."""
        return [self.kubectl_program, f"--kubeconfig={self.kubeconfig}", *arguments]

    def _run(
        self, *command: str, given: str | None = None, within: float, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "KUBECONFIG": str(self.kubeconfig)}
        done = subprocess.run(
            command, input=given, capture_output=True, text=True, timeout=within, check=False, env=environment
        )
        assert done.returncode == 0 or not check, f"{' '.join(command)}: {done.stderr or done.stdout}"
        return done


@contextmanager
def timed(what: str, *, say: Say) -> Iterator[None]:
    """Says when a part of the run begins and how long it took."""
    say(f"{what} …")
    begun = time.monotonic()
    try:
        yield
    finally:
        say(f"{what}: {time.monotonic() - begun:.0f} s")


def until(what: str, condition: Callable[[], Any], *, within: float = 60) -> Any:
    """Poll until something holds, and give it; fails at the deadline and names `what` was waited for."""
    deadline = time.monotonic() + within
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {within:g} s: {what}"
        time.sleep(0.2)
    return found
