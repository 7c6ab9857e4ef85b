"""The account's settings from a mounted file: YAML or JSON of a TradingAccount's spec."""

from pathlib import Path

import yaml

from tradepods_core.errors import Permanent
from tradepods_core.reading import unreadable
from tradepods_core.settings.account import AccountSpec
from tradepods_core.settings.reading import read_account

Look = tuple[int, int, int]


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


class SettingsFile:
    """A file that is looked at again and again. A mounted ConfigMap changes by a link: the file behind it counts."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._seen = self._look()
        self._doubted: Look | None = None

    def newer(self) -> AccountSpec | None:
        """What is written in it since it was read last, None where nothing is; raises Invalid, Permanent.

        One that can't be used is looked at a second time first: it may be half written.
        """
        look = self._look()
        if look is None or look == self._seen:
            return None
        try:
            spec = load(self._file)
        except Exception:
            if look != self._doubted:
                self._doubted = look
                return None
            self._seen = look
            raise
        self._seen = look
        return spec

    def _look(self) -> Look | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size
