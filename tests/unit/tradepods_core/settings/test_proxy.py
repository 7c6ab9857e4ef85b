"""A proxy's URL: three kinds, a host and a port; whatever it holds is never repeated."""

import pytest

from tradepods_core.errors import Invalid
from tradepods_core.settings.proxy import read_proxy


@pytest.mark.parametrize(
    ("url", "kind", "secrets"),
    [
        ("http://10.0.0.7:3128", "http", ("http://10.0.0.7:3128",)),
        ("https://proxy.example.com:443/", "https", ("https://proxy.example.com:443/",)),
        ("socks5://[::1]:1080", "socks5", ("socks5://[::1]:1080",)),
        ("http://me:pa55@host:1", "http", ("http://me:pa55@host:1", "pa55", "pa55")),
        ("socks5://me:p%40ss@host:65535", "socks5", ("socks5://me:p%40ss@host:65535", "p%40ss", "p@ss")),
        ("http://token@host:8080", "http", ("http://token@host:8080",)),
    ],
)
def test_a_proxy_is_read_with_what_must_not_be_shown(url: str, kind: str, secrets: tuple[str, ...]) -> None:
    """The URL as a whole, and its password as it is written and as it is meant."""
    proxy = read_proxy(url)

    assert (proxy.kind, proxy.url, proxy.secrets) == (kind, url, secrets)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "proxy.example.com:3128",
        "ftp://host:21",
        "socks4://host:1080",
        "http://host",
        "http://host:0",
        "http://host:65536",
        "http://host:80x",
        "http://me:pa55@host:80/path",
        "http://me:pa55@host:80?query=1",
        "http://me:pa55@ho st:80",
        "http://me:pa55@host:80\nhttp://host:80",
    ],
)
def test_what_names_no_proxy_is_refused_without_being_repeated(url: str) -> None:
    """The fix says what to write."""
    with pytest.raises(Invalid) as raised:
        read_proxy(url)

    (problem,) = raised.value.problems
    assert (problem.field, problem.value) == ("url", "")
    assert "socks5://" in problem.fix
    assert "pa55" not in str(raised.value)


def test_a_proxy_is_printed_without_its_url() -> None:
    """A log line or a traceback that shows one gives nothing away."""
    assert repr(read_proxy("http://me:pa55@host:80")) == "Proxy(kind='http')"
