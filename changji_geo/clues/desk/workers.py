"""Parts of a batch -> their results, worked out by further processes of this program; whatever fails there is done here.

A worker is a fresh interpreter that runs `serve` and nothing else: it does not load the program that asks, so that a script
without ``if __name__ == "__main__":`` does not start itself again. Parts go in and results come out through its pipes.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import queue
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, Self

from changji_geo.clues.checks.context import CheckContext
from changji_geo.clues.desk.parts import Part, check_part, pack_clues, unpack_clues
from changji_geo.clues.desk.spelling import Spelled

FEWEST = 20_000
"""Clues (or events, where clues have not been counted yet) for which starting processes pays."""

_MOST = 4
_LENGTH = 8
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from changji_geo.clues.desk.workers import serve; serve()"
)


class Workers:
    """Processes that check parts; none of them outlives the ``with`` block.

    Parameters
    ----------
    count : int, optional
        How many: 0 for none, so that all is done in this process. One for each processor by default, at most 4; none where there
        is one processor only.
    """

    def __init__(self, count: int | None = None) -> None:
        processors = min(os.cpu_count() or 1, _MOST)
        wanted = (processors if processors > 1 else 0) if count is None else count
        self.processes: list[subprocess.Popen[bytes]] = []
        if not sys.executable or getattr(sys, "frozen", False):
            return
        command = [sys.executable, "-c", _START, json.dumps(sys.path)]
        with contextlib.suppress(OSError):  # no process to be had: all is done here
            for _ in range(wanted):
                pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
                process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **pipes)  # noqa: S603 - this program itself
                self.processes.append(process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    if pipe is not None:
                        pipe.close()
        self.processes.clear()

    def check(self, parts: Sequence[Part], context: CheckContext) -> list[list[Spelled]]:
        """The results of `check_part` for each part, in their order.

        A part whose worker died, or could not do it, is checked in this process: an error is raised by that.
        """
        found: list[list[Spelled] | None] = [None] * len(parts)
        if self.processes and len(parts) > 1:
            waiting: queue.SimpleQueue[int] = queue.SimpleQueue()
            for number in range(len(parts)):
                waiting.put(number)
            setting = pickle.dumps(context, pickle.HIGHEST_PROTOCOL)
            threads = ThreadPoolExecutor(len(self.processes))
            try:
                for _ in threads.map(lambda p: _feed(p, setting, parts, context, waiting, found), self.processes):
                    pass
            except BaseException:
                for process in self.processes:
                    process.kill()  # lets the threads go that wait for it
                raise
            finally:
                threads.shutdown()
        return [check_part(part, context) if done is None else done for part, done in zip(parts, found, strict=True)]


def _feed(
    process: subprocess.Popen[bytes],
    setting: bytes,
    parts: Sequence[Part],
    context: CheckContext,
    waiting: queue.SimpleQueue[int],
    found: list[list[Spelled] | None],
) -> None:
    """Give one worker part after part until none waits or it fails."""
    if process.stdin is None or process.stdout is None:
        return
    with contextlib.suppress(OSError, EOFError, pickle.UnpicklingError, ValueError, queue.Empty):
        _send(process.stdin, setting)
        while True:
            number = waiting.get_nowait()
            packed = tuple(pack_clues(clues, context.settings) for clues in parts[number])
            _send(process.stdin, pickle.dumps(packed, pickle.HIGHEST_PROTOCOL))
            found[number] = [Spelled(*one) for one in _unpickle(process.stdout)]


def serve() -> None:
    """Work as a worker: the first message is the context, each further one a part, until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the process that asks answers it
    source, target = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # whoever prints must not get between the messages
    with contextlib.suppress(EOFError):
        context: CheckContext = _unpickle(source)
        while True:
            part = Part(*(unpack_clues(packed) for packed in _unpickle(source)))
            results = [tuple(one) for one in check_part(part, context)]
            _send(target, pickle.dumps(results, pickle.HIGHEST_PROTOCOL))


def _send(target: IO[bytes], message: bytes) -> None:
    target.write(len(message).to_bytes(_LENGTH, "big"))
    target.write(message)
    target.flush()


def _unpickle(source: IO[bytes]) -> Any:
    """The next message; only the other half of this program is at the pipe's other end."""
    length = int.from_bytes(_read(source, _LENGTH), "big")
    return pickle.loads(_read(source, length))  # noqa: S301


def _read(source: IO[bytes], length: int) -> bytes:
    found = source.read(length)
    if len(found) < length:
        raise EOFError
    return found
