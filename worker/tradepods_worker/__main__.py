"""`python -m tradepods_worker`: one account's worker as a process."""

import sys

from tradepods_worker.unneeded import absent

with absent("click", "rich"):  # with them httpx would be a command, and structlog would colour tracebacks
    from tradepods_worker.main import main

if __name__ == "__main__":
    sys.exit(main())
