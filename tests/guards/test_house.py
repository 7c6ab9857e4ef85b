"""The house's own rules: what a reader may rely on in every room."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ["core", "operator", "signal_service", "worker", "simulator", "cli"]
LONGEST = 300
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    """300 lines; a longer one has a better shape."""
    counts = {_name(path): len(path.read_text().splitlines()) for path in SOURCES + TESTS}

    assert {name: count for name, count in counts.items() if count > LONGEST} == {}


def test_every_module_says_why_it_is_there() -> None:
    """A docstring on top of each file."""
    silent = [_name(path) for path in SOURCES if not ast.get_docstring(ast.parse(path.read_text()))]

    assert silent == []


def test_every_test_states_its_rule() -> None:
    """In one sentence: the test's docstring."""
    silent = [
        f"{_name(path)}:{node.lineno} {node.name}"
        for path in TESTS
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test")
        and not ast.get_docstring(node)
    ]

    assert silent == []


def test_nothing_shadows_the_standard_library() -> None:
    """A package named operator at the root would break every import."""
    assert not (ROOT / "operator" / "__init__.py").exists()
    assert [path for path in (ROOT / "tests").rglob("operator") if path.is_dir()] == []


def test_there_is_no_drawer_for_everything() -> None:
    """No utils, helpers, common, misc: a name says what is inside."""
    drawers = {"utils.py", "util.py", "helpers.py", "common.py", "misc.py"}

    assert [_name(path) for path in SOURCES + TESTS if path.name in drawers] == []


def test_locks_carry_hashes_and_no_address() -> None:
    """They install the same from any registry."""
    for lock in (ROOT / "requirements").glob("*.txt"):
        text = lock.read_text()
        pinned = re.findall(r"^[a-z0-9][a-z0-9._-]*==\S+", text, flags=re.MULTILINE)

        assert pinned
        assert "://" not in text
        assert "index-url" not in text
        assert text.count("--hash=sha256:") >= len(pinned)


def test_locks_agree_with_each_other() -> None:
    """One version of a library in all of them: all.txt and dev.txt share an environment."""
    pinned: dict[str, set[frozenset[str]]] = {}
    for lock in (ROOT / "requirements").glob("*.txt"):
        found: dict[str, set[str]] = {}
        for name, version in re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", lock.read_text(), flags=re.MULTILINE):
            found.setdefault(name, set()).add(version)  # one for each Python that needs its own
        for name, versions in found.items():
            pinned.setdefault(name, set()).add(frozenset(versions))

    assert {name: versions for name, versions in pinned.items() if len(versions) > 1} == {}


LOOK = """
import sys
from pathlib import Path
from types import SimpleNamespace
import tradepods_worker.__main__
from tradepods_worker.bootstrap.parts import make_messenger
Path("botToken").write_text("1:a")
settings = SimpleNamespace(telegram=SimpleNamespace(api_url=""))
options = SimpleNamespace(telegram=Path())
make_messenger(SimpleNamespace(settings=settings, options=options, tls=None, outbound=""), terms=None)
from tradepods_worker.adapters.clocks import WallClock
from tradepods_worker.adapters.venues.ccxt_venue import CcxtVenue
from tradepods_core.settings.parts import Exchange
CcxtVenue(exchange=Exchange(environment="custom", url="http://127.0.0.1:1"), api_key="k", secret="s", wall=WallClock())
exchanges = [n for n, module in sys.modules.items() if n.startswith("ccxt.pro.") and getattr(module, "__file__", None)]
print(",".join(sorted({name.partition(".")[0] for name in sys.modules})))
print(",".join(sorted(exchanges)))
"""


def test_the_worker_is_lean(tmp_path: Path) -> None:
    """Neither numpy nor another exchange's module is ever loaded into it, nor what only others would use."""
    look = [sys.executable, "-c", LOOK]
    done = subprocess.run(look, capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path)
    loaded, exchanges = (set(line.split(",")) for line in done.stdout.splitlines())

    assert loaded & {"numpy", "pandas", "talib", "matplotlib", "fastapi", "uvicorn", "pyarrow", "kopf"} == set()
    assert loaded & {"cryptography", "rich", "pygments", "click", "requests", "trio"} == set()
    assert exchanges == {"ccxt.pro.binance", "ccxt.pro.binanceusdm"}


def test_a_dry_run_loads_no_exchange_at_all() -> None:
    """Nor a bot that it does not have."""
    look = "import sys, tradepods_worker.__main__; print('ccxt' in sys.modules, 'telegram' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.split() == ["False", "False"]


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "Makefile", ".ci/run"])
def test_make_targets_that_are_named_exist(name: str) -> None:
    """`make something` in a text is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z][a-z-]*)\b(?! sure)", (ROOT / name).read_text()))

    assert named - targets - {"it", "them", "the", "a", "up", "what"} == set()


def test_links_between_documents_lead_somewhere() -> None:
    """A renamed file is noticed."""
    broken = [
        f"{_name(page)}: {link}"
        for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
        for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text())
        if not (page.parent / link).exists()
    ]

    assert broken == []


def test_files_that_the_map_names_exist() -> None:
    """docs/architecture.md leads from a question to a file."""
    text = (ROOT / "docs" / "architecture.md").read_text()
    named = re.findall(r"`([a-z_]+/[A-Za-z0-9_./{}-]+\.(?:py|md|toml))`", text)

    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
