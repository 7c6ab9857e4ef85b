"""Names the content of plain data."""

import hashlib
import json


def digest(content: object) -> str:
    """The same for the same content, whatever the order of its keys; 16 hexadecimal digits."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
