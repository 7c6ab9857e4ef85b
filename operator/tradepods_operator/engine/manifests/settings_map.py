"""The account's settings as its worker reads them from a mounted ConfigMap."""

import json

from tradepods_core.errors import Invalid
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.fingerprint import settings_hash
from tradepods_core.settings.parts import State, Telegram
from tradepods_core.settings.reading import read_account
from tradepods_core.times import written
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.manifests.json_text import for_yaml
from tradepods_operator.engine.manifests.metadata import head
from tradepods_operator.engine.manifests.sameness import sealed
from tradepods_operator.engine.observed import Account
from tradepods_operator.ports import CONFIG_MAP, Document

FILE = "settings.json"
ENDING = "ending"  # the file that says what to do before the account goes
OPERATORS_OWN = ("priority", "rollout", "deletionPolicy", "resources")  # what no worker has to know


def settings(account: Account) -> Document:
    """What the worker is told: the spec without the operator's own fields.

    A person's annotation pauses it, and so does the account's end. Without autoExit a worker takes back its orders.
    """
    spec = {field: value for field, value in account.body.items() if field not in OPERATORS_OWN}
    if account.deleting is not None or (_is_held(account) and spec.get("state") != State.STOPPED.value):
        spec["state"] = State.PAUSED.value
    if account.deleting is not None and account.body.get("deletionPolicy") == "CancelOrders":
        spec |= {"autoExit": False, **_kept_from(account)}
    return spec


def _is_held(account: Account) -> bool:
    return any(account.annotations.get(name) == "true" for name in (names.PAUSE, names.HALT))


def in_file(live: Document) -> Document | None:
    """The settings that the worker has; None where they can't be read."""
    try:
        spec = json.loads(live["data"][FILE])
    except (LookupError, TypeError, ValueError):
        return None
    return spec if isinstance(spec, dict) else None


def in_hand(account: Account, spec: Document) -> Document:
    """The settings that the worker has while no others can be handed to it, paused where a person pauses it.

    Only that is changed: a resume comes with the next settings that can be handed.
    """
    wanted = _is_held(account) or account.body.get("state") == State.PAUSED.value
    if not wanted or spec.get("state") == State.STOPPED.value:
        return spec
    return {**spec, "state": State.PAUSED.value}


def name_of(spec: Document) -> str:
    """Names settings as their worker does; "" for those that another release has written."""
    try:
        return settings_hash(read_account(spec))
    except Invalid:
        return ""


def written_down(spec: Document) -> str:
    """Settings as the worker's file has them."""
    return for_yaml(json.dumps(spec, indent=2, sort_keys=True, ensure_ascii=False))


def _kept_from(account: Account) -> Document:
    """No command switches on again what takes the orders back, and what one has switched on ends."""
    telegram = account.body.get("telegram")
    if telegram is None:
        return {}
    asked = telegram.get("overrides", Telegram.model_fields["overrides"].default)
    return {"telegram": {**telegram, "overrides": [field for field in asked if field != "autoExit"]}}


def handed(account: Account) -> AccountSpec:
    """The same as the worker reads it; raises Invalid."""
    told = settings(account)
    return account.spec if account.spec is not None and told == account.body else read_account(told)


def settings_map(account: Account) -> Document:
    """The ConfigMap."""
    name = names.settings(account.key.name)
    data = {FILE: written_down(settings(account))}
    if account.deleting is not None and account.body.get("deletionPolicy") == "Flatten":
        data[ENDING] = f"Flatten {written(account.deleting)}"
    return sealed({**head(account, CONFIG_MAP, name), "data": data})
