"""The status of our kinds: conditions as Kubernetes has them, and what else the operator tells.

Texts have room: a status that is refused for its length would tell nothing at all.
"""

from typing import Any

Json = dict[str, Any]
LONGEST = 4096  # characters of a text


def account_status() -> Json:
    """How an account stands."""
    return _status(
        "How the account stands, written by the operator.",
        phase=_text("The conditions in one word, for people.", 100),
        settingsHash=_text("Names the settings that were handed to the worker.", 100),
        overrides={
            "type": "object",
            "description": "Settings that a person changed from the chat, with the values that are in force instead.",
            "maxProperties": 20,
            "additionalProperties": {"type": "string", "maxLength": LONGEST},
        },
        equity=_text("Wallet and unrealised profit in quote currency, of the book in which it trades.", 100),
        openPositions=_count("Open positions, those of the other book (live or paper) included."),
        lastCycleId=_text("The last cycle that the worker decided.", 100),
        lastError=_text("The worker's last trouble, in one line.", LONGEST),
    )


def strategy_status() -> Json:
    """How a strategy stands."""
    return _status(
        "How the strategy stands, written by the operator.",
        revision=_text("Names its newest text; Ready says whether the signal service goes by it.", 100),
        accounts={
            "type": "array",
            "description": "The accounts that follow it, as namespace/name; of very many the first by name.",
            "maxItems": 1000,
            "items": {"type": "string", "maxLength": 130},
        },
        accountCount=_count("How many accounts follow it."),
    )


def _status(says: str, **fields: Json) -> Json:
    generation = {"type": "integer", "format": "int64", "description": "The generation of spec that this is about."}
    own = {"observedGeneration": generation, "conditions": _conditions()}
    return {"type": "object", "description": says, "properties": own | fields}


def _conditions() -> Json:
    """One of each type; who applies one leaves the others."""
    return {
        "type": "array",
        "description": "Statements about it; Ready sums them up.",
        "maxItems": 50,
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["type"],
        "items": {
            "type": "object",
            "required": ["type", "status", "lastTransitionTime", "reason", "message"],
            "properties": {
                "type": _text("What it is about.", 316),
                "status": {"type": "string", "enum": ["True", "False", "Unknown"]},
                "observedGeneration": {"type": "integer", "format": "int64", "minimum": 0},
                "lastTransitionTime": {"type": "string", "format": "date-time", "maxLength": 40},
                "reason": _text("In one word.", 1024),
                "message": _text("For people.", 32_768),
            },
        },
    }


def _text(says: str, longest: int) -> Json:
    return {"type": "string", "description": says, "maxLength": longest}


def _count(says: str) -> Json:
    return {"type": "integer", "format": "int64", "description": says, "minimum": 0}
