"""One exchange of ccxt, and nothing that only the others, synchronous requests or other keys need."""

import subprocess
import sys

SCRIPT = """
import sys
from tradepods_worker.adapters.venues.ccxt_loader import load_exchange
from tradepods_worker.adapters.venues.binanceusdm import setup
load_exchange(setup.CCXT_ID, secret="s", parents=setup.CCXT_PARENTS)
names = set(sys.modules)
print(sorted(n for n in names if n.split('.')[0] in ('requests', 'urllib3', 'charset_normalizer', 'cryptography')))
print(sorted(n for n in names if n.startswith('ccxt.pro.')))
import requests
print(callable(requests.get))
"""

SIGN = """
import base64, urllib.parse
from tradepods_worker.adapters.venues.ccxt_loader import load_exchange
from tradepods_worker.adapters.venues.binanceusdm import setup

def sign(secret):
    exchange = load_exchange(setup.CCXT_ID, secret=secret, parents=setup.CCXT_PARENTS).exchange(
        {"apiKey": "k", "secret": secret}
    )
    body = exchange.sign("order", ["fapiPrivate"], "POST", {"symbol": "BTCUSDT"})["body"]
    query, _, signature = body.partition("&signature=")
    return query, urllib.parse.unquote(signature)

print(len(sign("a shared secret")[1]))

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

key = ed25519.Ed25519PrivateKey.generate()
pem = key.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()
query, signature = sign(pem)
key.public_key().verify(base64.b64decode(signature), query.encode())
print("verified")
"""

ENDPOINTS = """
from tradepods_worker.adapters.venues.ccxt_loader import load_exchange
from tradepods_worker.adapters.venues.binanceusdm import setup
loaded = load_exchange(
    setup.CCXT_ID, secret="s", parents=setup.CCXT_PARENTS, products=setup.CCXT_PRODUCTS
).exchange
from ccxt.abstract.binance import ImplicitAPI as parents
from ccxt.abstract.binanceusdm import ImplicitAPI as own
written = [name for api in (parents, own) for name, value in vars(api).items() if type(value).__name__ == "Entry"]
print(len(written) == len(set(written)) > 500)
print(sorted({name[:4] for name in written}))
print(all(hasattr(loaded, name) for name in written), hasattr(loaded, "fapiPrivatePostAlgoOrder"))
"""


def run(script: str) -> list[str]:
    """What it prints in a process of its own."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_a_worker_loads_one_exchange_and_no_library_that_it_does_without() -> None:
    """What a program imports itself afterwards is the real library."""
    assert run(SCRIPT) == ["[]", "['ccxt.pro.binance', 'ccxt.pro.binanceusdm']", "True"]


def test_endpoints_are_kept_once_and_of_the_products_that_are_used() -> None:
    """The exchange has every one of them."""
    assert run(ENDPOINTS) == ["True", "['fapi', 'sapi']", "True True"]


def test_a_key_in_pem_signs_even_after_one_that_is_a_shared_secret() -> None:
    """An HMAC of SHA-256 has 64 hexadecimal digits; the other signature is verified by its public key."""
    assert run(SIGN) == ["64", "verified"]
