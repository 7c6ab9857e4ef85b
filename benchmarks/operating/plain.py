"""An operator written the usual way, as tutorials and most of GitHub have it: `kopf run plain.py`.

Handlers of creation and change, the official client, one object after the other, templates in YAML. It makes the same
five objects for an account, and is the baseline of the figures; it does much less: nothing that a hand changes is put
back, no Secret is looked at, nothing is said of how a worker stands.
"""

import json
from typing import Any

import kopf
import kubernetes
import yaml

kubernetes.config.load_kube_config()

TEMPLATE = """
settings:
  apiVersion: v1
  kind: ConfigMap
  metadata: {{name: account-{name}-settings}}
identity:
  apiVersion: v1
  kind: ServiceAccount
  metadata: {{name: account-{name}}}
  automountServiceAccountToken: false
ledger:
  apiVersion: v1
  kind: PersistentVolumeClaim
  metadata: {{name: account-{name}-ledger}}
  spec:
    accessModes: [ReadWriteOncePod]
    resources: {{requests: {{storage: 1Gi}}}}
network:
  apiVersion: networking.k8s.io/v1
  kind: NetworkPolicy
  metadata: {{name: account-{name}}}
  spec:
    podSelector: {{matchLabels: {{account: {name}}}}}
    policyTypes: [Ingress, Egress]
    egress:
    - ports: [{{protocol: UDP, port: 53}}, {{protocol: TCP, port: 53}}]
    - ports: [{{protocol: TCP, port: 443}}]
worker:
  apiVersion: apps/v1
  kind: Deployment
  metadata: {{name: account-{name}}}
  spec:
    replicas: 1
    strategy: {{type: Recreate}}
    selector: {{matchLabels: {{account: {name}}}}}
    template:
      metadata: {{labels: {{account: {name}}}}}
      spec:
        serviceAccountName: account-{name}
        automountServiceAccountToken: false
        securityContext: {{runAsNonRoot: true, runAsUser: 10001, seccompProfile: {{type: RuntimeDefault}}}}
        containers:
        - name: worker
          image: tradepods-worker:1
          args: [--name, {name}, --settings, /etc/tradepods/settings/settings.json, --state, /var/lib/tradepods]
          resources: {{requests: {{cpu: 50m, memory: 128Mi}}, limits: {{cpu: 500m, memory: 256Mi}}}}
          securityContext: {{allowPrivilegeEscalation: false, readOnlyRootFilesystem: true}}
          volumeMounts:
          - {{name: settings, mountPath: /etc/tradepods/settings}}
          - {{name: state, mountPath: /var/lib/tradepods}}
        volumes:
        - {{name: settings, configMap: {{name: account-{name}-settings}}}}
        - {{name: state, persistentVolumeClaim: {{claimName: account-{name}-ledger}}}}
"""


def children(name: str, spec: Any) -> dict[str, Any]:
    """The account's objects, owned by it."""
    found: dict[str, Any] = yaml.safe_load(TEMPLATE.format(name=name))
    found["settings"]["data"] = {"settings.json": json.dumps(dict(spec), indent=2)}
    kopf.adopt(found.values())
    return found


@kopf.on.create("tradepods.dev", "v1alpha1", "tradingaccounts")
def create(*, name: str, namespace: str | None, spec: Any, patch: Any, **_: Any) -> None:
    """Make the objects."""
    found = children(name, spec)
    core, apps = kubernetes.client.CoreV1Api(), kubernetes.client.AppsV1Api()
    core.create_namespaced_config_map(namespace, found["settings"])
    core.create_namespaced_service_account(namespace, found["identity"])
    core.create_namespaced_persistent_volume_claim(namespace, found["ledger"])
    kubernetes.client.NetworkingV1Api().create_namespaced_network_policy(namespace, found["network"])
    apps.create_namespaced_deployment(namespace, found["worker"])
    patch.status["phase"] = "Created"


@kopf.on.update("tradepods.dev", "v1alpha1", "tradingaccounts")
def update(*, name: str, namespace: str | None, spec: Any, patch: Any, **_: Any) -> None:
    """Change what an account's spec can change."""
    found = children(name, spec)
    core, apps = kubernetes.client.CoreV1Api(), kubernetes.client.AppsV1Api()
    core.patch_namespaced_config_map(f"account-{name}-settings", namespace, found["settings"])
    apps.patch_namespaced_deployment(f"account-{name}", namespace, found["worker"])
    patch.status["phase"] = "Updated"
