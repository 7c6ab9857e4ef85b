"""Networks as people write them: `10.0.0.1/8` means the network that the address is in, 10.0.0.0/8.

An API server takes it so and warns, one of a later version may refuse it, and would then refuse every worker's policy.
"""

from ipaddress import ip_network
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, IPvAnyNetwork

Json = dict[str, Any]


def whole(written: Any) -> Any:
    """The network that an address is in; what is none stays as it is, for whoever refuses it to name."""
    if not isinstance(written, str):
        return written
    try:
        return str(ip_network(written, strict=False))
    except ValueError:
        return written


def _settled(part: Any) -> Any:
    """Part of a NetworkPolicy, its blocks of addresses whole."""
    if isinstance(part, list | tuple):
        return type(part)(map(_settled, part))
    if not isinstance(part, dict):
        return part
    return {name: _blocked(inner) if name == "ipBlock" else _settled(inner) for name, inner in part.items()}


def _blocked(block: Any) -> Any:
    if not isinstance(block, dict):
        return block
    return {name: [*map(whole, part)] if isinstance(part, list) else whole(part) for name, part in block.items()}


Network = Annotated[IPvAnyNetwork, BeforeValidator(whole)]
Rules = Annotated[tuple[Json, ...], AfterValidator(_settled)]  # or peers, as a NetworkPolicy has them
