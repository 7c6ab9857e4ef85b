"""The examples are right, and stay so."""

from pathlib import Path

from tradepods_cli import manifests
from tradepods_cli.local.fleet_checks import check

EXAMPLES = Path(__file__).parents[2] / "examples"


def test_every_example_folder_can_be_run() -> None:
    """`tradepods up` would take it as it is."""
    folders = [path for path in EXAMPLES.iterdir() if path.is_dir()]

    assert folders
    for folder in folders:
        check(manifests.load(folder))
