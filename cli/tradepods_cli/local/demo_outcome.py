"""What came of a day: each account's ledger beside its venue's books, the report, the pictures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradepods_cli.local import comparison, history, pictures, report, venue_books
from tradepods_cli.local.client import Client
from tradepods_cli.local.comparison import VenueBooks
from tradepods_cli.local.demo_people import described
from tradepods_cli.local.demo_prices import prices
from tradepods_cli.local.layout import Layout
from tradepods_cli.manifests import Account
from tradepods_core.book.facts import Fact
from tradepods_core.settings.account import AccountSpec
from tradepods_core.wire.fleet import Digest

Json = dict[str, Any]
REPEATED = "perhaps a repeat)"  # a message of whose first attempt nothing was heard comes again, and says so


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An account's day as its ledger, its venue and its bot tell it."""

    digest: Digest
    facts: Sequence[Fact]
    books: VenueBooks
    notifications: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The accounts' part of the report, and what there is to draw of them."""

    entries: list[Json]
    portraits: list[pictures.Portrait]

    def report(self, *, expected: int) -> Json:
        """The accounts, all together, and what does not hold of so many."""
        return {
            "accounts": self.entries,
            "total": report.total(self.entries),
            "broken": comparison.broken(self.entries, expected=expected),
        }


class Examiner:
    """Looks at what stopped workers have left, and asks the simulators what they know."""

    def __init__(self, *, client: Client, layout: Layout, exchange: str, telegram: str) -> None:
        self._client, self._layout = client, layout
        self._exchange, self._telegram = exchange, telegram

    async def examine(self, digests: Iterable[Digest], accounts: Iterable[Account], *, market: Json) -> Outcome:
        """All accounts, by name."""
        specs = {account.name: account.spec for account in accounts}
        ordered = sorted(digests, key=lambda digest: digest.name)
        told = [await self._told(digest, specs[digest.name]) for digest in ordered]
        traded = {symbol for one in told for symbol in history.symbols(one.facts)}
        asked = traded or market["names"][:1]  # moments to draw there are even where nobody has traded
        costs = await prices(self._client, self._exchange, symbols=asked, market=market)
        portraits = [_portrait(one, costs, says=described(specs[one.digest.name])) for one in told]
        entries = [
            report.account(one.digest, one.facts, one.books, points=portrait.points, notifications=one.notifications)
            for one, portrait in zip(told, portraits, strict=True)
        ]
        return Outcome(entries=entries, portraits=portraits)

    async def settled(self, digests: Sequence[Digest], *, expected: int) -> bool:
        """Whether every worker holds what the exchange says that it holds."""
        if len(digests) < expected:
            return False
        live = [digest for digest in digests if not digest.heartbeat.dry_run]
        return all([_holds(digest, await self._books(digest.name)) for digest in live])

    async def _told(self, digest: Digest, spec: AccountSpec) -> Told:
        home = self._layout.home / "accounts" / digest.namespace / digest.name
        facts, ledger = await venue_books.facts_of(home, "paper" if digest.heartbeat.dry_run else "live")
        try:
            if digest.heartbeat.dry_run:
                books = await venue_books.of_paper(ledger, digest, balance=spec.paper.balance)
            else:
                books = venue_books.of_simulator(await self._books(digest.name))
        finally:
            await ledger.close()
        said = await self._client.json(f"{self._telegram}/admin/transcript?bot={digest.name}")
        told = sum(not message.get("text", "").endswith(REPEATED) for message in said)
        return Told(digest=digest, facts=facts, books=books, notifications=told)

    async def _books(self, name: str) -> Json:
        """A live account's books at the exchange."""
        found: Json = await self._client.json(f"{self._exchange}/admin/accounts/{name}")
        return found


def _holds(digest: Digest, books: Json) -> bool:
    """Whether a worker's open positions are those of the exchange, and each has its stop."""
    positions = digest.heartbeat.positions
    ours = sorted((p.symbol, p.quantity if p.side == "long" else -p.quantity) for p in positions)
    theirs = sorted((key.partition(" ")[0], Decimal(held["quantity"])) for key, held in books["positions"].items())
    return ours == theirs and all(position.protected for position in positions)


def _portrait(told: Told, costs: history.Prices, *, says: str) -> pictures.Portrait:
    return pictures.Portrait(
        name=told.digest.name,
        says=says,
        dry_run=told.digest.heartbeat.dry_run,
        points=history.curve(told.facts, costs),
        openings=history.openings(told.facts),
        trades=history.trades(told.facts),
    )
