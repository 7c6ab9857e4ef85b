"""The four images, by their Dockerfiles: what whoever runs them relies on. tests/e2e looks into what was built."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMPONENTS = ("operator", "signals", "simulator", "worker")
HEAVY = {"numpy", "pandas", "pyarrow", "ta-lib", "kopf", "kubernetes", "fastapi", "uvicorn", "matplotlib"}


def _stages(component: str) -> list[list[tuple[str, str]]]:
    """Instructions and what they say, by stage; what stands before the first is none of them."""
    text = (ROOT / f"Dockerfile.{component}").read_text("utf-8")
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE))
    stages: list[list[tuple[str, str]]] = [[]]
    for line in filter(None, joined.splitlines()):
        instruction, _, said = line.partition(" ")
        if instruction == "FROM":
            stages.append([])
        stages[-1].append((instruction, said))
    return stages[1:]


def _of(stage: list[tuple[str, str]], instruction: str) -> list[str]:
    return [said for one, said in stage if one == instruction]


def test_each_dockerfile_is_looked_at() -> None:
    """A fifth one would need the same rules."""
    assert {file.suffix.removeprefix(".") for file in ROOT.glob("Dockerfile*")} == set(COMPONENTS)


@pytest.mark.parametrize("component", COMPONENTS)
def test_what_builds_stays_behind(component: str) -> None:
    """Two stages on the base that the caller names; the finished environment alone goes over."""
    build, final = _stages(component)

    assert _of(build, "FROM") == ["${PYTHON_IMAGE} AS build"]
    assert _of(final, "FROM") == ["${PYTHON_IMAGE}"]
    assert _of(final, "COPY") == ["--from=build /opt/tradepods /opt/tradepods"]
    assert _of(final, "ADD") == []


@pytest.mark.parametrize("component", COMPONENTS)
def test_only_what_is_locked_is_installed(component: str) -> None:
    """By hash, of its own lock, and nothing is compiled from source."""
    build, final = _stages(component)
    (installs,) = (said for stage in (build, final) for said in _of(stage, "RUN") if re.search(r"\binstall\b", said))

    assert installs.endswith(f"--require-hashes --only-binary :all: -r /build/{component}.txt")


@pytest.mark.parametrize("component", COMPONENTS)
def test_nobody_special_runs_it(component: str) -> None:
    """By number: the kubelet can't tell of a name whether it is root's."""
    (user,) = _of(_stages(component)[-1], "USER")

    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_program_that_does_not_start_is_no_image(component: str) -> None:
    """A base with another Python would be found out at the start of each pod: the build imports what is started."""
    final = _stages(component)[-1]

    assert _of(final, "ENTRYPOINT") == [f'["/opt/tradepods/bin/python", "-m", "tradepods_{component}"]']
    assert _of(final, "RUN") == [f'["/opt/tradepods/bin/python", "-c", "import tradepods_{component}.__main__"]']


def test_the_workers_image_is_lean() -> None:
    """One of it runs for each account: no arrays, no operator, no web framework."""
    text = (ROOT / "requirements" / "worker.txt").read_text("utf-8")
    locked = set(re.findall(r"^([a-z0-9][a-z0-9._-]*)==", text, flags=re.MULTILINE))

    assert "ccxt" in locked
    assert locked & HEAVY == set()
