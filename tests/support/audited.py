"""The operator's requests, as the API server writes them down: the same count for whichever operator it is."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})
REFUSED_FROM = 400
LEASES = "leases"  # leadership, not accounts


@dataclass(slots=True)
class Tally:
    """Requests from some moment on.

    Attributes:
        written: names of the objects that were written, by plural; a status is none of them.

    """

    reads: Counter[str] = field(default_factory=Counter)
    writes: Counter[str] = field(default_factory=Counter)
    written: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


class Audit:
    """Follows the file.

    Args:
        agent: whose requests count, by how the program names itself; "" for everybody's.
        about: a part of the names of the objects that count, beside lists, which have none.

    """

    def __init__(self, file: Path, *, agent: str = "", about: str = "") -> None:
        self._file, self._agent, self._about, self._offset = file, agent, about, 0
        self.tally = Tally()

    def begin(self) -> None:
        """Count from now on."""
        self.read()
        self.tally = Tally()

    def read(self) -> bool:
        """Take on what is new; whether anything of an account was written."""
        if not self._file.exists():
            return False
        before = self.tally.writes.total()
        with self._file.open("rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self._offset += len(line)
                self._count(json.loads(line))
        return self.tally.writes.total() > before

    def _count(self, event: dict[str, object]) -> None:
        about, verb = event.get("objectRef"), str(event["verb"])
        if not isinstance(about, dict) or about.get("resource") == LEASES or verb == "watch":
            return
        if self._agent not in str(event.get("userAgent", "")) or self._about not in str(about.get("name", self._about)):
            return
        what = "/".join(filter(None, (about.get("resource"), about.get("subresource"))))
        if verb not in WRITES:
            self.tally.reads[what] += 1
            return
        self.tally.writes[what] += 1
        answer = event.get("responseStatus")
        if isinstance(answer, dict) and int(answer.get("code", 0)) < REFUSED_FROM:
            self.tally.written[what].add(str(about.get("name", "")))
