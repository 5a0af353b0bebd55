"""Evidence files: registering one, and finding those that are missing or no longer what was registered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from changji_geo.clues.ledger.chain import Fault
from changji_geo.clues.model import Event, Evidence, EvidenceRole
from changji_geo.errors import InputError, system_reason

_CHUNK = 1 << 20


def register_evidence(file: Path | str, folder: Path | str, *, role: EvidenceRole = "") -> Evidence:
    """A file inside the evidence folder -> its path relative to the folder, SHA-256 and size in bytes.

    Raises
    ------
    InputError
        When the file lies outside the folder (also by a link) or cannot be read.
    """
    path, root = Path(file).resolve(), Path(folder).resolve()
    if not path.is_relative_to(root):
        raise InputError(
            "证据文件不在证据文件夹内", where=str(file), expected=f"{folder} 之下的文件", fix="先把文件放进证据文件夹"
        )
    try:
        digest, size = _digest(path)
    except OSError as cause:
        raise InputError(f"证据文件读不出（{system_reason(cause)}）", where=str(file), fix="核对路径和权限") from cause
    return Evidence(path.relative_to(root).as_posix(), digest, size, role)


def check_evidence(events: Iterable[Event], folder: Path | str) -> list[Fault]:
    """Every evidence file that is missing, altered or outside the folder; each file is read once.

    Parameters
    ----------
    events : iterable of Event
        Those with evidence.
    folder : path
        The ledger's evidence folder.
    """
    root = Path(folder).resolve()
    found: dict[str, tuple[str, int] | str] = {}
    faults: list[Fault] = []
    for event in events:
        for evidence in event.evidence:
            if evidence.path not in found:
                found[evidence.path] = _look_at(root, evidence.path)
            seen = found[evidence.path]
            if seen != (evidence.sha256, evidence.size):
                words = seen if isinstance(seen, str) else _difference(evidence, *seen)
                text = f"第 {event.seq} 号事件（线索 {event.clue_id}）的证据文件“{evidence.path}”{words}"
                faults.append(Fault("evidence", text, event.seq, event.clue_id))
    return faults


def _difference(evidence: Evidence, digest: str, size: int) -> str:
    if size != evidence.size:
        return f"被换过：登记时 {evidence.size} 字节，现在 {size} 字节"
    return f"被换过：SHA-256 登记时 {evidence.sha256[:12]}……，现在 {digest[:12]}……"


def _look_at(root: Path, relative: str) -> tuple[str, int] | str:
    """SHA-256 and size of a file, or what is wrong with it in words."""
    try:
        path = (root / relative).resolve()
        if not path.is_relative_to(root):
            return "指向证据文件夹之外"
        return _digest(path)
    except FileNotFoundError:
        return "不见了"
    except (OSError, ValueError) as cause:
        return f"读不出（{system_reason(cause) if isinstance(cause, OSError) else '路径不成立'}）"


def _digest(path: Path) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as handle:
        while chunk := handle.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size
