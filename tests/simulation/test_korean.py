"""A whole worker that speaks Korean: what its owner reads on the Bot API simulator, typed, pressed and told."""

from datetime import timedelta
from pathlib import Path

from support.build import BTC, NOON, arrived
from support.servers import Served
from support.telegram_bench import Bench
from support.trader import Trader, rewrite, trading
from tradepods_worker.adapters.clocks import ManualClock

MIDNIGHT = NOON + timedelta(hours=12)


def _midnight(trader: Trader) -> None:
    """The market's clock strikes it, and the cycle of its candle comes."""
    market = trader._worker._parts.market
    assert isinstance(market, ManualClock)
    market.advance((MIDNIGHT - NOON).total_seconds() + 2)
    trader._worker.account.put(arrived(close=MIDNIGHT))


async def _opened(trader: Trader) -> None:
    trader.buy()
    await trader.until(lambda: trader.protected() and trader.agrees())


async def test_what_is_open_is_told_in_korean(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """What was bought, that its orders rest, and what comes back to a question."""
    async with trading(exchange, tmp_path, **api.manifest(tmp_path, language="ko")) as trader:
        await api.hears("시작: 지갑 잔고")
        await _opened(trader)
        entered = await api.hears(f"{BTC} 롱 진입")
        await api.hears(f"[bob] {BTC} 롱 보호됨: 손절 97, 익절 103 주문이 걸려 있습니다")
        await api.type("/status", bot="bob")
        status = await api.hears("[bob] 실행 중, 실거래")
        await api.type("/positions", bot="bob")
        positions = await api.hears("보유 포지션 1개")

    assert "레버리지 10배" in entered["text"]
    assert "손절 97 (-3 %)\n익절 103 (+3 %)" in entered["text"]
    assert "포지션 1개, 최대 7개\n거래소 연결됨" in status["text"]
    assert "모든 포지션에 손절 주문이 있습니다" in status["text"]
    assert "마크 가격 100\n미실현 손익" in positions["text"]


async def test_a_position_is_closed_by_a_korean_button(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """Asked once, pressed, and told what it has brought."""
    async with trading(exchange, tmp_path, **api.manifest(tmp_path, language="ko")) as trader:
        await _opened(trader)
        await api.type("/close BTC", bot="bob", user="Ann")
        question = await api.hears("시장가로 청산할까요? 60초 안에 누르십시오.")
        button = question["buttons"][0][0]
        await api.press(question["message"], bot="bob", user="Ann", data=button["callback_data"])
        exited = await api.hears(f"[bob] {BTC} 롱 청산: 시장가 청산")
        settled = await api.hears("확인: Ann (Telegram 7)")

    assert button["text"].startswith(f"{BTC} 롱 ")
    assert button["text"].endswith("미실현 0.00")
    assert "수수료" in exited["text"]
    assert settled["message"] == question["message"]


async def test_a_manifest_changes_the_language_while_the_worker_runs(
    exchange: Served, api: Bench, tmp_path: Path
) -> None:
    """The next message, answer and menu are in it."""
    async with trading(exchange, tmp_path, **api.manifest(tmp_path, language="en")) as trader:
        await api.type("/balance", bot="bob")
        await api.hears("balance, USDT")
        rewrite(trader, tmp_path, **api.manifest(tmp_path, language="ko"))
        await api.hears("매니페스트가 변경되었습니다:\ntelegram.language")
        await api.type("/balance", bot="bob")
        await api.hears("잔고, USDT")
        await api.type("/pnl", bot="bob")
        await api.hears("장부 시작 이후 손익")
        offered = (await api.get("bots"))["bob"]["commands"]

    assert offered["type=default"] == offered["type=default ko"] != offered["type=default en"]


async def test_a_midnight_of_the_market_brings_a_summary(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """Once, whatever restarts: the day is market time, though the wall's clock says another."""
    changes = api.manifest(tmp_path, language="ko")
    async with trading(exchange, tmp_path, **changes) as trader:
        trader._worker.account.put(arrived(close=NOON))
        await _opened(trader)
        _midnight(trader)
        told = await api.hears("2025-06-02 일일 요약 (UTC)")
    async with trading(exchange, tmp_path, **changes) as trader:
        _midnight(trader)
        await trader.until(lambda: trader.sight.last_cycle.endswith("2025-06-03T00:00:00Z") and trader.quiet())
        await api.hears(f"시작: 지갑 잔고 9,997.54 USDT\n보유 포지션 1개, 대기 주문 2개\n{BTC} 롱: ")
    told_at_all = [one for one in await api.said("?bot=bob") if "일일 요약" in one["text"]]

    assert "진입 1회, 추가 진입 0회, 청산 0회 중 수익 0회" in told["text"]
    assert f"보유: {BTC} 롱, 미실현 손익 0.00 USDT" in told["text"]
    assert len(told_at_all) == 1


async def test_a_day_of_a_dry_run_is_told_as_one(exchange: Served, api: Bench, tmp_path: Path) -> None:
    """Paper is a book of its own, with its own day."""
    async with trading(exchange, tmp_path, dryRun=True, **api.manifest(tmp_path, language="ko")) as trader:
        trader._worker.account.put(arrived(close=NOON))
        trader.buy()
        await trader.until(lambda: bool(trader.book.positions) and trader.quiet())
        _midnight(trader)
        told = await api.hears("일일 요약 (UTC)")

    assert told["text"].startswith("[bob] (모의 거래) 2025-06-02 일일 요약")
