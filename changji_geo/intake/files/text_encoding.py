"""Bytes of Chinese text -> the encoding they are in, and why; also text cut in the middle of a character."""

from __future__ import annotations

import codecs
import functools
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

Fault = Literal["", "cut", "broken"]

SURE_CHARACTERS = 6
"""So many different characters that are valid UTF-8 do not come about by chance: one GBK character in five is, 0.2^6 = 6e-5."""

_NAMES_ZH = {"utf-8": "UTF-8", "gb18030": "GBK", "iso8859-1": "ISO 8859-1", "cp1252": "西欧 1252"}
_GBK_NAMES = {"gbk", "gb2312", "cp936", "936", "gb18030", "ansi936", "ms936", "euccn", "windows936", "54936", "oem936"}
_UTF8_NAMES = {"utf8", "65001", "cp65001", "utf8sig", "utf8bom"}
_BYTE_RUNS = re.compile(r"[\x00-\xff]+")


@dataclass(frozen=True, slots=True)
class Detected:
    """An encoding's Python name, the reason in Chinese, and whether a person need not look.

    ``name`` is what users know it by: ``GB 18030`` only where the texts go beyond GBK.
    """

    encoding: str
    reason: str
    sure: bool = True
    beyond_gbk: bool = False

    @property
    def name(self) -> str:
        """As users know the encoding."""
        return encoding_zh(self.encoding, beyond_gbk=self.beyond_gbk)

    def __str__(self) -> str:
        return f"文字编码：{self.name}，{self.reason}"


def encoding_zh(encoding: str, *, beyond_gbk: bool = False) -> str:
    """An encoding as users know it: ``UTF-8``, ``GBK``, or ``GB 18030`` for texts with characters that GBK lacks."""
    return "GB 18030" if beyond_gbk and encoding == "gb18030" else _NAMES_ZH.get(encoding, encoding)


def is_beyond_gbk(text: str) -> bool:
    """Whether a text has characters that only GB 18030 can write (four bytes: rare family names, Uyghur letters)."""
    if text.isascii():
        return False
    try:
        text.encode("gbk")
    except UnicodeEncodeError:
        return True
    return False


def known_encoding(name: str) -> str | None:
    """Python's codec for a name of a .cpg file or a person; None when there is none.

    Everything of the GBK family is read as GB 18030, which contains it.

    Examples
    --------
    >>> known_encoding("CP936"), known_encoding("UTF8"), known_encoding("ANSI 936"), known_encoding("天")
    ('gb18030', 'utf-8', 'gb18030', None)
    """
    plain = re.sub(r"[\s_\-]", "", name.strip().lower())
    if plain in _GBK_NAMES:
        return "gb18030"
    if plain in _UTF8_NAMES:
        return "utf-8"
    if plain.startswith("88591") or plain == "iso88591":
        return "iso8859-1"
    for candidate in (name.strip(), f"cp{plain}", plain.replace("ansi", "cp")):
        try:
            found = codecs.lookup(candidate)
        except (LookupError, ValueError):
            continue
        return found.name if getattr(found, "_is_text_encoding", True) else None
    return None


def decode_cut(raw: bytes, encoding: str) -> tuple[str, Fault]:
    """Decode text that a fixed field width may have cut.

    Returns
    -------
    text : str
        Without the bytes of an unfinished last character; where bytes are wrong elsewhere, with U+FFFD for them.
    fault : {"", "cut", "broken"}

    Examples
    --------
    >>> decode_cut("核心区".encode("gbk")[:5], "gb18030")
    ('核心', 'cut')
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    try:
        text = decoder.decode(raw, final=False)
        return text, "cut" if decoder.getstate()[0] else ""
    except UnicodeDecodeError:
        return raw.decode(encoding, "replace"), "broken"


def latin1_bytes(text: str) -> bytes:
    """The bytes of text that was read as ISO 8859-1; characters beyond it (an escape that was resolved) are left out."""
    return b"".join(run.encode("latin-1") for run in _BYTE_RUNS.findall(text))


def redecode(text: str, encoding: str) -> tuple[str, Fault]:
    """Text that was read as ISO 8859-1, in its real encoding; characters beyond U+00FF stay."""
    if text.isascii():
        return text, ""
    faults: list[Fault] = []

    def again(match: re.Match[str]) -> str:
        piece, fault = decode_cut(match.group().encode("latin-1"), encoding)
        faults.append(fault)
        return piece

    out = _BYTE_RUNS.sub(again, text)
    return out, "broken" if "broken" in faults else "cut" if "cut" in faults else ""


def detect_encoding(samples: Collection[bytes], *, declared: str | None = None, declared_by: str = "") -> Detected:
    """The encoding of Chinese (or Uyghur) text.

    UTF-8 is recognised by its strict form; a short text may be valid as both UTF-8 and GBK, then the reading with more
    everyday characters wins. A declaration counts when the bytes agree with it.

    Parameters
    ----------
    samples : collection of bytes
        Texts, each one possibly cut at its end.
    declared : str, optional
        Python's name of the encoding that the file claims.
    declared_by : str
        What claims it, for the reason (``"a.cpg"``).
    """
    texts = {raw for raw in samples if not raw.isascii()}
    if not texts:
        return Detected(declared or "utf-8", f"{declared_by} 写明" if declared else "全部是英文字母和数字")
    utf8, gbk = _read_all(texts, "utf-8"), _read_all(texts, "gb18030")
    certain = not utf8.failed and len(utf8.characters) >= SURE_CHARACTERS
    if declared and not (certain and declared != "utf-8"):
        claim = _read_all(texts, declared)
        best = max(r.usual for r in (utf8, gbk) if not r.failed) if not (utf8.failed and gbk.failed) else 0.0
        if not claim.failed and claim.usual >= best:
            beyond = any(map(is_beyond_gbk, claim.characters))
            return Detected(declared, f"{declared_by} 写明，与文字的字节相符", beyond_gbk=beyond)
    against = f"；{declared_by} 写的 {encoding_zh(declared)} 与字节不符，未采用" if declared else ""
    if not utf8.failed and (certain or gbk.failed or utf8.usual >= gbk.usual):
        return Detected("utf-8", f"字节全部符合 UTF-8{against}", not against)
    if not gbk.failed:
        short = "，不符合 UTF-8" if utf8.failed else "，读出的是常用字；文字很短，按 UTF-8 也读得通"
        beyond = any(map(is_beyond_gbk, gbk.characters))
        name = encoding_zh("gb18030", beyond_gbk=beyond)
        return Detected("gb18030", f"字节全部符合 {name}{short}{against}", bool(utf8.failed) and not against, beyond)
    chosen = "utf-8" if utf8.failed < gbk.failed else "gb18030"
    failed = min(utf8.failed, gbk.failed)
    return Detected(chosen, f"{len(texts)} 种文字中有 {failed} 种读不通，两种编码混用或字节有损{against}", False)


@dataclass(frozen=True, slots=True)
class _Reading:
    failed: int
    characters: frozenset[str]
    usual: float


def _read_all(texts: Collection[bytes], encoding: str) -> _Reading:
    decoded: Sequence[tuple[str, Fault]] = [decode_cut(raw, encoding) for raw in texts]
    characters = frozenset(c for text, _ in decoded for c in text if not c.isascii())
    common = _everyday()
    usual = sum(c in common for c in characters) / len(characters) if characters else 0.0
    return _Reading(sum(fault == "broken" for _, fault in decoded), characters, usual)


@functools.cache
def _everyday() -> frozenset[str]:
    """The 3755 first-level characters of GB 2312 (rows 16-55), its punctuation and full-width forms, and Uyghur letters."""
    rows = [*range(0xB0, 0xD8), 0xA1, 0xA3]
    hanzi = "".join(bytes((row, cell)).decode("gb18030", "ignore") for row in rows for cell in range(0xA1, 0xFF))
    return frozenset(hanzi) | frozenset(map(chr, range(0x0620, 0x06E0)))
