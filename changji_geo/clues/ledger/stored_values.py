"""The values of an event or a clue as their canonical JSON, one text for each key, parsed when somebody asks for them."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from typing import Any

_DECODER = json.JSONDecoder()


class StoredValues(Mapping[str, Any]):
    """A mapping that knows the JSON of each value, so that most events are written without being encoded twice or parsed.

    Parameters
    ----------
    texts : dict of str to str
        Key -> canonical JSON of its value; not altered afterwards.
    values : dict, optional
        What some of the texts say, where it is known already.
    """

    __slots__ = ("_values", "texts")

    def __init__(self, texts: dict[str, str], values: dict[str, Any] | None = None) -> None:
        self.texts = texts
        self._values = {} if values is None else values

    @classmethod
    def parse(cls, text: str) -> StoredValues:
        """Take the JSON of an object apart; its values are as the text spells them, canonical or not.

        Raises
        ------
        ValueError
            When it is no object, has a key twice, or blanks between its parts.
        """
        texts: dict[str, str] = {}
        values: dict[str, Any] = {}
        at = 1
        if text == "{}":
            return cls(texts, values)
        if not text.startswith("{"):
            raise ValueError("object")
        while True:
            key, end = _DECODER.raw_decode(text, at)
            if not isinstance(key, str) or key in texts or text[end : end + 1] != ":":
                raise ValueError("key")
            values[key], at = _DECODER.raw_decode(text, end + 1)
            texts[key] = text[end + 1 : at]
            if text[at : at + 1] != ",":
                break
            at += 1
        if text[at:] != "}":
            raise ValueError("end")
        return cls(texts, values)

    @property
    def text(self) -> str:
        """The canonical JSON of the whole; joined anew each time, for keeping it would double what 100,000 events need."""
        return f"{{{','.join([_quoted(key) + self.texts[key] for key in sorted(self.texts)])}}}"

    def written_over(self, after: StoredValues) -> StoredValues:
        """These values with others written over them; null takes one away."""
        texts = {key: text for key, text in {**self.texts, **after.texts}.items() if text != "null"}
        return StoredValues(texts, {**{k: v for k, v in self._values.items() if k not in after.texts}, **after._values})

    def replaced(self, key: str, text: str) -> StoredValues:
        """These values with another JSON for one key; null is a value here."""
        return StoredValues({**self.texts, key: text}, {k: v for k, v in self._values.items() if k != key})

    def without(self, *keys: str) -> StoredValues:
        """These values but for some."""
        return StoredValues({k: t for k, t in self.texts.items() if k not in keys}, self._values)

    def get(self, key: str, default: Any = None) -> Any:
        """One value, parsed once."""
        if key not in self.texts:
            return default
        return self._values[key] if key in self._values else self[key]

    def __getitem__(self, key: str) -> Any:
        text = self.texts[key]
        if key not in self._values:
            self._values[key] = json.loads(text)
        return self._values[key]

    def __contains__(self, key: object) -> bool:
        return key in self.texts

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)

    def __repr__(self) -> str:
        return repr(dict(self))


@functools.lru_cache(maxsize=1024)
def _quoted(key: str) -> str:
    return f"{json.dumps(key, ensure_ascii=False)}:"
