"""The one message of `python -m tradepods_worker notice`: an account's bot, and nothing else of a worker."""

import argparse
from collections.abc import Sequence

from tradepods_core.errors import Permanent
from tradepods_core.settings.account import AccountSpec
from tradepods_worker.adapters import secret_files
from tradepods_worker.adapters.authority import public
from tradepods_worker.adapters.clocks import WallClock
from tradepods_worker.bootstrap.parts import TOKEN, bot, outbound_secrets
from tradepods_worker.tasks import notice


def secrets(options: argparse.Namespace, _settings: AccountSpec) -> Sequence[str]:
    """What must never be written anywhere; raises Permanent where it can't be read."""
    return [secret_files.read(options.telegram, TOKEN), *outbound_secrets(options)]


async def run(options: argparse.Namespace, settings: AccountSpec) -> None:
    """Tell it; raises TradepodsError where the chat was not reached."""
    telegram, wall = settings.telegram, WallClock()
    if telegram is None:
        raise Permanent("the account has no bot any more: nobody can be told")
    said = notice.crashed(until=options.until, at=wall.now(), book="paper" if settings.dry_run else "live")
    messenger = bot(
        options,
        telegram,
        chats=lambda: telegram.chat_ids,
        language=lambda: telegram.language,
        tls=public(also=options.ca_bundle),
        outbound=options.outbound_proxy,
    )
    try:
        await notice.tell(messenger, said, wall=wall)
    finally:
        await messenger.close()
