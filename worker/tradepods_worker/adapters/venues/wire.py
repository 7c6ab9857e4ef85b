"""The requests of one account, through ccxt: counted before they leave, signed, and judged by what comes back.

ccxt's own judgement of answers is not used: it depends on the address that was asked, and does not tell the status.
Its exceptions say only that there was no answer; they end here.
"""

import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import structlog

from tradepods_core.book.intents import Outcome, Rejected, Throttled, Unknown
from tradepods_core.errors import Temporary
from tradepods_core.settings.proxy import Proxy
from tradepods_core.times import from_ms
from tradepods_worker.adapters.venues import proxied
from tradepods_worker.adapters.venues.binanceusdm import account, errors, orders
from tradepods_worker.adapters.venues.binanceusdm.errors import Refused, StreamExpired
from tradepods_worker.adapters.venues.binanceusdm.orders import Call
from tradepods_worker.adapters.venues.budget import Budget, Kind
from tradepods_worker.adapters.venues.meter import Ticket
from tradepods_worker.adapters.venues.turns import Turns
from tradepods_worker.adapters.venues.venue_clock import VenueClock
from tradepods_worker.ports import Clock, CredentialsRefused

WINDOW_MS = 2_500  # recvWindow
REFUSED_FROM = 400  # HTTP status
ASK_KEYS_AGAIN = 30.0  # seconds: a person has to do something first
log = structlog.get_logger()


class Wire:
    """Sends calls. `ccxt` is one exchange of ccxt, `ccxt_errors` its module of exceptions; `proxy` is on their way."""

    def __init__(self, *, ccxt: Any, ccxt_errors: Any, wall: Clock, proxy: Proxy | None = None) -> None:
        self._ccxt, self._wall = ccxt, wall
        self._unanswered = (ccxt_errors.BaseError, *proxied.failures(proxy))
        self._silence = "the exchange does not answer" if proxy is None else "the exchange's proxy does not answer"
        self._headers: Mapping[str, str] = {}
        self.budget = Budget()
        self.turns = Turns(budget=self.budget, clock=wall)
        self.clock = VenueClock(ask=self._time, wall=wall)
        ccxt.handle_errors = self._judge

    def limited_until(self) -> datetime | None:
        """Until when the venue refuses our address."""
        return self.budget.refused_until(now=self._wall.now())

    async def order(self, call: Call, kind: Kind, *, given: Ticket | None, signed_at: datetime) -> Outcome:
        """Send what changes something; `given` where its turn has come before."""
        if given is None:
            await self.be_on_time()
        limited = self.limited_until()
        ticket = limited or given or self.turns.take(kind, weight=call.weight, orders=call.orders)
        if isinstance(ticket, datetime):
            if given is not None:
                self.budget.end(given, {}, now=self._wall.now())
            return Throttled(until=ticket)
        try:
            answer = await self._send(call, ticket, signed_at)
            with errors.readable():
                return orders.answered(answer, call)
        except Refused as refused:
            return self._outcome(refused)
        except self._unanswered as error:
            return Unknown(why=type(error).__name__)
        except Temporary as error:
            return Unknown(why=str(error))

    async def ask(self, call: Call, kind: Kind = Kind.QUESTION) -> Any:
        """A question that changes nothing; raises Temporary, CredentialsRefused for wrong keys."""
        answer = await self._asked(call, kind)
        if not isinstance(answer, Mapping | list):
            raise Temporary("the exchange's answer is not readable")
        return answer

    async def listen(self, call: Call) -> Any:
        """What the private stream lives by: without it no fill is heard of. Raises as `ask` does."""
        return await self.ask(call, Kind.LOOK_UP)

    async def look_up(self, call: Call, kind: Kind) -> Mapping[str, Any] | None:
        """A question about one order; None where the venue does not have it. Raises as `ask` does."""
        try:
            answer = await self._asked(call, kind)
        except _NotThere:
            return None
        if not isinstance(answer, Mapping):
            raise Temporary("the exchange's answer is not readable")
        return answer

    def check_reading(self) -> None:
        """Raise Temporary while readings of the whole account have to wait."""
        now = self._wall.now()
        until = self.budget.closed_until(Kind.READING, weight=0, orders=0, now=now)
        if until is not None:
            raise _limited(until - now)

    async def _asked(self, call: Call, kind: Kind) -> Any:
        if call.signed:
            await self.be_on_time()
        ticket = self.turns.take(kind, weight=call.weight, orders=call.orders)
        if isinstance(ticket, datetime):
            raise _limited(ticket - self._wall.now())
        try:
            return await self._send(call, ticket, self._wall.now())
        except Refused as refused:
            raise self._trouble(refused) from refused
        except self._unanswered as error:
            raise Temporary(f"{self._silence}: {type(error).__name__}") from error

    async def _time(self) -> datetime:
        answer = await self.ask(account.TIME, Kind.LOOK_UP)
        with errors.readable():
            return from_ms(int(answer["serverTime"]))

    async def be_on_time(self) -> None:
        """Before something is signed, and before it is counted: the question takes time, and may bring a limit."""
        if self.clock.doubted:
            with contextlib.suppress(Temporary):
                await self.clock.measure()

    async def _send(self, call: Call, ticket: Ticket, signed_at: datetime) -> Any:
        signing = {"timestamp": self.clock.stamp(signed_at), "recvWindow": WINDOW_MS} if call.signed else {}
        headers: Mapping[str, str] = {}
        try:
            answer = await getattr(self._ccxt, call.method)({**call.params, **signing})
            headers = self._headers
        except Refused as refused:
            headers = refused.headers
            raise
        finally:
            self.budget.end(ticket, headers, now=self._wall.now())
        return answer

    def _judge(self, *answer: Any) -> None:
        """What ccxt calls with each answer, in the step in which the request's sender goes on: its headers are ours."""
        status, _, _, _, headers, text, body, *_ = answer
        self._headers = headers
        refused = isinstance(body, Mapping) and str(body.get("code", "")).startswith("-")
        if status >= REFUSED_FROM or refused:
            raise Refused(status=status, headers=headers, text=text or "")

    def _outcome(self, refused: Refused) -> Outcome:
        """What a refusal means; one that blames the time of the request has the clock measured before the next."""
        ruling = errors.ruling_of(refused, now=self._wall.now())
        if ruling.address_until is not None:
            log.warning("venue_refuses", status=refused.status, until=ruling.address_until.isoformat())
            self.budget.limit(ruling.address_until, now=self._wall.now())
        if ruling.orders_until is not None:
            self.budget.hold_orders(ruling.orders_until)
        if isinstance(ruling.outcome, Rejected) and ruling.outcome.code == "too_late":
            self.clock.doubted = True
        return ruling.outcome

    def _trouble(self, refused: Refused) -> Temporary:
        """What a refused question means for who asked it."""
        if errors.meaning_of(refused) == "stream_expired":
            return StreamExpired("the listen key has expired")
        match self._outcome(refused):
            case Rejected(code="credentials", message=message):
                said = "the exchange refuses the API key: check apiKey, apiSecret and the address it is bound to"
                return CredentialsRefused(f"{said} ({message})", after=ASK_KEYS_AGAIN)
            case Rejected(code="unknown_order", message=message):
                return _NotThere(message)
            case Rejected():
                return QuestionRefused(f"the exchange refuses: {refused.message}")
            case Throttled(until=until):
                return _limited(until - self._wall.now())
        return Temporary(f"the exchange refuses: {refused.message}")


class QuestionRefused(Temporary):
    """The venue does not answer this question, as of a symbol that it lists no more; others it does."""


class _NotThere(Temporary):
    """The venue does not have what it was asked for."""


def _limited(wait: timedelta) -> Temporary:
    return Temporary("the exchange's rate limit", after=max(wait.total_seconds(), 0.0))
