"""Orders, quotes and moments for tests of the paper engine."""

from dataclasses import replace
from decimal import Decimal

from support.build import BTC, ETH, NOON, market
from tradepods_core.paper import engine
from tradepods_core.paper.account import Ended, Happening, PaperAccount, PaperKind, PaperOrder, Step, Traded
from tradepods_core.paper.quotes import Level, Moment, Quote
from tradepods_core.paper.refusals import Refusal

D = Decimal
MARKETS = {BTC: market(), ETH: market(ETH)}
RICH = PaperAccount(wallet=D(10_000), leverage={BTC: 10})


def order(quantity: str = "1", *, buys: bool = True, kind: PaperKind = "market", **changes: object) -> PaperOrder:
    """An order for BTC."""
    values = {"id": "a", "symbol": BTC, "buys": buys, "kind": kind, "quantity": D(quantity), "at": NOON}
    return PaperOrder(**values | changes)  # type: ignore[arg-type]  # a test writes the fields that matter


def limit(quantity: str = "1", price: str = "99", *, buys: bool = True, **changes: object) -> PaperOrder:
    """A limit order for BTC."""
    return order(quantity, buys=buys, kind="limit", **{"id": "limit", "limit": D(price), **changes})


def book(bids: str, asks: str, *, mark: str = "100") -> Quote:
    """Levels as `price x quantity`, best first, separated by blanks."""
    return Quote(mark=D(mark), last=D(mark), bids=_levels(bids), asks=_levels(asks))


def _levels(text: str) -> tuple[Level, ...]:
    pairs = (level.split("x") for level in text.split())
    return tuple(Level(D(price), D(quantity)) for price, quantity in pairs)


def moment(price: str = "100", quote: Quote | None = None) -> Moment:
    """BTC at a mark price, with a book or without end."""
    quotes = {} if quote is None else {BTC: quote}
    return Moment(prices={BTC: D(price)}, markets=MARKETS, at=NOON, quotes=quotes, bnb=D(600))


def place(account: PaperAccount, wanted: PaperOrder, at: Moment | None = None) -> Step | Refusal:
    """Place it."""
    return engine.place(account, wanted, moment=at or moment())


def placed(account: PaperAccount, wanted: PaperOrder, at: Moment | None = None) -> Step:
    """Place what is not refused."""
    step = place(account, wanted, at)
    assert isinstance(step, Step), step
    return step


def refusal(account: PaperAccount, wanted: PaperOrder, at: Moment | None = None) -> str:
    """Why it is refused."""
    step = place(account, wanted, at)
    assert isinstance(step, Refusal)
    return step.why


def moved(account: PaperAccount, at: Moment | str) -> Step:
    """The account after the market has moved."""
    return engine.advance(account, moment=moment(at) if isinstance(at, str) else at)


def trades(step: Step) -> list[tuple[Decimal, Decimal]]:
    """Price and quantity of each fill."""
    return [(h.price, h.quantity) for h in step.happened if isinstance(h, Traded)]


def ends(step: Step) -> list[str]:
    """How each order ended."""
    return [f"{h.order.id} {h.status}" for h in step.happened if isinstance(h, Ended)]


def names(happened: tuple[Happening, ...]) -> list[str]:
    """What happened, by its kind."""
    return [type(h).__name__ for h in happened]


def richer(account: PaperAccount, **changes: object) -> PaperAccount:
    """The account with some of it changed."""
    return replace(account, **changes)  # type: ignore[arg-type]  # a test gives the account's fields
