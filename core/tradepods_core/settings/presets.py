"""Three sets of settings to begin with, from little risk to much. Every number is the person's to change."""

from collections.abc import Mapping
from typing import Any, Literal

PresetName = Literal["careful", "normal", "bold"]
DEFAULT: PresetName = "careful"

PRESETS: Mapping[PresetName, Mapping[str, Any]] = {
    "careful": {
        "autoExit": True,
        "entryPct": 10,
        "riskPct": 0.5,
        "maxPositions": 3,
        "leverage": 3,
        "exitCooldownHours": 4,
        "long": {"takeProfitPct": 2, "stopLossPct": 1.5},
        "short": {"takeProfitPct": 2, "stopLossPct": 1.5},
        "breakEven": {"triggerPct": 1, "offsetPct": 0.1},
        "trailing": {"activatePct": 0, "callbackPct": 0},
        "dca": {"enabled": False},
        "protections": {
            "maxDailyLossPct": 2,
            "maxDrawdownPct": 8,
            "maxConsecutiveLosses": 4,
            "maxExposurePct": 100,
            "maxSymbolExposurePct": 35,
        },
    },
    "normal": {
        "autoExit": True,
        "entryPct": 10,
        "riskPct": 1,
        "maxPositions": 5,
        "leverage": 5,
        "exitCooldownHours": 2,
        "long": {"takeProfitPct": 3, "stopLossPct": 2},
        "short": {"takeProfitPct": 3, "stopLossPct": 2},
        "breakEven": {"triggerPct": 1.2, "offsetPct": 0.1},
        "trailing": {"activatePct": 2, "callbackPct": 0.8},
        "dca": {"enabled": False},
        "protections": {
            "maxDailyLossPct": 5,
            "maxDrawdownPct": 15,
            "maxConsecutiveLosses": 6,
            "maxExposurePct": 250,
            "maxSymbolExposurePct": 60,
        },
    },
    "bold": {
        "autoExit": True,
        "entryPct": 10,
        "riskPct": 2,
        "maxPositions": 7,
        "leverage": 10,
        "exitCooldownHours": 1,
        "long": {"takeProfitPct": 4, "stopLossPct": 3},
        "short": {"takeProfitPct": 4, "stopLossPct": 3},
        "breakEven": {"triggerPct": 2, "offsetPct": 0.1},
        "trailing": {"activatePct": 2.5, "callbackPct": 1},
        "dca": {"enabled": True, "triggerPct": 1.5, "stepPcts": [30, 30, 30]},
        "protections": {
            "maxDailyLossPct": 10,
            "maxDrawdownPct": 30,
            "maxConsecutiveLosses": 8,
            "maxExposurePct": 600,
            "maxSymbolExposurePct": 150,
        },
    },
}
