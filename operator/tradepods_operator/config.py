"""The operator's command line, and the file with what holds for every account."""

import argparse
import os
import socket
from pathlib import Path

import yaml

from tradepods_core.errors import Permanent
from tradepods_core.reading import read_model, unreadable
from tradepods_operator.engine.policy import Policy


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; argparse itself exits with 2 and a message where it can't."""
    parser = argparse.ArgumentParser(
        prog="python -m tradepods_operator", description="Turn TradingAccounts into workers, and say how they stand."
    )
    parser.add_argument("--policy", type=Path, required=True, help="YAML file: images, endpoints, caps, rollouts")
    parser.add_argument(
        "--namespace",
        action="append",
        default=[],
        help="where accounts are; repeatable, and everywhere if left out",
    )
    parser.add_argument("--signals-token", type=Path, help="file with a reader's token for the signal service")
    parser.add_argument("--signals-ca", type=Path, help="PEM file of who vouches for it, where that is nobody public")
    parser.add_argument("--lease", default="tradepods-operator", help="name of the Lease in the release namespace")
    parser.add_argument(
        "--identity", default=os.environ.get("HOSTNAME") or socket.gethostname(), help="of this replica, in the Lease"
    )
    parser.add_argument("--resync-seconds", type=float, default=600.0, help="between two looks at everything")
    parser.add_argument("--host", default="0.0.0.0", help="of /healthz, /readyz and /metrics")  # noqa: S104 - a pod's own
    parser.add_argument("--port", type=int, default=8081, help="likewise")
    parser.add_argument("--log-level", default="info", choices=["debug", "info", "warning", "error"])
    return parser.parse_args(arguments)


def read_policy(file: Path) -> Policy:
    """What holds for every account; raises Invalid with every problem, Permanent where there is no file."""
    try:
        document = yaml.safe_load(file.read_text("utf-8"))
    except OSError as error:
        raise Permanent(f"can't read the policy {file}: {error.strerror}") from None
    except yaml.MarkedYAMLError as error:
        raise unreadable(line=error.problem_mark.line + 1 if error.problem_mark else None) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise unreadable(line=None) from None
    return read_model(Policy, document, root="policy")
