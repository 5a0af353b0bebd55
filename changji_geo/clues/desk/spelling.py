"""What the checks say of clues -> the JSON that a ``check`` event holds, and back; results that many clues share are spelled once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from changji_geo.clues.checks.priority import Priority, score_clue
from changji_geo.clues.checks.stored import priority_value, results_of
from changji_geo.clues.desk.derived import DERIVED_KEYS, FILLED, derived_fields
from changji_geo.clues.ledger.chain import canonical_json
from changji_geo.clues.model import CheckResult
from changji_geo.clues.settings import ClueSettings


class Spelled(NamedTuple):
    """What the checks say of one clue.

    ``rest``: the canonical JSON of ``checks`` but for its braces and `FILLED`, which hangs on what the desk has written.
    ``priority``: canonical JSON. ``derived``: values of `DERIVED_KEYS`.
    """

    rest: str
    priority: str
    derived: tuple[str | None, ...]

    def checks_json(self, filled: Mapping[str, str]) -> str:
        """The canonical JSON of ``checks``."""
        return f'{{"{FILLED}":{canonical_json(filled) if filled else "{}"},{self.rest}}}'

    @property
    def fields(self) -> dict[str, str | None]:
        """What `changji_geo.clues.desk.derived.derived_fields` gave."""
        return dict(zip(DERIVED_KEYS, self.derived, strict=True))

    @property
    def results(self) -> tuple[CheckResult, ...]:
        """The results, as JSON gives them back."""
        return results_of(json.loads(f"{{{self.rest}}}"))


class SpelledResults(Mapping[str, tuple[CheckResult, ...]]):
    """Clue id -> what each check says of it, parsed when somebody asks."""

    def __init__(self, spelled: Mapping[str, Spelled]) -> None:
        self._spelled = spelled

    def __getitem__(self, clue_id: str) -> tuple[CheckResult, ...]:
        return self._spelled[clue_id].results

    def __iter__(self) -> Iterator[str]:
        return iter(self._spelled)

    def __len__(self) -> int:
        return len(self._spelled)


class Speller:
    """Spells the results of many clues. It keeps what it has spelled, so one serves for one lot of clues."""

    def __init__(self, settings: ClueSettings) -> None:
        self._settings = settings
        self._rows: dict[int, tuple[CheckResult, str]] = {}
        self._layers: dict[tuple[str, ...], str] = {}
        self._priorities: dict[Priority, str] = {}

    def spell(self, results: Sequence[CheckResult]) -> Spelled:
        """The results of one clue, as `changji_geo.clues.checks.stored.checks_value` orders them."""
        used = tuple([use.id for result in results for use in result.layers])
        layers = self._layers.get(used)
        if layers is None:
            uses = {use.id: [use.version, use.sha256, use.accuracy] for result in results for use in result.layers}
            layers = self._layers[used] = canonical_json(uses)
        rows = ",".join([self._row(result) for result in results])
        derived = derived_fields(results)
        priority = score_clue(results, self._settings)
        said = self._priorities.get(priority)
        if said is None:
            said = self._priorities[priority] = canonical_json(priority_value(priority))
        return Spelled(
            f'"layers":{layers},"results":[{rows}]',
            said,
            tuple([derived[key] for key in DERIVED_KEYS]),
        )

    def _row(self, result: CheckResult) -> str:
        # Kept beside its text, so that no other result can get its id.
        known = self._rows.get(id(result))
        if known is None:
            row = {
                "check": result.check, "evidence": result.evidence, "layers": [use.id for use in result.layers],
                "reason": result.reason, "verdict": result.verdict,
            }  # fmt: skip
            known = self._rows[id(result)] = (result, canonical_json(row))
        return known[1]
