"""What Argo CD is taught of our kinds: scripts in its own layout, and the one ConfigMap that holds the same.

`python -m support.argo_customizations` writes the ConfigMap, and the states that the scripts are tried on.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from support.argo_samples import SCENES, STRATEGIES, account_in, strategy_in
from support.cluster_assets import ROOT

FOLDER = ROOT / "examples" / "argocd"
SCRIPTS = FOLDER / "resource_customizations" / "tradepods.dev"
ACCOUNT, STRATEGY = SCRIPTS / "TradingAccount", SCRIPTS / "TradingStrategy"
PATCH = FOLDER / "argocd-cm.yaml"
HEAD = """\
# For Argo CD's own ConfigMap, made of resource_customizations/ and application.lua:
#   kubectl apply --server-side --field-manager=tradepods -f argocd-cm.yaml
# adds these keys to it, and leaves the others as they are.
"""


class _Dumper(yaml.SafeDumper):
    """Scripts stay readable."""


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def written(document: Mapping[str, Any]) -> str:
    """As YAML for people."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)


def config_map() -> str:
    """The ConfigMap's text."""
    data = {}
    for folder in (ACCOUNT, STRATEGY):
        data[f"resource.customizations.health.tradepods.dev_{folder.name}"] = _text(folder / "health.lua")
    data["resource.customizations.actions.tradepods.dev_TradingAccount"] = written(_actions(ACCOUNT / "actions"))
    data["resource.customizations.health.argoproj.io_Application"] = _text(FOLDER / "application.lua")
    about = {"name": "argocd-cm", "namespace": "argocd", "labels": {"app.kubernetes.io/part-of": "argocd"}}
    return HEAD + written({"apiVersion": "v1", "kind": "ConfigMap", "metadata": about, "data": data})


async def samples() -> Mapping[Path, str]:
    """The files of accounts and strategies in each state, and what is to stand in them."""
    accounts = {ACCOUNT / "testdata" / f"{name}.yaml": await account_in(name) for name in SCENES}
    strategies = {STRATEGY / "testdata" / f"{name}.yaml": await strategy_in(name) for name in STRATEGIES}
    return {file: written(document) for file, document in (accounts | strategies).items()}


def _actions(folder: Path) -> dict[str, Any]:
    names = sorted(path.parent.name for path in folder.glob("*/action.lua"))
    return {
        "discovery.lua": _text(folder / "discovery.lua"),
        "definitions": [{"name": name, "action.lua": _text(folder / name / "action.lua")} for name in names],
    }


def _text(file: Path) -> str:
    return file.read_text("utf-8")


if __name__ == "__main__":
    for made, content in {**asyncio.run(samples()), PATCH: config_map()}.items():
        made.write_text(content, "utf-8")
