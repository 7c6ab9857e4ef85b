"""`python -m benchmarks.operating [--accounts N …]`: the operator at scale, beside one written the usual way."""

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.operating.contestants import NAMES, OURS, Name
from benchmarks.operating.place import opened
from benchmarks.operating.rounds import Result, Trial
from benchmarks.operating.table import table
from benchmarks.operating.verdict import broken
from tradepods_core.errors import TradepodsError

SIZES = [1_000, 5_000]
MOST = 10_000  # accounts that the nodes have room for
WITHIN = 900.0  # seconds


def main() -> int:
    """Print a table for each size, as it comes; 1 and one line where it failed, or our operator broke its word."""
    options = _options()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    print(f"{os.cpu_count()} cores for all of the cluster, {memory:.0f} GiB, Python {sys.version.split()[0]}")
    errors: list[str] = []
    try:
        for count in options.accounts:
            found = {name: _tried(name, count, within=options.within) for name in options.only}
            print("\n".join(("", *table(count, found))), flush=True)
            errors += broken(count, found[OURS]) if OURS in found else ()
    except TradepodsError as error:
        errors.append(str(error))
    if errors:
        print(f"error: {'; '.join(errors)}", file=sys.stderr)
        return 1
    return 0


def _tried(name: Name, count: int, *, within: float) -> Result:
    """Each has a cluster of its own: what the one left would slow the other down."""
    with tempfile.TemporaryDirectory(prefix="tradepods-bench-") as made, opened(Path(made)) as place:
        return Trial(name, count, place=place, folder=Path(made), within=within).run()


def _options(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.operating", description=__doc__)
    parser.add_argument("--accounts", type=_count, nargs="+", default=SIZES, help="sizes of the fleet")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, help="which operator")
    parser.add_argument("--within", type=float, default=WITHIN, help="seconds that one part may take")
    return parser.parse_args(arguments)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise argparse.ArgumentTypeError(f"{text} is no number of accounts: write 1 to {MOST:,}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
