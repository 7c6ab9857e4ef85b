"""`python -m tradepods_operator`: the operator as a process."""

import asyncio
import signal
import sys

from tradepods_core.errors import Invalid, Temporary, TradepodsError
from tradepods_operator import bootstrap, config, logs

INVALID, HOPELESS = 2, 3  # exit codes: a person wrote something wrong; useless to try again


def main() -> int:
    """Run; 0 after SIGTERM. One line on standard error says why it ends otherwise."""
    options = config.parse()
    logs.configure(options.log_level)
    try:
        policy = config.read_policy(options.policy)
        asyncio.run(_run(bootstrap.Operator(options, policy)))
    except Invalid as error:
        print(f"error: {options.policy}: {error}", file=sys.stderr)  # noqa: T201 - for the person who started it
        return INVALID
    except Temporary as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - for the person who started it
        return bootstrap.LOST
    except TradepodsError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - for the person who started it
        return HOPELESS
    return 0


async def _run(operator: bootstrap.Operator) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await operator.run(stop=stop)


if __name__ == "__main__":
    sys.exit(main())
