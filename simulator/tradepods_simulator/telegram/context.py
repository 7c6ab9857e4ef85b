"""What the API's routes find in their application."""

from aiohttp import web

from tradepods_simulator.telegram.bots import Bot
from tradepods_simulator.telegram.faults import BotFaults
from tradepods_simulator.telegram.state import Telegram

TELEGRAM = web.AppKey("telegram", Telegram)
FAULTS = web.AppKey("faults", BotFaults)
BOTS: web.AppKey[dict[str, Bot]] = web.AppKey("bots", dict)  # by token: only the door looks into it
