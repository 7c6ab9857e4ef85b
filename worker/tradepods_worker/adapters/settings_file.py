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
        self._seen: Look | None = None  # what was started with may have been edited since
        self._last: Look | None = None

    def newer(self) -> AccountSpec | None:
        """What is written in it since it was read last, None where nothing is; raises Invalid, Permanent.

        It is read once it looks the same twice, and after the reading: it may be half written, and right so far.
        """
        look, before = self._look(), self._last
        self._last = look
        if look is None or look == self._seen or look != before:
            return None
        try:
            spec = load(self._file)
        finally:
            steady = self._look() == look
            self._seen = look if steady else self._seen
        return spec if steady else None

    def _look(self) -> Look | None:
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size
