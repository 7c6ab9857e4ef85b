"""Which cluster is meant, found as kubectl finds it; nothing of a kubeconfig is a secret once it is read."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from tradepods_cli.cluster.kubeconfig import Place, Wanted, is_there, place_of
from tradepods_core.errors import Invalid

MARKER = "token-of-somebody-4711"


def _file(folder: Path, name: str, **changes: Any) -> Path:
    config: dict[str, Any] = {
        "clusters": [{"name": "c", "cluster": {"server": f"https://{name}:6443/"}}],
        "users": [{"name": "u", "user": {"token": MARKER}}],
        "contexts": [{"name": name, "context": {"cluster": "c", "user": "u", "namespace": f"ns-{name}"}}],
        "current-context": name,
    }
    file = folder / name
    file.write_text(yaml.safe_dump({**config, **changes}), "utf-8")
    return file


def _place(home: Path, variable: str = "", **wanted: Any) -> Place:
    return place_of(Wanted(**wanted), environment={"KUBECONFIG": variable}, home=home)


def test_the_current_context_counts_where_none_is_named(tmp_path: Path) -> None:
    """With its namespace, which an option goes before; all of them is the empty one."""
    file = _file(tmp_path, "one")
    found = _place(tmp_path, kubeconfig=file)

    assert (found.context, found.server, found.namespace) == ("one", "https://one:6443", "ns-one")
    assert _place(tmp_path, kubeconfig=file, namespace="x").namespace == "x"
    assert _place(tmp_path, kubeconfig=file, everywhere=True).namespace == ""
    assert MARKER not in repr(found)


def test_the_first_file_goes_before_the_others(tmp_path: Path) -> None:
    """As kubectl merges KUBECONFIG; a file that isn't there is left out."""
    one, two = _file(tmp_path, "one"), _file(tmp_path, "two")
    variable = f"{tmp_path / 'none'}:{one}:{two}"

    assert _place(tmp_path, variable).context == "one"
    assert _place(tmp_path, variable).files == (one, two)
    assert _place(tmp_path, variable, context="two").server == "https://one:6443"  # both call their cluster `c`


def test_the_home_folder_is_looked_at_where_nothing_is_set(tmp_path: Path) -> None:
    """~/.kube/config; one without a namespace means `default`."""
    assert not is_there(environment={}, home=tmp_path)
    (tmp_path / ".kube").mkdir()
    _file(tmp_path / ".kube", "config", contexts=[{"name": "config", "context": {"cluster": "c"}}])

    assert is_there(environment={}, home=tmp_path)
    assert _place(tmp_path).namespace == "default"


def test_whom_one_acts_as_is_read(tmp_path: Path) -> None:
    """Else one would act with more rights than one meant to."""
    user = {"token": MARKER, "as": "alice", "as-groups": ["traders", "people"]}
    found = _place(tmp_path, kubeconfig=_file(tmp_path, "one", users=[{"name": "u", "user": user}]))

    assert (found.as_user, found.as_groups) == ("alice", ("traders", "people"))


@pytest.mark.parametrize(
    ("changes", "wanted", "said"),
    [
        ({}, {"context": "prod"}, "--context is prod: "),
        ({}, {"context": "prod"}, "there are one (--context)"),
        ({"current-context": ""}, {}, "current-context: "),
        ({"contexts": None}, {}, "there are none"),
        ({"contexts": "nonsense"}, {}, "there are none"),
        ({"clusters": []}, {}, "the cluster of context one has no server there"),
        ({"clusters": [{"name": "c", "cluster": {}}]}, {}, "has no server there"),
    ],
)
def test_what_is_missing_is_named_with_its_file(
    tmp_path: Path, changes: dict[str, Any], wanted: dict[str, Any], said: str
) -> None:
    """And nothing that is in it beside."""
    file = _file(tmp_path, "one", **changes)
    with pytest.raises(Invalid) as caught:
        _place(tmp_path, kubeconfig=file, **wanted)

    assert said in str(caught.value)
    assert str(file) in str(caught.value)
    assert MARKER not in str(caught.value)


@pytest.mark.parametrize("text", [f"a: [{MARKER}", f"{MARKER}", f"'{MARKER}", "", "\x00"])
def test_what_can_not_be_read_is_not_quoted(tmp_path: Path, text: str) -> None:
    """However broken it is."""
    file = tmp_path / "broken"
    file.write_text(text, "utf-8")
    with pytest.raises(Invalid, match="it can't be read as YAML") as caught:
        _place(tmp_path, kubeconfig=file)
    assert MARKER not in str(caught.value)


def test_where_it_was_looked_for_is_said(tmp_path: Path) -> None:
    """By the option, by the variable, by the home folder."""
    for terms, said in (
        ({"kubeconfig": tmp_path / "none"}, "there is no such file"),
        ({"variable": "/nowhere"}, "there is none at KUBECONFIG=/nowhere"),
        ({}, f"there is none at {tmp_path}/.kube/config"),
    ):
        with pytest.raises(Invalid, match=said):
            _place(tmp_path, **terms)
