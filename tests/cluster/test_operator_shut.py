"""A namespace whose Role somebody has taken away is its own trouble: all others are served."""

from pathlib import Path

import httpx

from support.chart import render
from support.chart_access import ACCESS, install, kubeconfig, operator
from support.cluster import Cluster
from support.operated import account
from support.operating import Hands, until
from tradepods_operator.ports import ACCOUNT, DEPLOYMENT


def test_whoever_shuts_the_operator_out_of_his_namespace_stops_nobody_elsewhere(
    cluster: Cluster, tmp_path: Path
) -> None:
    """It says so, in its log and its figures, and begins anew once it may read there again."""
    release, traders, lost = (cluster.namespace() for _ in range(3))
    chart = render({"rbac": {"mode": "Namespaced", "accountNamespaces": [traders, lost]}}, namespace=release)
    install(cluster, chart, *ACCESS)
    assert cluster.kubectl("delete", "role", "--all", "--namespace", lost).returncode == 0
    config = kubeconfig(cluster, tmp_path, namespace=release, component="operator")
    with cluster.client() as admin, operator(chart, config, tmp_path) as (one, figures):
        served, shut = Hands(admin, traders), Hands(admin, lost)
        served.create(ACCOUNT, account())
        shut.create(ACCOUNT, account())
        until(lambda: served.child(DEPLOYMENT), what=one.wrote)

        assert shut.child(DEPLOYMENT) is None
        assert f'"namespace": "{lost}"' in one.wrote()
        assert "tradepods_operator_shut_namespaces 1.0" in httpx.get(figures, trust_env=False).text
        install(cluster, chart, *ACCESS)
        assert one.process.wait(60) == 1, one.wrote()
        assert f"namespace {lost} may be read again" in one.wrote()
        served.create(ACCOUNT, account("bob"))
        with operator(chart, config, tmp_path) as (again, _):
            for hands, name in ((shut, "alice"), (served, "bob")):
                until(lambda hands=hands, name=name: hands.child(DEPLOYMENT, name), what=again.wrote)
