"""What `tradepods account validate` and `strategy validate` say of a manifest, and what a real API server says."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tradepods_cli.accounts.checking import checked
from tradepods_cli.commands import strategy
from tradepods_core.errors import Invalid, Problem
from tradepods_core.reading import read_model
from tradepods_core.strategy import checking
from tradepods_core.strategy.checking import RULES
from tradepods_core.strategy.management import action_problems
from tradepods_core.strategy.model import StrategySpec

Json = dict[str, Any]
UNKNOWN = ("unknown variable", "is a position's")  # these words are in the definition
PLURALS = {"TradingAccount": "tradingaccounts", "TradingStrategy": "tradingstrategies"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Validating:
    """The command, with a file to write manifests to."""

    file: Path

    def problems(self, manifest: Json) -> tuple[Problem, ...]:
        """What is wrong with it."""
        self.file.write_text(json.dumps(manifest), "utf-8")
        if manifest["kind"] == "TradingAccount":
            return tuple(problem for result in checked(self.file) for problem in result.problems)
        return strategy._of_file(self.file)[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitting:
    """An API server that is asked, as kubectl does, and told not to store anything."""

    client: httpx.Client
    namespace: str

    def refusal(self, manifest: Json) -> str:
        """Why it would not be stored; "" where it would."""
        place = f"/apis/{manifest['apiVersion']}/namespaces/{self.namespace}/{PLURALS[manifest['kind']]}"
        answer = self.client.post(place, params={"dryRun": "All", "fieldValidation": "Strict"}, json=manifest)
        if answer.is_success:
            return ""
        assert answer.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY), answer.text
        return str(answer.json()["message"])


def words_alone(spec: object) -> bool:
    """Whether all that is wrong is what a strategy's words say to each other, which no API server is asked."""
    try:
        found = read_model(StrategySpec, spec, root="spec")
    except Invalid:
        return False
    said = [*(rule.problem(found) for rule in RULES), *action_problems(found.management)]
    return not any(said) and not any(problem.fix.startswith(UNKNOWN) for problem in checking._conditions(found))
