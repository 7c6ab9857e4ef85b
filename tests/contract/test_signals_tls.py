"""The service over TLS, by real certificates: who is believed, what is refused, and what is renewed while it runs."""

import asyncio
import os
import shutil
import ssl
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from support.build import NOON
from support.certificates import Issued, issue
from support.signal_service import WALL, Running, bearer, served, token
from tradepods_cli.main import app
from tradepods_core.errors import Permanent, Temporary
from tradepods_core.wire.fleet import Heartbeat, Tally
from tradepods_signals.adapters.http.tls import Certificate
from tradepods_worker.adapters.authority import trusted
from tradepods_worker.adapters.feed_http import HttpFeed

WITHIN = 10.0
HEARTBEAT = Heartbeat(
    at=NOON,
    dry_run=True,
    state="Running",
    settings_hash="a",
    equity=Decimal(1),
    tally=Tally(realized_pnl=Decimal(0), fees=Decimal(0)),
)


@pytest.fixture
def issued(tmp_path: Path) -> Issued:
    """A certificate and its key."""
    return issue(tmp_path / "mounted")


@pytest.fixture
async def service(issued: Issued) -> AsyncIterator[Running]:
    """One that shows it."""
    certificate = Certificate(cert=issued.cert, key=issued.key)
    async with served(certificate=certificate, head_seconds=0.5) as running:
        yield running


def _url(service: Running) -> str:
    return f"https://127.0.0.1:{service.port}"


def _feed(service: Running, file: Path, *, ca: Path | None) -> HttpFeed:
    return HttpFeed(
        url=_url(service),
        exchange="binanceusdm",
        namespace="default",
        name="bob",
        wall=WALL,
        token=file,
        tls=trusted(ca),
    )


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    """Bob's."""
    file = tmp_path / "token"
    file.write_text(token("worker"))
    return file


async def test_a_worker_believes_whom_its_file_vouches_for(service: Running, issued: Issued, token_file: Path) -> None:
    """It reports over TLS as it does without."""
    feed = _feed(service, token_file, ca=issued.ca)
    reply = await feed.report(HEARTBEAT)
    await feed.close()

    assert reply.halt == ""
    assert [digest.name for digest in service.fleet.since(0).accounts] == ["bob"]


async def test_whom_nobody_vouches_for_is_told_nothing(service: Running, token_file: Path, tmp_path: Path) -> None:
    """Neither without a file nor with that of another authority; the token never leaves."""
    for ca in (None, issue(tmp_path / "another").ca):
        feed = _feed(service, token_file, ca=ca)
        with pytest.raises(Temporary, match="does not answer"):
            await feed.report(HEARTBEAT)
        await feed.close()

    assert service.fleet.since(0).accounts == ()


@pytest.mark.parametrize(
    "command", [["signals", "show"], ["fleet", "portfolio"], ["fleet", "halt", "--why", "x"], ["account", "list"]]
)
async def test_commands_believe_whom_their_file_vouches_for(
    service: Running, issued: Issued, tmp_path: Path, command: list[str]
) -> None:
    """Their option, or TRADEPODS_CA_FILE; without either they say that they don't."""
    file = tmp_path / "admin"
    file.write_text(token("admin", "eve"))
    where = ["--signals" if command[0] == "account" else "--url", _url(service), "--token-file", str(file)]

    async def run(*more: str, **environment: str) -> str:
        done = await asyncio.to_thread(CliRunner().invoke, app, [*command, *where, *more], env=environment)
        return done.output

    for answer in (await run("--ca", str(issued.ca)), await run(TRADEPODS_CA_FILE=str(issued.ca))):
        assert "certificate" not in answer.lower()
        assert "does not answer" not in answer
    unknown = await run()
    assert "CERTIFICATE_VERIFY_FAILED" in unknown or "vouched for by nobody who is trusted (--ca)" in unknown


async def test_a_file_without_certificates_is_named(token_file: Path, tmp_path: Path) -> None:
    """Before anything is sent."""
    for file, told in ((tmp_path / "none", "No such file"), (token_file, "holds no certificates")):
        with pytest.raises(Permanent, match=told) as error:
            trusted(file)
        assert str(file) in str(error.value)


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
@pytest.mark.parametrize(
    ("version", "agreed"),
    [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True), (ssl.TLSVersion.TLSv1_3, True)],
)
async def test_old_versions_are_not_spoken(
    service: Running, issued: Issued, version: ssl.TLSVersion, *, agreed: bool
) -> None:
    """TLS 1.2 is the least."""
    context = ssl.create_default_context(cafile=issued.ca)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # so that the old version fails by its number alone
    context.minimum_version = context.maximum_version = version
    client = httpx.AsyncClient(base_url=_url(service), verify=context, trust_env=False)
    async with client:
        if agreed:
            assert (await client.get("/healthz")).status_code == 200
        else:
            with pytest.raises(httpx.ConnectError):
                await client.get("/healthz")


async def test_a_handshake_that_never_comes_is_given_up(service: Running) -> None:
    """As a head that never comes; others are served meanwhile."""
    reader, writer = await asyncio.open_connection("127.0.0.1", service.port)
    async with asyncio.timeout(WITHIN):
        assert await reader.read() == b""
    writer.close()


async def test_plain_http_on_a_tls_port_is_not_answered(service: Running) -> None:
    """A token that is sent so was sent in the open: nothing good comes of it."""
    async with httpx.AsyncClient(base_url=service.url, trust_env=False) as client:
        with pytest.raises(httpx.TransportError):
            await client.get("/v1/strategies", headers=bearer("reader"))


async def test_a_renewed_certificate_is_shown_without_a_restart(
    issued: Issued, tmp_path: Path, token_file: Path
) -> None:
    """Half of a renewal changes nothing; the whole of one counts for new connections."""
    certificate = Certificate(cert=issued.cert, key=issued.key)
    renewed = issue(tmp_path / "renewed")
    async with served(certificate=certificate) as service:
        old, new = _feed(service, token_file, ca=issued.ca), _feed(service, token_file, ca=renewed.ca)
        for file, own in ((renewed.cert, issued.cert), (renewed.key, issued.key)):
            certificate.refresh()
            await old.report(HEARTBEAT)
            with pytest.raises(Temporary):
                await new.report(HEARTBEAT)
            shutil.copy(file, own)
            os.utime(own, ns=(1, 1 + own.stat().st_mtime_ns))
        certificate.refresh()
        await new.report(HEARTBEAT)
        await old.close()
        await new.close()


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("no certificate", "tls.crt: No such file"),
        ("no key", "tls.key: No such file"),
        ("another's key", "tls.key is not that of the certificate"),
        ("passphrase", "tls.key has a passphrase: give one without"),
        ("garbage", "are no certificate and key in PEM form"),
        ("a folder", "tls.crt: Is a directory"),
    ],
)
def test_files_that_can_not_serve_are_named_at_the_start(
    issued: Issued, tmp_path: Path, broken: str, told: str
) -> None:
    """With what is wrong with them, and nothing that is in them."""
    match broken:
        case "no certificate":
            issued.cert.unlink()
        case "no key":
            issued.key.unlink()
        case "another's key":
            shutil.copy(issue(tmp_path / "another").key, issued.key)
        case "passphrase":
            issue(issued.key.parent, passphrase=b"hunter2")
        case "garbage":
            issued.cert.write_bytes(bytes(range(256)))
        case _:
            issued.cert.unlink()
            issued.cert.mkdir()

    with pytest.raises(Permanent, match=told):
        Certificate(cert=issued.cert, key=issued.key)
