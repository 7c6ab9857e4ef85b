"""What the exchange's routes find in their application."""

from collections import Counter

from aiohttp import web

from tradepods_simulator.exchange.faults import Faults
from tradepods_simulator.exchange.journal import Journal
from tradepods_simulator.exchange.limits import Limits
from tradepods_simulator.exchange.steps import Stepper
from tradepods_simulator.exchange.venue import Exchange

EXCHANGE = web.AppKey("exchange", Exchange)
STEPPER = web.AppKey("stepper", Stepper)
JOURNAL = web.AppKey("journal", Journal)
LIMITS: web.AppKey[Limits | None] = web.AppKey("limits", Limits)
FAULTS = web.AppKey("faults", Faults)
PUBLIC_REQUESTS: web.AppKey[Counter[str]] = web.AppKey("public_requests", Counter)
