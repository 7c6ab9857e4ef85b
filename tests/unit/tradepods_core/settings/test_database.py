"""A database's URL: where it is may be shown, the rest is never repeated."""

import pytest

from tradepods_core.errors import Invalid
from tradepods_core.settings.database import read_database


@pytest.mark.parametrize(
    ("url", "place", "secrets"),
    [
        ("postgresql://me:pa55@db:5432/fleet", "db:5432/fleet", {"pa55"}),
        ("postgres://me:p%40ss@db.example.com/fleet?sslmode=require", "db.example.com/fleet", {"p%40ss", "p@ss"}),
        ("postgresql://me@a:1,[::1]:2/fleet?password=pa55&sslpassword=k3y", "a:1,[::1]:2/fleet", {"pa55", "k3y"}),
        ("postgresql:///fleet?host=/run/postgresql", "/fleet", set()),
    ],
)
def test_a_database_is_read_with_what_must_not_be_shown(url: str, place: str, secrets: set[str]) -> None:
    """The URL as a whole, and each password in it, as it is written and as it is meant."""
    found = read_database(url)

    assert (found.url, found.place, set(found.secrets)) == (url, place, secrets | {url})
    assert repr(found) == f"Database(place='{place}')"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mysql://me:pa55@db/fleet",
        "db:5432/fleet",
        "host=db password=pa55",
        "postgresql://me:pa55@db",
        "postgresql://me:pa55@db/",
        "postgresql://me:pa/55@db/fleet",
        "postgresql://me:pa@55@db/fleet",
        "postgresql://me:pa55@db:x/fleet",
        "postgresql://me:pa55@db/fleet\npostgresql://db/fleet",
        "postgresql://me:pa55@db/fleet?sslmode=require tail",
    ],
)
def test_what_names_no_database_is_refused_without_being_repeated(url: str) -> None:
    """The fix says what to write."""
    with pytest.raises(Invalid) as raised:
        read_database(url)
    (problem,) = raised.value.problems

    assert (problem.field, problem.value) == ("url", "")
    assert "postgresql://user:password@host:5432/database" in problem.fix
    assert "55" not in str(raised.value).replace("5432", "")
