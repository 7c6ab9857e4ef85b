"""`tradepods data download` over real sockets: what is fetched, what is not fetched twice, and what goes wrong."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from support.candle_exchange import ONE, WITHIN, CandleExchange, asking, candle_exchange, data, expected, kept, started
from support.disks import SmallDisk, small_disk
from support.terminal import CTRL_C, terminal
from tradepods_core.times import Timeframe
from tradepods_signals.adapters.candle_files import newest

FIVE = Timeframe.parse("5m")


@pytest.fixture
async def exchange() -> AsyncIterator[CandleExchange]:
    """With four days of BTC and ETH."""
    async with candle_exchange((("BTCUSDT", 100.0), ("ETHUSDT", 500.0))) as found:
        yield found


async def _until_held(exchange: CandleExchange, more_than: int) -> None:
    async with asyncio.timeout(WITHIN):
        while exchange.asked <= more_than:
            await asyncio.sleep(0.01)


async def test_what_the_exchange_has_is_written_once(exchange: CandleExchange, tmp_path: Path) -> None:
    """Every closed candle as the exchange has it, in each length; the second time no candle is asked for."""
    done = await data(*asking(exchange, tmp_path, "--timeframe", "5m", "--timeframe", "1m"))
    asked = exchange.asked
    again = await data(*asking(exchange, tmp_path, "--timeframe", "1m"))

    assert (done.code, done.err) == (0, "")
    assert kept(tmp_path) == expected()
    assert len(kept(tmp_path, timeframe=FIVE)) == len(expected()) / 5
    assert done.out.splitlines()[-2].split() == ["BTC/USDT:USDT", "1m", "5,760", *_row(done.out)]
    assert (again.code, exchange.asked) == (0, asked)
    assert again.out.splitlines()[-1] == done.out.splitlines()[-2]


def _row(out: str) -> list[str]:
    return ["2025-05-30", "2025-06-03", *out.splitlines()[-2].split()[-2:]]


async def test_only_what_is_missing_is_asked_for(exchange: CandleExchange, tmp_path: Path) -> None:
    """The days before those that are there."""
    await data(*asking(exchange, tmp_path, since="2025-06-01"))
    before = exchange.asked
    done = await data(*asking(exchange, tmp_path))

    assert done.code == 0
    assert exchange.asked - before == 6, "two days are 2,880 candles"
    assert kept(tmp_path) == expected()


async def test_the_largest_are_found_by_their_volume(exchange: CandleExchange, tmp_path: Path) -> None:
    """ETH costs more, as many are traded; a contract that is named as well is there once."""
    there = ("--from", "2025-06-02T23:00Z", "--to", "2025-06-03", "--output", str(tmp_path), "--url", exchange.url)
    done = await data("download", "--top", "1", *there)
    both = await data("download", "eth/usdt:usdt", "--top", "2", *there)

    assert [line.split()[0] for line in done.out.splitlines()[-1:]] == ["ETH/USDT:USDT"]
    assert [line.split()[0] for line in both.out.splitlines()[-2:]] == ["ETH/USDT:USDT", "BTC/USDT:USDT"]


async def test_kill_9_costs_what_was_not_written_yet(exchange: CandleExchange, tmp_path: Path) -> None:
    """The month before is there; the rest comes with the next run, and what is half-written never counts."""
    exchange.arm("hold", skip=8)
    killed = await started(*asking(exchange, tmp_path))
    await _until_held(exchange, 8)
    killed.send_signal(signal.SIGKILL)
    await killed.wait()
    exchange.faults.release(drop=False)
    june = tmp_path / "BTCUSDT-1m.parquet"
    (june / ".2025-06.parquet").write_bytes(b"PAR1 half of it")
    there = len(kept(tmp_path))
    before = exchange.asked
    done = await data(*asking(exchange, tmp_path))

    assert there == 2 * 24 * 60
    assert exchange.asked - before == 6
    assert (done.code, kept(tmp_path)) == (0, expected())


async def test_a_torn_file_is_set_aside_and_fetched_anew(exchange: CandleExchange, tmp_path: Path) -> None:
    """It is named; nothing of it counts."""
    await data(*asking(exchange, tmp_path))
    torn = tmp_path / "BTCUSDT-1m.parquet" / "2025-05.parquet"
    torn.write_bytes(torn.read_bytes()[:2_000])
    done = await data(*asking(exchange, tmp_path))

    assert done.code == 0
    assert "2025-05.parquet" in done.err + done.out
    assert kept(tmp_path) == expected()


async def test_ctrl_c_keeps_what_was_fetched(exchange: CandleExchange, tmp_path: Path) -> None:
    """On a terminal, with a bar; it says how to go on, and ends as interrupted."""
    exchange.arm("hold", skip=3)
    async with terminal("data", *asking(exchange, tmp_path), environment={"TERM": "xterm"}) as shown:
        await _until_held(exchange, 3)
        await shown.expect("BTC/USDT:USDT 1m")
        os.write(shown.keyboard, CTRL_C.encode())
        await shown.expect("the same command fetches the rest")
        assert await shown.ended() == 130

    assert kept(tmp_path) == expected()[: 3 * 498]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"does": "answer", "status": 429, "code": -1003, "retry_after": 1}, "trying again in 1 s"),
        ({"does": "answer", "status": 418, "code": -1003, "retry_after": 2}, "rate limit; trying again in 2 s"),
        ({"does": "answer", "status": 503}, "trying again in 1 s"),
        ({"does": "answer", "status": 200}, "trying again in 1 s"),
        ({"does": "answer", "status": 200, "text": "<html>"}, "trying again in 1 s"),
        ({"does": "drop", "count": 6}, "trying again in 1 s"),
    ],
)
async def test_what_passes_is_waited_for(
    exchange: CandleExchange, tmp_path: Path, fault: dict[str, object], told: str
) -> None:
    """A limit as long as the exchange says, an outage or nonsense a while; the person is told, and all comes."""
    exchange.arm(**{"skip": 4, **fault})  # type: ignore[arg-type]  # fields of a fault
    done = await data(*asking(exchange, tmp_path))

    assert done.code == 0
    assert told in done.err
    assert kept(tmp_path) == expected()


async def test_a_long_ban_is_not_waited_for(exchange: CandleExchange, tmp_path: Path) -> None:
    """It says how long, and what was fetched is kept."""
    exchange.arm("answer", skip=4, status=418, code=-1003, retry_after=7_200)
    done = await data(*asking(exchange, tmp_path))

    assert done.code == 1
    assert "error: the exchange's rate limit; what was fetched is kept: try again in 7200 s" in done.err
    assert "trying again" not in done.err
    assert kept(tmp_path) == expected()[: 4 * 498]


async def test_a_wrong_name_changes_nothing(exchange: CandleExchange, tmp_path: Path) -> None:
    """Every wrong one is named, with the nearest that there is."""
    there = ("--from", "2025-06-01", "--output", str(tmp_path / "out"), "--url", exchange.url)
    done = await data("download", "BTCUSTD", "ETHUSDT", "X" * 100, *there)

    assert done.code == 2
    assert done.err.splitlines() == [
        "error: SYMBOL is BTCUSTD: did you mean BTC/USDT:USDT?",
        f"error: SYMBOL is {'X' * 40}: the exchange has no such contract: write BTC/USDT:USDT",
    ]
    assert not (tmp_path / "out").exists()
    assert exchange.asked == 0


async def test_before_the_first_candle_nothing_is_made_up(exchange: CandleExchange, tmp_path: Path) -> None:
    """A contract that was listed later: what comes before is named as missing, and asked for once."""
    there = ("--to", "2025-05-30T01:00", "--output", str(tmp_path), "--url", exchange.url)
    done = await data("download", "BTCUSDT", "--from", "2025-04-01", *there)

    assert done.code == 0
    assert "2025-04-01T00:00:00Z to 2025-05-30T00:00:00Z: 84,960 missing, before its first candle" in done.err
    assert exchange.asked <= 3
    assert kept(tmp_path) == expected()[:60]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """Eight MiB."""
    with small_disk(tmp_path / "disk") as found:
        yield found


async def test_a_full_disk_ends_it_in_one_line(exchange: CandleExchange, disk: SmallDisk) -> None:
    """With room again the same command goes on."""
    disk.fill()
    full = await data(*asking(exchange, disk.folder))
    disk.empty()
    done = await data(*asking(exchange, disk.folder))

    assert full.code == 1
    assert "No space left on device" in full.err
    assert len(full.err.splitlines()) == 1
    assert (done.code, kept(disk.folder)) == (0, expected())


async def test_the_newest_candle_is_left_for_later(exchange: CandleExchange, tmp_path: Path) -> None:
    """It still forms: the exchange shows no later one."""
    there = ("--from", "2025-06-02T23:50", "--output", str(tmp_path), "--url", exchange.url)
    done = await data("download", "BTCUSDT", *there)

    assert done.code == 0
    assert "after its last candle" in done.err
    assert kept(tmp_path) == expected()[-10:]
    assert newest(tmp_path, "BTC/USDT:USDT", ONE) == expected()[-1]
