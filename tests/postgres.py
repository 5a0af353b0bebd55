"""A private PostgreSQL with PostGIS from Debian's packages: started in a temporary folder, on a Unix socket only."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psycopg

DATABASE = "clues"
OWNER = "desk"
START_TIMEOUT_S = 60


def find_binaries():
    """The folder of ``initdb`` and ``postgres``, the newest installed; None without a server."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    found.sort(key=lambda path: int(path.parent.name) if path.parent.name.isdigit() else 0)
    if found:
        return found[-1]
    named = (
        subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True) if shutil.which("pg_config") else None
    )
    folder = Path(named.stdout.strip()) if named and named.returncode == 0 else None
    return folder if folder and (folder / "initdb").exists() else None


def missing_parts():
    """What Debian package is not there, "" when all are."""
    binaries = find_binaries()
    if binaries is None:
        return "postgresql"
    shared = Path(subprocess.run([binaries / "pg_config", "--sharedir"], capture_output=True, text=True).stdout.strip())
    return "" if (shared / "extension" / "postgis.control").exists() else f"postgresql-{binaries.parent.name}-postgis-3"


def children_of(parent):
    """Process numbers, from ``/proc``."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        # A process may end meanwhile. Its name, in brackets, may hold blanks; its state and its parent's number follow.
        with contextlib.suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                yield int(stat.parent.name)


class Cluster:
    """One server. ``fsync`` is on, as crash tests need."""

    def __init__(self):
        self._binaries = find_binaries()
        # Short, for a socket's path has 107 bytes; the server refuses to run as root.
        self.folder = Path(tempfile.mkdtemp(prefix="cjpg", dir="/tmp" if Path("/tmp").is_dir() else None))
        self._user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        if self._user:
            shutil.chown(self.folder, "postgres", "postgres")
        self._data = self.folder / "data"
        self._server = None
        self._run("initdb", "-D", self._data, "-U", OWNER, "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust", "--no-sync")
        (self._data / "pg_hba.conf").write_text("local all guarded scram-sha-256\nlocal all all trust\n")
        self.start()
        with psycopg.connect(self.url("postgres"), autocommit=True) as db:
            db.execute(f"CREATE DATABASE {DATABASE}")
        with psycopg.connect(self.url(), autocommit=True) as db:
            db.execute("CREATE EXTENSION postgis")

    def _run(self, program, *args):
        done = subprocess.run(
            [self._binaries / program, *args],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **self._user,
        )
        assert done.returncode == 0, done.stderr

    def url(self, database=DATABASE, *, user=OWNER, password="", **more):
        """The address of a database of this server."""
        who = f"{user}:{quote(password, safe='')}" if password else user
        query = {"host": self.folder, **more}
        return f"postgresql://{who}@/{database}?" + "&".join(
            f"{key}={quote(str(value))}" for key, value in query.items()
        )

    def new_schema(self):
        """The address of a ledger that is not there yet."""
        return self.url(schema=f"台账_{secrets.token_hex(4)}")

    def start(self):
        """Start, with recovery where it was killed, and wait until it answers."""
        settings = {
            "listen_addresses": "", "unix_socket_directories": self.folder, "shared_buffers": "32MB", "timezone": "UTC",
            "fsync": "on", "max_connections": 30,
        }  # fmt: skip
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [self._binaries / "postgres", "-D", self._data, *flags],
                cwd=self.folder, stdout=log, stderr=log, start_new_session=True, **self._user,
            )  # fmt: skip
        self.wait()

    def wait(self):
        """Wait until the server takes connections, as after the death of one of its processes."""
        end = time.monotonic() + START_TIMEOUT_S
        while True:
            try:
                psycopg.connect(self.url("postgres")).close()
                return
            except psycopg.OperationalError:
                assert self._server.poll() is None and time.monotonic() < end, (self.folder / "log").read_text()

    def ask(self, statement, *values):
        """The rows that a statement gives."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as db:
            return db.execute(statement, values or None).fetchall()

    def kill_backends(self, application="changji-geo"):
        """Kill -9 the server's processes for a program and wait until the server has restarted itself, as it then does."""
        checkpointer = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'"
        old = self.ask(checkpointer)
        pids = self.ask("SELECT pid FROM pg_stat_activity WHERE application_name = %s", application)
        assert pids
        for (pid,) in pids:
            os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < end:
            with contextlib.suppress(psycopg.OperationalError):
                if self.ask(checkpointer) not in (old, []):
                    return
        raise AssertionError((self.folder / "log").read_text())

    def kill(self):
        """Kill the server and every process of it, as a power cut does but for the disk's cache."""
        children = list(children_of(self._server.pid))
        for pid in (self._server.pid, *children):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._server.wait()

    def close(self):
        """Stop and take the folder away."""
        if self._server and self._server.poll() is None:
            # At once: the folder goes, so nothing has to be tidied.
            self._server.send_signal(signal.SIGQUIT)
            try:
                self._server.wait(timeout=30)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
