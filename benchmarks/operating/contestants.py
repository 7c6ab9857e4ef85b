"""The two operators as processes: how they are started, and what the kernel says of them."""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import yaml

from benchmarks.operating.place import RELEASE, Place, computed
from support.operated import policy
from support.people import NAMESPACE
from tradepods_core.errors import Permanent

Name = Literal["tradepods", "plain kopf"]
OURS: Name = "tradepods"
NAMES: tuple[Name, ...] = (OURS, "plain kopf")
RESYNC, SOON = 600, 30  # seconds between two looks at everything: by default, and where such a look is measured
ENDS_WITHIN = 20.0  # seconds
PLAIN = Path(__file__).with_name("plain.py")


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A process."""

    process: "subprocess.Popen[bytes]"
    log: Path

    @property
    def cpu(self) -> float:
        """Seconds that it has computed; raises Permanent where it has ended."""
        return computed(self._proc("stat"))

    @property
    def rss(self) -> float:
        """MiB."""
        return int(self._proc("statm").split()[1]) * resource.getpagesize() / 2**20

    @property
    def peak(self) -> float:
        """MiB, the most so far."""
        line = next(line for line in self._proc("status").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 2**10

    def wrote(self, text: str) -> int:
        """How often it has logged it."""
        return self.log.read_text("utf-8").count(text)

    def check(self) -> None:
        """Raises Permanent where it has ended."""
        if self.process.poll() is not None:
            end = "\n".join(self.log.read_text("utf-8").splitlines()[-5:])
            raise Permanent(f"the operator has ended with {self.process.returncode}: {end}")

    def _proc(self, name: str) -> str:
        self.check()
        return Path(f"/proc/{self.process.pid}/{name}").read_text("ascii")


@contextmanager
def started(name: Name, place: Place, folder: Path, *, signals: str, resync: int = RESYNC) -> Iterator[Running]:
    """One of them until the end of the block."""
    log = folder / f"{name.replace(' ', '-')}.log"
    command = _ours(folder, signals, resync) if name == OURS else _plain()
    environment = {**os.environ, "KUBECONFIG": str(place.kubeconfig)}
    with log.open("wb") as output:
        arguments = [sys.executable, *command]
        process = subprocess.Popen(arguments, stdout=output, stderr=output, env=environment)  # noqa: S603 - our own
    try:
        yield Running(process=process, log=log)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(ENDS_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _ours(folder: Path, signals: str, resync: int) -> list[str]:
    file = folder / "policy.yaml"
    terms = policy(releaseNamespace=RELEASE, signals={"url": signals})
    file.write_text(yaml.safe_dump(json.loads(terms.model_dump_json(by_alias=True))), "utf-8")
    command = ["-m", "tradepods_operator", "--policy", str(file), "--namespace", NAMESPACE, "--identity", "bench"]
    return [*command, "--host", "127.0.0.1", "--port", "0", "--resync-seconds", str(resync)]


def _plain() -> list[str]:
    return ["-m", "kopf", "run", str(PLAIN), "--namespace", NAMESPACE, "--standalone"]
