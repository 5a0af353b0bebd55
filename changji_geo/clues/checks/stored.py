"""Check results and priority <-> the values that a ``check`` event holds under ``checks`` and ``priority``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from changji_geo.clues.checks.priority import Priority
from changji_geo.clues.model import CheckResult, Clue, LayerUse


def checks_value(results: Iterable[CheckResult]) -> dict[str, Any]:
    """What ``Clue.fields["checks"]`` holds: ``results`` in order and ``layers`` once each, by id.

    Results name their layers by id; a layer's version, SHA-256 and accuracy stand once in ``layers``.
    """
    layers: dict[str, list[str]] = {}
    rows = []
    for result in results:
        for use in result.layers:
            layers[use.id] = [use.version, use.sha256, use.accuracy]
        rows.append(
            {
                "check": result.check,
                "verdict": result.verdict,
                "reason": result.reason,
                "evidence": dict(result.evidence),
                "layers": [use.id for use in result.layers],
            }
        )
    return {"results": rows, "layers": layers}


def priority_value(priority: Priority) -> dict[str, Any]:
    """What ``Clue.fields["priority"]`` holds: ``score`` and ``terms`` as lists of name, value and points."""
    return {"score": priority.score, "terms": [list(term) for term in priority.terms]}


def stored_results(clue: Clue) -> tuple[CheckResult, ...]:
    """The results of the clue's last check; none for a clue that was never checked. Lists of the evidence stay lists."""
    return results_of(clue.fields.get("checks") or {})


def results_of(value: Mapping[str, Any]) -> tuple[CheckResult, ...]:
    """The results that a value of ``checks`` holds."""
    uses = {key: LayerUse(key, *rest) for key, rest in value.get("layers", {}).items()}
    return tuple(
        CheckResult(
            row["check"], row["verdict"], row["reason"], row["evidence"], tuple(uses[key] for key in row["layers"])
        )
        for row in value.get("results", ())
    )


def stored_priority(clue: Clue) -> Priority | None:
    """The clue's priority at its last check; None for a clue that was never checked."""
    value: Mapping[str, Any] | None = clue.fields.get("priority")
    return None if value is None else Priority(value["score"], tuple((n, v, p) for n, v, p in value["terms"]))
