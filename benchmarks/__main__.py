"""`python -m benchmarks [NAME…]`: measure all, or some."""

import asyncio
import logging
import os
import sys
import tempfile
from pathlib import Path

import structlog

from benchmarks import (
    adapter,
    day,
    desk,
    exchange,
    fleet,
    ledger,
    memory,
    pipeline,
    requests,
    restart,
    service,
    signals,
    stream,
)

ALL = {
    "desk": desk.measure,
    "exchange": exchange.measure,
    "adapter": adapter.measure,
    "day": day.measure,
    "ledger": ledger.measure,
    "pipeline": pipeline.measure,
    "memory": memory.measure,
    "restart": restart.measure,
    "fleet": fleet.measure,
    "signals": signals.measure,
    "service": service.measure,
    "stream": stream.measure,
    "requests": requests.measure,
}


def main() -> int:
    """Print each figure as it comes."""
    names = sys.argv[1:] or list(ALL)
    unknown = [name for name in names if name not in ALL]
    if unknown:
        print(f"error: no benchmark is called {', '.join(unknown)}: there are {', '.join(ALL)}", file=sys.stderr)
        return 2
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {sys.version.split()[0]}")
    for name in names:
        print(name, flush=True)
        with tempfile.TemporaryDirectory(prefix="tradepods-bench-") as folder:
            for figure in asyncio.run(ALL[name](Path(folder))):
                print(figure, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
