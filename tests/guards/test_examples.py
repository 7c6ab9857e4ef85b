"""The examples are right, and stay so."""

from pathlib import Path

import pytest
import yaml

from tradepods_cli import manifests
from tradepods_cli.local.fleet_checks import check

EXAMPLES = Path(__file__).parents[2] / "examples"
APART = {"argocd", "flux", "kustomize"}  # for GitOps: their tests are in tests/cluster
FOLDERS = [EXAMPLES, *sorted(path for path in EXAMPLES.iterdir() if path.is_dir() and path.name not in APART)]
APPLICATIONS = [EXAMPLES / "argocd" / "root.yaml", *sorted((EXAMPLES / "argocd" / "apps").glob("*.yaml"))]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_example_folder_can_be_run(folder: Path) -> None:
    """`tradepods up` would take it as it is."""
    check(manifests.load(folder))


def test_what_is_applied_as_it_stands_trades_on_paper() -> None:
    """`kubectl apply -f` of any of them sends no order, and needs no Secret."""
    accounts = [account for folder in FOLDERS for account in manifests.load(folder).accounts]

    assert accounts
    assert {(account.spec.dry_run, account.spec.credentials_secret_ref) for account in accounts} == {(True, None)}


@pytest.mark.parametrize("file", APPLICATIONS, ids=lambda file: file.stem)
def test_applications_lead_to_folders_that_are_here(file: Path) -> None:
    """Whoever forks the repository changes the address alone."""
    for one in yaml.safe_load_all(file.read_text("utf-8")):
        if one["kind"] == "Application":
            assert (EXAMPLES.parent / one["spec"]["source"]["path"]).is_dir()
            assert one["spec"]["syncPolicy"]["automated"] == {"prune": True, "selfHeal": True}
