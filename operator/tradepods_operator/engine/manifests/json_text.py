"""JSON that readers of YAML understand alike: to them `1e-05` is a text."""

import re

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|(?<![.\d])(-?\d+)(e[-+]\d+)')  # a text; a number with an exponent, no point


def for_yaml(text: str) -> str:
    """The same JSON, its numbers with a point where they have an exponent; what stands in texts is left alone."""
    return TOKEN.sub(lambda found: found[0] if found[1] is None else f"{found[1]}.0{found[2]}", text)
