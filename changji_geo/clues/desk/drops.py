"""Reason codes of dropped clues, and the account of a batch: dropped + kept = imported, always."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from changji_geo.clues.model import Clue
from changji_geo.clues.settings import ClueSettings
from changji_geo.errors import InputError, near_match


@dataclass(frozen=True, slots=True)
class DropCount:
    """How many clues were imported, kept and dropped; ``by_reason`` by reason code, in the order of the settings."""

    imported: int
    kept: int
    dropped: int
    by_reason: Mapping[str, int]


def require_drop_reason(code: str, settings: ClueSettings, *, remark: str = "") -> str:
    """The Chinese title of a reason code.

    Parameters
    ----------
    code : str
        A key of ``[drop_reasons]``.
    settings : ClueSettings
        Where the codes are.
    remark : str
        What the person wrote; must not be empty for ``other``.

    Raises
    ------
    InputError
        When there is no such code (the message lists all), or ``other`` comes without a remark.
    """
    codes = settings.drop_reasons
    if code not in codes:
        listed = "、".join(f"{key}（{title}）" for key, title in codes.items())
        raise InputError(f"没有剔除原因“{code[:40]}”", expected=listed, fix=near_match(code, codes))
    if code == "other" and not remark.strip():
        raise InputError("剔除原因是“其他”，但没有写说明", fix="在备注中写明原因")
    return codes[code]


def drop_code(word: str, settings: ClueSettings) -> str:
    """The reason code that a word means: the code itself, or words of its Chinese title that no other title has.

    A word that means none, or several, is given back: `require_drop_reason` says which there are.

    Examples
    --------
    >>> from changji_geo.clues.settings import load_settings
    >>> drop_code("重复", load_settings()), drop_code("其他", load_settings()), drop_code("保护", load_settings())
    ('duplicate', 'other', '保护')
    """
    asked, titles = word.strip(), settings.drop_reasons
    if asked in titles:
        return asked
    whole = [code for code, title in titles.items() if title.partition("（")[0] == asked]
    found = whole or [code for code, title in titles.items() if asked and asked in title]
    return found[0] if len(found) == 1 else asked


def count_drops(clues: Iterable[Clue], settings: ClueSettings) -> DropCount:
    """Account for every imported clue.

    Raises
    ------
    InputError
        When a clue was dropped for a reason that the settings do not have: it must not vanish from the account.
    """
    reasons = Counter[str]()
    imported = 0
    for clue in clues:
        imported += 1
        if clue.dropped:
            if clue.dropped not in settings.drop_reasons:
                raise InputError(
                    f"剔除原因“{clue.dropped}”不在设置里",
                    where=f"线索“{clue.id}”",
                    expected="、".join(settings.drop_reasons),
                    fix="在 settings 的 [drop_reasons] 里补上这一项",
                )
            reasons[clue.dropped] += 1
    dropped = reasons.total()
    by_reason = {code: reasons[code] for code in settings.drop_reasons if reasons[code]}
    return DropCount(imported, imported - dropped, dropped, by_reason)
