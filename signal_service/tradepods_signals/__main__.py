"""`python -m tradepods_signals`: the signal service as a process."""

import asyncio
import os
import resource
import sys

from tradepods_core.errors import Invalid, TradepodsError
from tradepods_signals import config, logs
from tradepods_signals.bootstrap import serve

CRASHED, INVALID, HOPELESS = 1, 2, 3  # exit codes: start it again; a person wrote something wrong; useless to try


def main() -> int:
    """Run; 0 after SIGTERM. One line on standard error says why it ends otherwise."""
    os.umask(0o077)  # what accounts are worth is their owners' alone
    _raise_files()
    options = config.parse()
    logs.configure(options.log_level)
    try:
        asyncio.run(serve.run(options))
    except Invalid as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - for the person who started it
        return INVALID
    except TradepodsError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - for the person who started it
        return HOPELESS
    except OSError as error:
        print(f"error: {error.filename or 'the system'}: {error.strerror or error}", file=sys.stderr)  # noqa: T201 - likewise
        return CRASHED
    return 0


def _raise_files() -> None:
    """As many open files as the system allows: each reader of the stream is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    sys.exit(main())
