"""The values of an event or a clue as their canonical JSON, one text for each key, parsed when somebody asks for them."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from changji_geo.errors import InputError

_DECODER = json.JSONDecoder()


class StoredValues(Mapping[str, Any]):
    """A mapping that knows the JSON of each value, so that most events are written without being encoded twice or parsed.

    Parameters
    ----------
    texts : dict of str to str
        Key -> canonical JSON of its value; not altered afterwards.
    values : dict, optional
        What some of the texts say, where it is known already.
    kept : dict of str to callable, optional
        Further keys, each with what gives the JSON of an object that has the key: it is asked for when the value is.
    """

    __slots__ = ("_kept", "_texts", "_values")

    def __init__(
        self,
        texts: dict[str, str],
        values: dict[str, Any] | None = None,
        kept: dict[str, Callable[[], str]] | None = None,
    ) -> None:
        self._texts = texts
        self._values = {} if values is None else values
        self._kept = {} if kept is None else kept

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
    def texts(self) -> Mapping[str, str]:
        """The canonical JSON of each value."""
        for key in [*self._kept]:
            self.text_of(key)
        return self._texts

    def text_of(self, key: str) -> str | None:
        """The canonical JSON of one value, None where there is none."""
        if key in self._kept:
            found = kept_value(self._kept[key](), key)
            self._texts[key], self._values[key] = found.texts[key], found[key]
            del self._kept[key]
        return self._texts.get(key)

    @property
    def known(self) -> Mapping[str, Any]:
        """The values that have been parsed: all, where the JSON was taken apart."""
        return self._values

    @property
    def text(self) -> str:
        """The canonical JSON of the whole; joined anew each time, for keeping it would double what 100,000 events need."""
        texts = self.texts
        return f"{{{','.join([_quoted(key) + texts[key] for key in sorted(texts)])}}}"

    def written_over(self, after: StoredValues) -> StoredValues:
        """These values with others written over them; null takes one away."""
        new = after.texts
        texts = {key: text for key, text in {**self._texts, **new}.items() if text != "null"}
        values = {**{k: v for k, v in self._values.items() if k not in new}, **after._values}
        return StoredValues(texts, values, {k: whole for k, whole in self._kept.items() if k not in new})

    def replaced(self, key: str, text: str) -> StoredValues:
        """These values with another JSON for one key; null is a value here."""
        values = {k: v for k, v in self._values.items() if k != key}
        return StoredValues({**self._texts, key: text}, values, {k: w for k, w in self._kept.items() if k != key})

    def without(self, *keys: str) -> StoredValues:
        """These values but for some, which need not be known."""
        kept = {k: whole for k, whole in self._kept.items() if k not in keys}
        return StoredValues({k: t for k, t in self._texts.items() if k not in keys}, self._values, kept)

    def with_kept(self, kept: dict[str, Callable[[], str]]) -> StoredValues:
        """These values and further ones, asked for when needed."""
        return StoredValues(self._texts, self._values, kept)

    def get(self, key: str, default: Any = None) -> Any:
        """One value, parsed once."""
        if key in self._texts and key in self._values:
            return self._values[key]
        return self[key] if key in self else default  # noqa: SIM401 - this is `get`

    def __getitem__(self, key: str) -> Any:
        text = self.text_of(key)
        if text is None:
            raise KeyError(key)
        if key not in self._values:
            self._values[key] = json.loads(text)
        return self._values[key]

    def __contains__(self, key: object) -> bool:
        return key in self._texts or key in self._kept

    def __iter__(self) -> Iterator[str]:
        yield from self._texts
        yield from [*self._kept]

    def __len__(self) -> int:
        return len(self._texts) + len(self._kept)

    def __repr__(self) -> str:
        return repr(dict(self))


class ReadValues(Mapping[str, Any]):
    """Values that were read, and some that lie in the JSON of events and are parsed when somebody asks for them.

    Parameters
    ----------
    values : dict
        Known ones; not altered afterwards.
    kept : dict of str to str
        Key -> the JSON of an object that has the key.
    """

    __slots__ = ("_kept", "_values")

    def __init__(self, values: dict[str, Any], kept: dict[str, str]) -> None:
        self._values = values
        self._kept = kept

    def begins_with(self, key: str, text: str) -> bool:
        """Whether the value of `key` is the first one of its object and its JSON is `text`: no value is parsed for it."""
        whole, start = self._kept.get(key, ""), _quoted(key)
        end = 1 + len(start) + len(text)
        return whole[end : end + 1] in (",", "}") and whole[end : end + 1] != "" and whole.startswith(start + text, 1)

    def __getitem__(self, key: str) -> Any:
        if key in self._values:
            return self._values[key]
        self._values[key] = kept_value(self._kept[key], key)[key]
        return self._values[key]

    def get(self, key: str, default: Any = None) -> Any:
        """One value, parsed once."""
        return self[key] if key in self else default  # noqa: SIM401 - this is `get`

    def __contains__(self, key: object) -> bool:
        return key in self._values or key in self._kept

    def __iter__(self) -> Iterator[str]:
        return iter({**self._values, **self._kept})

    def __len__(self) -> int:
        return len(self._values.keys() | self._kept.keys())

    def __repr__(self) -> str:
        return repr(dict(self))


def kept_value(whole: str, key: str) -> StoredValues:
    """The values of an event's ``after``, which must have this one.

    Raises
    ------
    InputError
        When it has not, or is no object: somebody altered the row.
    """
    try:
        found = StoredValues.parse(whole)
    except (TypeError, ValueError) as cause:
        raise _tampered(key) from cause
    if found.get(key) is None:
        raise _tampered(key)
    return found


def _tampered(key: str) -> InputError:
    return InputError(f"事件里存的 {key} 被改动，读不出", fix="用 clues verify 查出所有被改动的行，再用备份恢复")


@functools.lru_cache(maxsize=1024)
def _quoted(key: str) -> str:
    return f"{json.dumps(key, ensure_ascii=False)}:"
