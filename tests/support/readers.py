"""A reader of the account that only writes down what it was asked."""


class Written:
    """Keeps the questions, in order."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def ask(self, why: str) -> None:
        """The account is to be read now."""
        self.said.append(f"ask: {why}")

    def remind(self, why: str) -> None:
        """The account is to be read some time."""
        self.said.append(f"remind: {why}")
