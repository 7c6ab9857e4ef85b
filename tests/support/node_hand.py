"""Signals to a container from outside, as the kernel sends them: its first process obeys no others."""

from support.node import Json, Node, until

NAME, NAMESPACE = "tradepods-e2e-hand", "default"
# Signals whatever runs in a container: its id is in the cgroup of each of its processes, whoever the runtime is.
SIGNAL = """
import os, pathlib, sys
number, container = int(sys.argv[1]), sys.argv[2]
hit = [int(p.parent.name) for p in pathlib.Path("/proc").glob("[0-9]*/cgroup") if container in p.read_text()]
for pid in hit:
    os.kill(pid, number)
sys.exit(not hit)
"""
# Holds a program of the node's still for a while, and lets it go by itself: nobody could ask for that through it.
FREEZE = """
import os, pathlib, signal, sys, time
program, seconds = sys.argv[1], float(sys.argv[2])
hit = [int(p.parent.name) for p in pathlib.Path("/proc").glob("[0-9]*/comm") if p.read_text().strip() == program]
if hit and os.fork() == 0:
    os.setsid()
    for descriptor in range(3):
        os.close(descriptor)
    time.sleep(1)
    for number in (signal.SIGSTOP, signal.SIGCONT):
        for pid in hit:
            os.kill(pid, number)
        time.sleep(seconds)
sys.exit(not hit)
"""
PYTHON = "/opt/tradepods/bin/python"


class Hand:
    """A privileged pod that sees the node's processes."""

    def __init__(self, node: Node, *, image: str) -> None:
        self._node = node
        root = {"privileged": True, "runAsUser": 0}
        container = {"name": NAME, "image": image, "command": [PYTHON, "-c", "import signal; signal.pause()"]}
        spec = {
            "hostPID": True,
            "terminationGracePeriodSeconds": 0,
            "containers": [{**container, "securityContext": root}],
        }
        node.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": NAME}, "spec": spec}, namespace=NAMESPACE)
        node.kubectl("wait", "--namespace", NAMESPACE, "--for=condition=Ready", f"pod/{NAME}", "--timeout=60s")

    def signal(self, number: int, pod: Json) -> None:
        """To all processes of a pod's only container."""
        (status,) = pod["status"]["containerStatuses"]
        container = status["containerID"].partition("://")[2]
        self._node.kubectl("exec", "--namespace", NAMESPACE, NAME, "--", PYTHON, "-c", SIGNAL, str(number), container)

    def freeze(self, program: str, *, seconds: float) -> bool:
        """Within a second, and for so many; whether the node has such a program."""
        asked = ("exec", "--namespace", NAMESPACE, NAME, "--", PYTHON, "-c", FREEZE, program, str(seconds))
        return self._node.try_kubectl(*asked).returncode == 0

    def remove(self) -> None:
        """It goes."""
        self._node.kubectl("delete", "pod", NAME, "--namespace", NAMESPACE)
        until("the hand is gone", lambda: self._node.try_kubectl("get", "pod", NAME).returncode)
