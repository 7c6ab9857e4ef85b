"""The token with which a test looks at a running `tradepods up`."""

from tradepods_cli.local import access


def shown(url: str) -> dict[str, str]:
    """The header that shows a reader's; nothing while no such run listens there."""
    file = access.found(url, "reader")
    return {} if file is None else {"Authorization": f"Bearer {file.read_text()}"}
