"""How ccxt goes through an account's proxy, and what it lets through when that fails."""

from collections.abc import Mapping

from tradepods_core.settings.proxy import Proxy


def options(proxy: Proxy | None) -> Mapping[str, str]:
    """Part of the argument of ccxt's constructor: requests and websockets go one way."""
    if proxy is None:
        return {}
    if proxy.kind == "socks5":
        return {"socksProxy": proxy.url, "wsSocksProxy": proxy.url}
    return {"httpsProxy": proxy.url, "wssProxy": proxy.url}


def failures(proxy: Proxy | None) -> tuple[type[Exception], ...]:
    """What is raised beside ccxt's own exceptions where the proxy does not answer, or refuses."""
    if proxy is None or proxy.kind != "socks5":
        return ()
    from aiohttp_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError  # loaded late: few accounts need it

    return ProxyConnectionError, ProxyError, ProxyTimeoutError
