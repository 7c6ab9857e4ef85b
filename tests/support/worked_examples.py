"""Figures that the venue printed, in its documents or in recorded answers: inputs exact, answers as printed.

A source is named by a document's title and the last part of its address, or by a repository's file. Where a figure was
read in a copy only, or an input is inferred, its comment says so.
"""

from dataclasses import dataclass
from fractions import Fraction

from support.reference_books import Bracket, Side, Trade

F = Fraction


@dataclass(frozen=True)
class Printed:
    """A number with the precision that it was printed in. Whether it was rounded or cut off is not known."""

    text: str

    def agrees(self, answer: Fraction | None) -> bool:
        unit = F(1, 10 ** len(self.text.partition(".")[2]))
        return answer is not None and abs(answer - F(self.text)) <= unit


@dataclass(frozen=True, kw_only=True)
class Contract:
    """A long, its mark price, and the bracket of the example, with the table that it was taken from."""

    quantity: Fraction
    entry: Fraction
    mark: Fraction
    ratio: Fraction
    amount: Fraction
    brackets: tuple[Bracket, ...]


@dataclass(frozen=True, kw_only=True)
class Liquidation:
    name: str
    wallet: Fraction  # cross or isolated
    others: Fraction  # -TMM1 + UPNL1
    held: Contract
    expected: Printed


@dataclass(frozen=True, kw_only=True)
class Amounts:
    name: str
    brackets: tuple[Bracket, ...]
    expected: str  # of each bracket in turn (`cum`), between blanks


@dataclass(frozen=True, kw_only=True)
class Profit:
    name: str
    quantity: Fraction
    entry: Fraction
    price: Fraction
    expected: Printed


@dataclass(frozen=True, kw_only=True)
class Requirement:
    name: str
    leverage: Fraction
    quantity: Fraction  # signed, one-way
    mark: Fraction
    orders: tuple[Trade, ...]
    expected: Printed


@dataclass(frozen=True, kw_only=True)
class Cost:
    order: Trade
    mark: Fraction
    leverage: Fraction
    expected_loss: Printed
    expected_cost: Printed | None  # None: not read


@dataclass(frozen=True, kw_only=True)
class Fee:
    name: str
    quantity: Fraction
    price: Fraction
    rate: Fraction
    expected: Printed


@dataclass(frozen=True, kw_only=True)
class Fill:
    trade: Trade
    realised: Printed
    wallet: Printed
    position: Fraction
    entry: Printed


@dataclass(frozen=True, kw_only=True)
class Recorded:
    name: str
    wallet: Fraction
    held: tuple[Trade, ...]  # stands for what was held before
    fills: tuple[Fill, ...]


@dataclass(frozen=True, kw_only=True)
class IsolatedOpening:
    leverage: Fraction
    mark: Fraction
    expected_cross: Printed
    expected_isolated: Printed
    expected_unrealised: Printed


@dataclass(frozen=True, kw_only=True)
class IsolatedPosition:
    brackets: tuple[Bracket, ...]
    leverage: Fraction
    quantity: Fraction
    entry: Fraction
    mark: Fraction
    expected_margin: Printed
    expected_maintenance: Printed
    expected_unrealised: Printed


def table(rows: str) -> tuple[Bracket, ...]:
    """Rows of notional cap, leverage and maintenance in percent, between commas."""
    cells = [row.split() for row in rows.split(",")]
    return tuple(Bracket(F(cap), int(leverage), F(ratio) / 100) for cap, leverage, ratio in cells)


def order(side: Side, quantity: str, price: str, commission: str = "0") -> Trade:
    """A trade, or an order at its limit price, of the one symbol that an example has."""
    return Trade("ONE", side, F(quantity), F(price), commission=F(commission))


def fill(trade: Trade, answers: str) -> Fill:
    """Answers in a row: realised profit, wallet, position, entry price."""
    realised, wallet, position, entry = answers.split()
    printed = {"realised": Printed(realised), "wallet": Printed(wallet), "entry": Printed(entry)}
    return Fill(trade=trade, position=F(position), **printed)


# BTCUSDT caps, leverages, ratios: "Updates to Leverage and Margin Tiers of Binance Futures Contracts (2021-03-18)",
# support announcement 86cf9aa472574b8cb2e05bb751c2a9a6. Amounts: gist highfestiva/b71e76f51eed84d56c1be8ebbcc286b5,
# from the venue's page; 50 and 1,300 also in the document on liquidation prices below.
BTC_2021 = table(
    "50000 125 0.4, 250000 100 0.5, 1000000 50 1, 10000000 20 2.5, 20000000 10 5, 50000000 5 10, 100000000 4 12.5,"
    "200000000 3 15, 300000000 2 25, 500000000 1 50"
)
# BTCUSDT before: gist materemias/3c9c6c29277c5ed4ce14d12c723560ba (ratios, amounts). ETHUSDT: gist
# crackcomm/e29582030d9eeac6c6124a7503cd0ac2 (ratios, amounts). Leverages and the last caps of both are placeholders.
BTC_2020 = table(
    "50000 125 0.4, 250000 100 0.5, 1000000 50 1, 5000000 20 2.5, 10000000 10 5, 20000000 5 10, 35000000 4 12.5,"
    "50000000 3 15, 1000000000 1 25"
)
ETH_2021 = table(
    "10000 100 0.5, 100000 75 0.65, 500000 50 1, 1000000 25 2, 2000000 10 5, 5000000 5 10, 10000000 4 12.5,"
    "20000000 3 15, 5000000000 2 25"
)
# ZECUSDT: the venue's leverage brackets in freqtrade/freqtrade tests/exchange/test_binance.py.
ZEC = table("50000 50 1, 150000 20 2.5, 250000 10 5, 500000 5 10, 1000000 4 12.5, 2000000 2 25, 30000000 1 50")
BTC_CUM = "0 50 1300 16300 266300 1266300 2516300 5016300 25016300 100016300"
BTC_OLD = "0 50 1300 16300 141300 641300 1141300 2016300 7016300"
ETH_CUM = "0 15 365 5365 35365 135365 260365 510365 2510365"
AMOUNTS = (
    Amounts(name="BTCUSDT 2021", brackets=BTC_2021, expected=BTC_CUM),
    Amounts(name="BTCUSDT 2020", brackets=BTC_2020, expected=BTC_OLD),
    Amounts(name="ETHUSDT 2021", brackets=ETH_2021, expected=ETH_CUM),
    Amounts(name="ZECUSDT 2022", brackets=ZEC, expected="0 750 4500 17000 29500 154500 654500"),
)

# "How to Calculate Liquidation Price of USDⓈ-M Futures Contracts", support FAQ b3c689c1f50a44cabb3a84e663b81d93. Its
# terms and notes were read. Its example is a picture, and was read in copies: inputs and answers in freqtrade/freqtrade
# tests/exchange/test_binance.py, the two maintenance margins in a page that quotes the document.
WALLET = F("1535443.01")
ETH = Contract(
    quantity=F("3683.979"), entry=F("1456.84"), mark=F("1335.18"), ratio=F("0.10"), amount=F(135_365), brackets=ETH_2021
)
BTC = Contract(
    quantity=F("109.488"),
    entry=F("32481.98"),
    mark=F("31967.27"),
    ratio=F("0.025"),
    amount=F(16_300),
    brackets=BTC_2021,
)
# Recorded: an answer of the position risk endpoint in a public script that closes it (no path in the index). The ratio
# is inferred: 0.5 %, that of a smallest bracket, gives the printed price.
SMALL, PAID = table("10000 75 0.5"), F("0.1066545918361")
DOGE = Contract(quantity=F(5923), entry=PAID, mark=F("0.10723"), ratio=F("0.005"), amount=F(0), brackets=SMALL)
DOGE_WALLET = F("108.48734857")
BESIDE_BTC, BESIDE_ETH = -F("71200.81144") + F("-56354.57"), -F("356512.508") + F("-448192.89")
LIQUIDATIONS = (
    Liquidation(name="isolated ETH", wallet=WALLET, others=F(0), held=ETH, expected=Printed("1114.78")),
    Liquidation(name="isolated BTC", wallet=WALLET, others=F(0), held=BTC, expected=Printed("18778.73")),
    Liquidation(name="cross ETH", wallet=WALLET, others=BESIDE_BTC, held=ETH, expected=Printed("1153.26")),
    Liquidation(name="cross BTC", wallet=WALLET, others=BESIDE_ETH, held=BTC, expected=Printed("26316.89")),
    Liquidation(name="isolated DOGE", wallet=DOGE_WALLET, others=F(0), held=DOGE, expected=Printed("0.08878222")),
)
MAINTENANCES = ((ETH, Printed("356512.508")), (BTC, Printed("71200.81144")))
# The same example's unrealised profits, and the two tables of "A Beginner's Guide to Futures Trading", support
# announcement 360039304272.
PROFITS = (
    Profit(name="ETH", quantity=ETH.quantity, entry=ETH.entry, price=ETH.mark, expected=Printed("-448192.89")),
    Profit(name="BTC", quantity=BTC.quantity, entry=BTC.entry, price=BTC.mark, expected=Printed("-56354.57")),
    Profit(name="guide's long", quantity=F(1), entry=F(5000), price=F(5500), expected=Printed("500")),
    Profit(name="guide's short", quantity=F(-1), entry=F(5000), price=F(4500), expected=Printed("500")),
)

# "How to Calculate the Margin Requirement on Binance Futures Trading", support FAQ 4f83b65d83654b5e933f85ef12bf769d.
# Then metacodi/binance test/results/exemple-7-futures-buy-2sell-limit.ts: the venue printed the notional of all asks
# ("a"), which at leverage 1 without a position is the requirement.
ASKS = (order("SELL", "0.15", "396.8"), order("SELL", "0.12", "396.8"))
BOTH = (order("BUY", "0.1", "19000"), order("SELL", "0.1", "22000"))
HALF = F("0.5")
REQUIREMENTS = (
    Requirement(name="both", leverage=F(2), quantity=HALF, mark=F(20_000), orders=BOTH, expected=Printed("5950")),
    Requirement(name="ask", leverage=F(1), quantity=F(0), mark=F(395), orders=ASKS[:1], expected=Printed("59.52")),
    Requirement(name="asks", leverage=F(1), quantity=F(0), mark=F(395), orders=ASKS, expected=Printed("107.136")),
)

# "How to Calculate Cost Required to Open a Position in Perpetual Futures Contracts", support FAQ
# 87fa7ee33b574f7084d42bd2ce2e463b, as of 2024-11 (newer: another price for shorts). The stored text ends before the
# short's sum.
BUY, SELL, AT = order("BUY", "1", "9253.30"), order("SELL", "1", "9253.30"), F("9259.84")
COSTS = (
    Cost(order=BUY, mark=AT, leverage=F(20), expected_loss=Printed("0"), expected_cost=Printed("462.66")),
    Cost(order=SELL, mark=AT, leverage=F(20), expected_loss=Printed("6.54"), expected_cost=None),
)

# "Binance Futures Fee Structure & Fee Calculations", support FAQ 360033544231. Then commissions recorded in
# metacodi/binance test/results/exemple-10-75_leverage.ts and exemple-7-futures-buy-2sell-limit.ts.
FEES = (
    Fee(name="taker", quantity=F(1), price=F(10_104), rate=F("0.0005"), expected=Printed("5.052")),
    Fee(name="maker", quantity=F(1), price=F(11_104), rate=F("0.0002"), expected=Printed("2.2208")),
    Fee(name="recorded taker", quantity=F("1.43"), price=F("382.93"), rate=F("0.0004"), expected=Printed("0.21903596")),
    Fee(name="recorded maker", quantity=F("0.15"), price=F("396.8"), rate=F("0.0002"), expected=Printed("0.011904")),
)

# metacodi/binance test/results/exemple-10-75_leverage.ts: BNBUSDT, cross. The wallet before is the first printed and
# its commission; 0.594 is the difference of two printed accumulated profits.
SHORTS = Recorded(
    name="a short extended and closed, a short closed in three",
    wallet=F("7.23471529") + F("0.21903596"),
    held=(),
    fills=(
        fill(order("SELL", "1.43", "382.93", "0.21903596"), "0 7.23471529 -1.43 382.93"),
        fill(order("SELL", "0.27", "381.74", "0.04122792"), "0 7.19348737 -1.7 382.741"),
        fill(order("BUY", "1.7", "379.91", "0.25833879"), "4.8127 11.74784858 0 0"),
        fill(order("SELL", "2.3", "379.66", "0.3492872"), "0 11.39856138 -2.3 379.66"),
        fill(order("BUY", "1.18", "379.1", "0.1789352"), "0.6608 11.88042618 -1.12 379.66"),
        fill(order("BUY", "0.02", "379.1", "0.0030328"), "0.0112 11.88859338 -1.1 379.66"),
        fill(order("BUY", "1.1", "379.12", "0.1668128"), "0.594 12.31578058 0 0"),
    ),
)
# metacodi/binance test/results/exemple-7-futures-buy-2sell-limit.ts: BNBUSDT, cross. What was held before is inferred:
# 395.70 is the one price of two decimals that gives the printed average. The venue's profit ends in 29999 (we: 0.2593).
FLIP = Recorded(
    name="a long extended, flipped to a short, extended",
    wallet=F("27.99633953") + F("0.02053427"),
    held=(order("BUY", "0.01", "395.70"),),
    fills=(
        fill(order("BUY", "0.13", "394.89", "0.02053427"), "0 27.99633953 0.14 394.94786"),
        fill(order("SELL", "0.15", "396.8", "0.011904"), "0.25929999 28.24373552 -0.01 396.8"),
        fill(order("SELL", "0.12", "396.8", "0.0095232"), "0 28.23421232 -0.13 396.8"),
    ),
)
# Recorded: a stream of 2021-06-04 in a public bot for TRXUSDT, isolated (no path in the index).
ISOLATED = Recorded(
    name="an isolated short opened and stopped",
    wallet=F("316.19421294") + F("0.00454439"),
    held=(),
    fills=(
        fill(order("SELL", "150", "0.07574", "0.00454439"), "0 316.19421294 -150 0.07574"),
        fill(order("BUY", "150", "0.07600", "0.00456000"), "-0.03900000 316.15065294 0 0"),
    ),
)
RECORDED = (SHORTS, FLIP, ISOLATED)
# After its first fill. Inferred: the mark price from the unrealised profit, the leverage from the isolated wallet. That
# wallet is mark notional / leverage less the commission, to the last decimal, and not the trade's notional / leverage.
ISOLATED_OPENING = IsolatedOpening(
    leverage=F(1), mark=F("0.07574") + F("0.00501150") / 150, expected_cross=Printed("304.83274584"),
    expected_isolated=Printed("11.36146710"), expected_unrealised=Printed("-0.00501150"),
)  # fmt: skip
# Recorded: an answer of the account endpoint in a public repository's pro/jiaoyi/bn/model/trade/AccountPosition.java,
# BTCUSDT, isolated. The mark price is the printed notional over the quantity, the bracket the smallest of BTC_2021.
ISOLATED_POSITION = IsolatedPosition(
    brackets=BTC_2021, leverage=F(10), quantity=F("0.022"), entry=F("29656.95454545"),
    mark=F("582.28121559") / F("0.022"), expected_margin=Printed("58.22812155"),
    expected_maintenance=Printed("2.32912486"), expected_unrealised=Printed("-70.17178440"),
)  # fmt: skip
