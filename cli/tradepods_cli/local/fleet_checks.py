"""What a fleet on one machine must keep beyond each manifest's own rules."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from tradepods_cli.manifests import Account, Fleet
from tradepods_core.errors import Invalid, Problem
from tradepods_core.settings.parts import State


def check(fleet: Fleet) -> None:
    """Raise Invalid for a fleet that can't run; no secret's value is in a message."""
    problems = [*_something(fleet), *_together(fleet), *_strategies_exist(fleet), *_idle(fleet)]
    if problems:
        raise Invalid(problems)


def check_edited(fleet: Fleet) -> None:
    """As `check`, of a folder that runs already: its last account may be Stopped, its last strategy gone."""
    if problems := [*_together(fleet), *_strategies_exist(fleet), *_idle(fleet)]:
        raise Invalid(problems)


def check_together(fleet: Fleet) -> None:
    """Raise Invalid for accounts that can't be in one folder; it may still lack strategies."""
    if problems := list(_together(fleet)):
        raise Invalid(problems)


def _together(fleet: Fleet) -> Iterator[Problem]:
    live = [account for account in fleet.accounts if not account.spec.dry_run]
    yield from _one_venue(fleet.accounts)
    yield from _shared(live, "credentialsSecretRef", lambda account: account.credentials.get("apiKey", ""))
    yield from _shared(fleet.accounts, "telegram.secretRef", lambda account: account.telegram.get("botToken", ""))


def running(fleet: Fleet) -> list[Account]:
    """The accounts that get a worker."""
    return [account for account in fleet.accounts if account.spec.state is not State.STOPPED]


def first_by_priority(fleet: Fleet, *, most: int | None) -> tuple[Fleet, tuple[Account, ...]]:
    """The fleet of so many accounts, the highest `priority` first, then by name; and the accounts that have to wait."""
    wanted = sorted(running(fleet), key=lambda account: (-account.spec.priority, account.key))
    queued = () if most is None else tuple(wanted[most:])
    kept = tuple(account for account in fleet.accounts if account not in queued)
    return replace(fleet, accounts=kept), queued


def _something(fleet: Fleet) -> Iterator[Problem]:
    if not running(fleet):
        yield Problem(field="kind", value="", fix="the folder holds no TradingAccount that is not Stopped")
    if not any(strategy.spec.enabled for strategy in fleet.strategies):
        yield Problem(field="kind", value="", fix="the folder holds no enabled TradingStrategy")


def _one_venue(accounts: Iterable[Account]) -> Iterator[Problem]:
    """One signal service serves one reference venue."""
    first: Account | None = None
    for account in accounts:
        first = first or account
        if account.spec.exchange != first.spec.exchange:
            fix = f"{first.key} is at another exchange, environment or url: run one folder for each"
            yield Problem(field=f"{account.key}: spec.exchange", value=account.spec.exchange.id, fix=fix)


def _strategies_exist(fleet: Fleet) -> Iterator[Problem]:
    known = {strategy.name for strategy in fleet.strategies}
    for account in fleet.accounts:
        for index, name in enumerate(account.spec.strategies):
            if name not in known:
                fix = f"no such TradingStrategy: there are {', '.join(sorted(known)) or 'none'}"
                yield Problem(field=f"{account.key}: spec.strategies[{index}]", value=name, fix=fix)


def _idle(fleet: Fleet) -> Iterator[Problem]:
    """What would be silently ignored is refused where it would run."""
    for account in fleet.accounts:
        for field, value, idle in (
            ("rollout", account.spec.rollout, "WhenFlat"),
            ("deletionPolicy", account.spec.deletion_policy, "Retain"),
        ):
            if value != idle:
                fix = f"acts in a cluster only: write {idle}"
                yield Problem(field=f"{account.key}: spec.{field}", value=value, fix=fix)


def _shared(accounts: Iterable[Account], field: str, secret: Callable[[Account], str]) -> Iterator[Problem]:
    """Two accounts with one key would trade against each other, two with one bot would steal its messages."""
    owner: dict[str, Account] = {}
    for account in accounts:
        value = secret(account)
        if value and value in owner:
            fix = f"{owner[value].key} has the same secret: each account needs its own"
            yield Problem(field=f"{account.key}: spec.{field}", value="", fix=fix)
        owner.setdefault(value, account)
