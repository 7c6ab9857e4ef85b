"""Secrets as a person may get them wrong: whatever is said about them, their values are not."""

from collections.abc import Mapping

MARKER = "hunter2-do-not-show"
HEAD = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: keys\n"


def _value(text: str) -> str:
    """A Secret whose one value is written so."""
    return f"{HEAD}stringData:\n  apiSecret: {text}\n"


UNREADABLE: Mapping[str, str] = {
    "quote left open": _value(f'"{MARKER}'),
    "quote closed twice": _value(f'"{MARKER}"" x'),
    "colon": _value(f"{MARKER}: x"),
    "alias": _value(f"*{MARKER}"),
    "alias after an anchor": _value(f"&{MARKER}! x"),
    "tag": _value(f"!{MARKER} x"),
    "known prefix of a tag": _value(f"!!{MARKER} x"),
    "tag of a python object": _value(f"!!python/name:{MARKER} x"),
    "at sign": _value(f"@{MARKER}"),
    "percent sign": _value(f"%{MARKER}"),
    "backtick": _value(f"`{MARKER}"),
    "block of text": _value(f"|{MARKER}"),
    "folded text": _value(f">{MARKER}"),
    "escape": _value(f'"\\q{MARKER}"'),
    "escape of hex digits": _value(f'"\\x{MARKER}"'),
    "number that is none": _value(f"!!int {MARKER}"),
    "fraction that is none": _value(f"!!float {MARKER}"),
    "set that is none": _value(f"!!set {MARKER}"),
    "control character": _value(f"{MARKER}\x00"),
    "brace left open": f"{HEAD}stringData: {{apiSecret: {MARKER}\n",
    "bracket left open": f"{HEAD}stringData: [{MARKER}\n",
    "tab": f"{HEAD}stringData:\n\tapiSecret: {MARKER}\n",
    "less indented": f"{HEAD}stringData:\n  apiKey: x\n apiSecret: {MARKER}\n",
    "no space after a later colon": f"{HEAD}stringData:\n  apiKey: x\n  apiSecret:{MARKER}\n",
    "merged with a text": f"{HEAD}stringData:\n  <<: {MARKER}\n",
    "list as a key": f"{HEAD}stringData:\n  ? [{MARKER}]\n  : x\n",
    "mapping as a key": f"{HEAD}stringData:\n  ? {{{MARKER}: {MARKER}}}\n  : x\n",
    "directive": f"%YAML {MARKER}\n---\n{HEAD}",
    "tag directive": f"%TAG {MARKER}\n---\n{HEAD}",
}

MISPLACED: Mapping[str, str] = {
    "no space after the colon": f"{HEAD}stringData:\n  apiSecret:{MARKER}\n",
    "text for a mapping": f"{HEAD}stringData: {MARKER}\n",
    "list for a mapping": f"{HEAD}stringData:\n  - apiSecret: {MARKER}\n",
    "mapping for a text": _value(f"\n    value: {MARKER}"),
    "list for a text": _value(f"[{MARKER}]"),
    "mapping within itself": f"{HEAD}stringData: &a\n  apiSecret: {MARKER}\n  self: *a\n",
    "bytes": _value(f"!!binary {MARKER}0"),
    "no base64": f"{HEAD}data:\n  apiSecret: {MARKER}\n",
    "beside stringData": f"{HEAD}stringData:\napiSecret: {MARKER}\n",
    "in the metadata": f"{HEAD}  apiSecret: {MARKER}\n",
    "as the metadata": f"apiVersion: v1\nkind: Secret\nmetadata: {MARKER}\n",
    "list as the metadata": f"apiVersion: v1\nkind: Secret\nmetadata: [{MARKER}]\n",
    "as the name": f'apiVersion: v1\nkind: Secret\nmetadata: {{name: "{MARKER} x"}}\n',
    "as the namespace": f'{HEAD}  namespace: "{MARKER} x"\n',
    "in an annotation": f"{HEAD}  annotations: {{last-applied: {{apiSecret: {MARKER}}}}}\n",
    "in a label": f"{HEAD}  labels: [{MARKER}]\n",
    "in the kind": f"apiVersion: v1\nkind: {{stringData: {MARKER}}}\nmetadata: {{name: keys}}\n",
    "in the version": f"apiVersion: {{stringData: {MARKER}}}\nkind: Secret\nmetadata: {{name: keys}}\n",
    "without a kind": f"apiVersion: v1\nmetadata: {{name: keys, x: {MARKER}}}\nstringData: {{apiSecret: {MARKER}}}\n",
    "of a misspelt kind": f"{HEAD.replace('Secret', 'Secrets')}  x: {MARKER}\nstringData: {{apiSecret: {MARKER}}}\n",
    "alone": f"{MARKER}\n",
    "in a list": f"- {MARKER}\n- apiSecret: {MARKER}\n",
}
