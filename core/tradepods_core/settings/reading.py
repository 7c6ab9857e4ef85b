"""A TradingAccount's spec, read from plain data: bounds first, then what fields say to each other."""

from tradepods_core.errors import Invalid
from tradepods_core.reading import read_model
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.rules import problems


def read_account(spec: object) -> AccountSpec:
    """A TradingAccount's spec; raises Invalid with every problem found."""
    account = read_model(AccountSpec, spec, root="spec")
    if found := problems(account):
        raise Invalid(found)
    return account
