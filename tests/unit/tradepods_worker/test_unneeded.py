"""What a worker's libraries would import and it never uses."""

import importlib
import sys

import pytest

from tradepods_worker.unneeded import absent, stand_ins

UNUSED = "antigravity_of_nobody"  # no library of this name


def test_what_is_absent_cannot_be_imported_meanwhile() -> None:
    """A library that can do without it goes on; afterwards it is there again."""
    sys.modules.pop("colorsys", None)

    with absent("colorsys"), pytest.raises(ModuleNotFoundError):
        importlib.import_module("colorsys")

    assert importlib.import_module("colorsys").rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)


def test_what_is_loaded_already_stays() -> None:
    """Nobody who has it loses it."""
    import json

    with absent("json"), stand_ins(["json"]):
        assert importlib.import_module("json") is json

    assert sys.modules["json"] is json


def test_a_stand_in_has_every_name_and_is_gone_afterwards() -> None:
    """Also names within names, as a library reads them while it is imported."""
    with stand_ins([UNUSED, f"{UNUSED}.part"]):
        module = importlib.import_module(f"{UNUSED}.part")

    assert issubclass(module.Anything.within, Exception)
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(UNUSED)
