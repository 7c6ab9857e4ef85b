"""The Telegram simulator's page in a real Chromium: a person reads, types and presses; nothing that was said runs."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait
from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from support.telegram_bench import ANN, Bench, bench, png

DRIVER, BROWSER = shutil.which("chromedriver"), shutil.which("chromium")
QUIET = [  # headless, as root, and asking nothing of the network
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1000,900",
]
WITHIN = 20.0  # seconds: a deadline
WRONG = "<script>document.title = 'it ran'</script><img src=x onerror=\"document.title = 'it ran'\">"
MENU = InlineKeyboardMarkup([[InlineKeyboardButton("Close BTC", callback_data="close BTC")]])

pytestmark = [
    pytest.mark.skipif(DRIVER is None or BROWSER is None, reason="no chromium here: apt-get install chromium-driver"),
    pytest.mark.timeout(120),
    # Selenium closes its sockets when it is collected.
    pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]


class Page:
    """One tab, asked from a thread of its own."""

    def __init__(self, browser: webdriver.Chrome) -> None:
        self.browser = browser

    async def open(self, url: str) -> None:
        """Go there."""
        await asyncio.to_thread(self.browser.get, url)

    async def until(self, condition: Callable[[webdriver.Chrome], Any]) -> Any:
        """What a condition finds, once it finds something."""
        return await asyncio.to_thread(lambda: WebDriverWait(self.browser, WITHIN).until(condition))

    async def text(self) -> str:
        """All that a person reads."""
        return str(await asyncio.to_thread(lambda: self.browser.find_element(By.TAG_NAME, "main").text))

    async def shows(self, words: str) -> None:
        """Wait until a person reads this."""
        await self.until(lambda browser: words in browser.find_element(By.TAG_NAME, "main").text)

    async def click(self, selector: str) -> None:
        """Click what there is."""
        await self.until(lambda browser: browser.find_elements(By.CSS_SELECTOR, selector))
        await asyncio.to_thread(lambda: self.browser.find_element(By.CSS_SELECTOR, selector).click())

    async def type(self, selector: str, text: str) -> None:
        """Type into a field, and send it off."""
        await asyncio.to_thread(lambda: self.browser.find_element(By.CSS_SELECTOR, selector).send_keys(text, "\ue007"))


@pytest.fixture
async def telegram() -> AsyncIterator[Bench]:
    """The simulator, with two bots."""
    async with bench() as found:
        yield found


@pytest.fixture
def page(tmp_path: Path) -> Any:
    """A tab of a new browser."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    for argument in (*QUIET, f"--user-data-dir={tmp_path}"):
        options.add_argument(argument)
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(str(DRIVER)))
    yield Page(browser)
    browser.quit()


async def test_a_person_reads_types_and_presses(telegram: Bench, page: Page) -> None:
    """What the bot says appears by itself; what is typed and pressed reaches the bot, and its answer the page."""
    bot = telegram.bot()
    await bot.send_message(ANN, "Entered long BTC", reply_markup=MENU)
    await page.open(f"{telegram.url}/")
    await page.shows("Entered long BTC")

    await page.click("button[data-press]")
    (pressed,) = await bot.get_updates(timeout=5)
    assert pressed.callback_query is not None
    assert pressed.callback_query.data == "close BTC"
    await bot.answer_callback_query(pressed.callback_query.id, text="Closing 1 BTC?", show_alert=True)
    await page.shows("Closing 1 BTC?")

    await page.type("section form [name=text]", "/status")
    (typed,) = await bot.get_updates(offset=pressed.update_id + 1, timeout=5)
    assert typed.message is not None
    assert typed.message.text == "/status"
    await page.shows("/status")


async def test_a_photo_is_seen(telegram: Bench, page: Page) -> None:
    """In its own size, with its caption."""
    await telegram.bot().send_photo(ANN, png(60, 40), caption="equity")
    await page.open(f"{telegram.url}/admin/page")
    await page.shows("equity")
    script = "return document.querySelector('.bubble img').naturalWidth"
    width = await page.until(lambda browser: browser.execute_script(script))

    assert width == 60


async def test_what_was_said_never_runs(telegram: Bench, page: Page) -> None:
    """It is shown as the text that it is."""
    await telegram.bot().send_message(ANN, WRONG)
    await page.open(f"{telegram.url}/")
    await page.shows("it ran")

    assert WRONG in await page.text()
    assert await asyncio.to_thread(lambda: page.browser.title) == "Telegram simulator"
