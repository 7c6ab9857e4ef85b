"""`python -m tradepods_worker`: one account's worker as a process."""

import sys

from tradepods_worker.unneeded import absent

# With click and rich httpx would be a command, and structlog would colour tracebacks; with trio httpcore would bring a
# second event loop, 3 MiB of it.
with absent("click", "rich", "trio"):
    import httpcore  # noqa: F401 - httpx loads it later, with its first client

    from tradepods_worker.main import main

if __name__ == "__main__":
    sys.exit(main())
