"""The Job that tells an account's chat, by the account's own bot, what its worker can no longer tell: once.

It reaches what the worker's NetworkPolicy lets it reach, and of the account's secrets it has the bot's token alone.
"""

from datetime import datetime

from tradepods_core.settings.account import AccountSpec
from tradepods_core.times import written
from tradepods_operator.engine.manifests import names
from tradepods_operator.engine.manifests.hashing import digest
from tradepods_operator.engine.manifests.metadata import head
from tradepods_operator.engine.manifests.pod_parts import (
    SECRETS_AT,
    SETTINGS_AT,
    Json,
    bundle_mounts,
    bundle_volumes,
    image_of,
    placed,
    restricted,
    secret_mount,
    secret_volume,
    settings_mount,
    settings_volume,
    ways_out,
)
from tradepods_operator.engine.manifests.settings_map import FILE
from tradepods_operator.engine.observed import Account
from tradepods_operator.engine.policy import Policy
from tradepods_operator.engine.secret_uses import SecretUse, uses
from tradepods_operator.ports import JOB, Document

TRIES = 4  # pods after the first one
WITHIN, KEPT = 900, 3_600  # seconds for all of them; seconds that the ended Job can be looked at
RESOURCES = {"requests": {"cpu": "10m", "memory": "64Mi"}, "limits": {"cpu": "500m", "memory": "128Mi"}}


def crash_notice(account: Account, spec: AccountSpec, policy: Policy, *, until: datetime) -> Document | None:
    """The Job that says until when a crashing worker rests; None for an account without a bot.

    One rest has one name: whoever makes it a second time finds it there.
    """
    bot = next((use for use in uses(spec) if use.option == "telegram"), None)
    if bot is None:
        return None
    labels = names.labels(account.key.name, component=names.NOTICE)
    name = names.notice(account.key.name, digest([account.uid, written(until)])[:8])
    made = head(account, JOB, name)
    made["metadata"]["labels"] = labels
    template = {"metadata": {"labels": labels}, "spec": _pod(account, policy, bot, until)}
    body = {"backoffLimit": TRIES, "activeDeadlineSeconds": WITHIN, "ttlSecondsAfterFinished": KEPT}
    return {**made, "spec": {**body, "template": template}}


def _pod(account: Account, policy: Policy, bot: SecretUse, until: datetime) -> Json:
    key = account.key
    container = {
        "name": "notice",
        **image_of(policy.worker),
        "args": [
            *("notice", "crashed", "--until", written(until), "--name", key.name, "--namespace", key.namespace),
            *("--settings", f"{SETTINGS_AT}/{FILE}", "--telegram", f"{SECRETS_AT}/{bot.option}"),
            *ways_out(policy.worker),
        ],
        "env": [{"name": "HOME", "value": "/tmp"}],  # noqa: S108 - the pod's own
        "resources": RESOURCES,
        "volumeMounts": [
            settings_mount(),
            secret_mount(bot),
            *bundle_mounts(policy.worker),
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - likewise
        ],
    }
    return {
        "serviceAccountName": names.worker(key.name),
        "restartPolicy": "Never",
        **restricted(policy.worker),
        "containers": [container],
        "volumes": [
            settings_volume(key.name),
            secret_volume(bot),
            *bundle_volumes(policy.worker),
            {"name": "tmp", "emptyDir": {"sizeLimit": "16Mi"}},
        ],
        **placed(policy.worker),
    }
