"""What the signal service asks of the outside."""

from collections.abc import Awaitable, Callable

Sleep = Callable[[float], Awaitable[None]]
