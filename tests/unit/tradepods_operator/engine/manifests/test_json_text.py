"""What is written as JSON is read as YAML with the same numbers."""

import json
from typing import Any

import pytest
import yaml

from tradepods_operator.engine.manifests.json_text import for_yaml


@pytest.mark.parametrize(
    "content",
    [
        [1e-05, -1e-07, 1.5e-05, 1e22, 12, 0.5, 1e-05],
        {"value": 1e-05, "text": "1e-05", "in words": 'of 3e-05, "4e-05" and \\', "5e-05": [{"6e-05": 6e-05}]},
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_numbers_stay_numbers_and_texts_stay_as_they_are(content: Any, indent: int | None) -> None:
    """With an exponent, without one, and what only looks like it."""
    text = for_yaml(json.dumps(content, indent=indent))

    assert yaml.safe_load(text) == json.loads(text) == content
