"""The markets as they were known last: a worker that restarts while the signal service is away still protects."""

import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

import structlog
from pydantic import TypeAdapter, ValidationError

from tradepods_core.market import Market
from tradepods_core.shapes import Symbol

_MARKETS: TypeAdapter[list[Market]] = TypeAdapter(list[Market])
log = structlog.get_logger()


class MarketCache:
    """One file in the account's state folder."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def load(self) -> Mapping[Symbol, Market]:
        """The markets kept last; none where there are none, or where they can't be read."""
        try:
            return {market.symbol: market for market in _MARKETS.validate_json(self._file.read_bytes())}
        except (OSError, ValidationError):
            return {}

    def keep(self, markets: Mapping[Symbol, Market], *, held: Collection[Symbol]) -> Mapping[Symbol, Market]:
        """Keep the markets, in one piece; those with what was known last of held symbols that are among them no more.

        A position in a symbol that was delisted still needs its tick and step to be protected and closed. Where they
        can't be kept, what was kept before stays: that is no reason to end.
        """
        gone = {s: m.model_copy(update={"trading": False}) for s, m in self.load().items() if s in held}
        markets = {**gone, **markets}
        draft = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        try:
            draft.write_bytes(_MARKETS.dump_json(list(markets.values()), by_alias=True))
            draft.replace(self._file)
        except OSError as error:
            log.warning("markets_not_kept", file=str(self._file), error=error.strerror)
            with suppress(OSError):
                draft.unlink()
        return markets
