"""The account's settings from a mounted file: YAML or JSON of a TradingAccount's spec."""

from pathlib import Path

import yaml

from tradepods_core.errors import Permanent
from tradepods_core.reading import unreadable
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.reading import read_account


def load(file: Path) -> AccountSpec:
    """The settings; raises Invalid with every problem, Permanent where there is no file."""
    try:
        document = yaml.safe_load(file.read_text("utf-8"))
    except OSError as error:
        raise Permanent(f"can't read the settings {file}: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        raise unreadable(line=error.problem_mark.line + 1 if error.problem_mark else None) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise unreadable(line=None) from None
    return read_account(document)
