"""The operator's own settings, as the platform's engineer writes them in a file."""

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from tradepods_core.settings.parts import Address
from tradepods_core.shapes import Name, Written
from tradepods_operator.engine.named import Environment, PullSecrets
from tradepods_operator.engine.networks import Network, Rules

Json = dict[str, Any]


class WorkerPod(Written):
    """What the pods of all workers have in common; objects are as Kubernetes has them in a pod's spec.

    Attributes:
        log_level: of accounts that say nothing of it.
        ca_bundle: of each account's namespace, the ConfigMap with the `ca.crt` of who is believed beside those that
            everybody trusts; "" for nobody.
        proxy: to exchanges and Telegram, without a password; "" for none.
        proxy_cidrs: its addresses; its port is open to all but link-local ones if empty.

    """

    image: Annotated[str, Field(min_length=1, max_length=500)]
    image_pull_policy: Literal["Always", "IfNotPresent", "Never"] = "IfNotPresent"
    image_pull_secrets: PullSecrets = ()
    priority_class_name: str = ""
    node_selector: dict[str, str] = {}
    tolerations: tuple[Json, ...] = ()
    affinity: Json = {}
    topology_spread_constraints: tuple[Json, ...] = ()
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    ca_bundle: Annotated[str, Field(max_length=253)] = ""
    proxy: Annotated[str, Field(max_length=200, pattern=r"^(https?://[-a-zA-Z0-9.]+:[0-9]{1,5})?$")] = ""
    proxy_cidrs: tuple[Network, ...] = ()
    extra_env: Environment = ()
    user_id: Annotated[int, Field(ge=1)] = 10001


class Signals(Written):
    """Where workers find the signal service, and which pods it is.

    Attributes:
        ca_config_map: of each account's namespace, with the `ca.crt` of who vouches for the service; "" for those that
            everybody trusts.

    """

    url: Annotated[str, Field(max_length=200, pattern=r"^https?://[-a-zA-Z0-9.]+(:[0-9]{1,5})?$")]
    pod_labels: dict[str, str] = {"app.kubernetes.io/component": "signals"}
    port: Annotated[int, Field(ge=1, le=65_535)] = 8080
    ca_config_map: Annotated[str, Field(max_length=253)] = ""


class RolloutPolicy(Written):
    """How changes of the pods' template reach the fleet."""

    max_wait_hours: Annotated[int, Field(ge=0, le=8_760)] = 72
    max_concurrent: Annotated[int, Field(ge=1, le=1_000)] = 5
    progress_seconds: Annotated[int, Field(ge=10, le=3_600)] = 180

    @property
    def max_wait(self) -> timedelta:
        """The longest that an open position holds a change back."""
        return timedelta(hours=self.max_wait_hours)

    @property
    def progress(self) -> timedelta:
        """After which a restart that isn't Ready has failed."""
        return timedelta(seconds=self.progress_seconds)


class Dns(Written):
    """Where names are asked for: `to` of a NetworkPolicy (any address if empty), and the ports behind the Service."""

    to: Rules = (
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}},
        {"ipBlock": {"cidr": "169.254.20.10/32"}},  # a cache on each node (NodeLocal DNSCache)
    )
    ports: Annotated[tuple[Annotated[int, Field(ge=1, le=65_535)], ...], Field(min_length=1)] = (53,)


class NamespaceCaps(Written):
    """How much the enabled strategies of one namespace may use of the signal service; 0 for no cap."""

    strategies: Annotated[int, Field(ge=0, le=10_000)] = 0
    symbols: Annotated[int, Field(ge=0, le=10_000)] = 0
    timeframes: Annotated[int, Field(ge=0, le=1_000)] = 0


class Policy(Written):
    """What holds for every account.

    Attributes:
        fleet_id: what accounts' keys are made of; the same for ever. Where it isn't given, it is drawn once and kept
            in `fleet_secret`.
        strategies_map: the ConfigMap that the signal service mounts.
        release_namespace: the operator's own.
        allowed_endpoints: the custom exchange and Telegram addresses that an account may name.
        metrics_from: who may read workers' figures, as `from` of a NetworkPolicy; nobody if empty.
        dns: whom workers may ask for names.
        extra_egress: rules of a NetworkPolicy, for a database inside the cluster for one.
        max_workers: 0 for no cap.
        namespace_caps: of strategies, in every namespace but the release's own.
        deletion_deadline_seconds: how long an account's deletion waits for its policy at most.

    """

    fleet_id: UUID = UUID(int=0)
    fleet_secret: Name = "tradepods-fleet"  # noqa: S105 - its name
    strategies_map: Name = "tradepods-strategies"
    release_namespace: Name
    worker: WorkerPod
    signals: Signals
    allowed_endpoints: tuple[Address, ...] = ()
    metrics_from: Rules = ()
    dns: Dns = Dns()
    extra_egress: Rules = ()
    max_workers: Annotated[int, Field(ge=0, le=100_000)] = 0
    namespace_caps: NamespaceCaps = NamespaceCaps()
    rollout: RolloutPolicy = RolloutPolicy()
    access_mode: Literal["ReadWriteOncePod", "ReadWriteOnce"] = "ReadWriteOncePod"
    deletion_deadline_seconds: Annotated[int, Field(ge=0, le=86_400)] = 600
