"""The universe as it outlives the signal service: who is in, so that a restart goes on with the same symbols."""

from tradepods_core.shapes import Message, Symbol


class KeptUniverse(Message):
    """The universe in force when it was kept.

    Attributes:
        top: the symbols that are among the most traded, by how many a strategy asks for.
        covered: the symbols of each strategy by its key, those among them that it has left and an account still holds.

    """

    top: dict[int, tuple[Symbol, ...]] = {}
    covered: dict[str, tuple[Symbol, ...]] = {}
