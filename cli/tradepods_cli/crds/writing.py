"""The definitions as YAML files."""

from typing import Any

import yaml

from tradepods_cli.crds.definitions import definitions

HEAD = "# Written by `tradepods crds`: the models in core are the source.\n"
WIDE = 120  # columns


class _Dumper(yaml.SafeDumper):
    """Writes out what stands in two places: an API server's YAML has aliases, a chart's reader has enough to do."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def files() -> dict[str, str]:
    """The text of each definition, by the name of its file, as in `tradingaccounts.yaml`."""
    found = definitions().values()
    return {f"{definition['spec']['names']['plural']}.yaml": HEAD + as_yaml(definition) for definition in found}


def as_yaml(definition: dict[str, Any]) -> str:
    """One definition, its fields in the order of the models."""
    return yaml.dump(
        definition, Dumper=_Dumper, sort_keys=False, width=WIDE, allow_unicode=True, default_flow_style=None
    )
