"""The log that no secret leaves by."""

import io
import json
from pathlib import Path

import pytest

from tradepods_worker.logs import BLACKED_OUT, Redacted

PEM = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw\nBCIEIKvL7l0P3Q\n-----END PRIVATE KEY-----"


def _written(secret: str, text: str) -> str:
    written = io.StringIO()
    Redacted(written, [secret]).write(text)
    return written.getvalue()


def test_the_longer_of_two_secrets_goes_first() -> None:
    """So that no part of it stays."""
    written = io.StringIO()
    stream = Redacted(written, ["topsecret", "topsecret-and-more", ""])
    stream.write("key=topsecret-and-more other=topsecret nothing else")
    stream.flush()

    assert written.getvalue() == f"key={BLACKED_OUT} other={BLACKED_OUT} nothing else"


@pytest.mark.parametrize("secret", ['pass"word\\9', "schlüssel-ß", "a\tb\tc"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_a_secret_inside_json_is_found(secret: str, ascii_only: bool) -> None:
    """Our own log is JSON: what has to be escaped there looks different."""
    line = json.dumps({"error": f"refused {secret}."}, ensure_ascii=ascii_only)

    assert json.loads(_written(secret, line)) == {"error": f"refused {BLACKED_OUT}."}


def test_a_secret_inside_an_address_is_found() -> None:
    """A bot's token is part of its address, and a colon may be written %3A there."""
    assert _written("100001:tok+en", "/bot100001%3Atok%2Ben/getMe") == f"/bot{BLACKED_OUT}/getMe"


def test_each_line_of_a_key_of_many_lines_is_found() -> None:
    """A library may print them one by one."""
    assert _written(PEM, "line 2: MC4CAQAwBQYDK2Vw") == f"line 2: {BLACKED_OUT}"


def test_a_line_that_its_disk_has_no_room_for_is_lost() -> None:
    """It is not worth the worker."""
    with Path("/dev/full").open("wb", buffering=0) as disk, io.TextIOWrapper(disk, write_through=True) as full:
        with pytest.raises(OSError, match="No space left"):
            full.write("a line\n")
        stream = Redacted(full, ["topsecret"])
        assert stream.write("a line\n") == len("a line\n")
        stream.flush()
