"""One exchange of ccxt, and nothing that only the others or synchronous requests need."""

import subprocess
import sys

SCRIPT = """
import sys
from tradepods_worker.adapters.venues.ccxt_loader import load_exchange
from tradepods_worker.adapters.venues.binanceusdm import setup
load_exchange(setup.CCXT_ID, parents=setup.CCXT_PARENTS)
names = set(sys.modules)
print(sorted(n for n in names if n.split('.')[0] in ('requests', 'urllib3', 'charset_normalizer')))
print(sorted(n for n in names if n.startswith('ccxt.pro.') and hasattr(sys.modules[n], '__file__')))
import requests
print(callable(requests.get))
"""


def test_a_worker_loads_one_exchange_and_no_library_for_synchronous_requests() -> None:
    """What a program imports itself afterwards is the real library."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines() == ["[]", "['ccxt.pro.binance', 'ccxt.pro.binanceusdm']", "True"]
