"""A PostgreSQL cluster to throw away."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.tracking.server import free_port


@contextmanager
def postgres() -> Iterator[dict[str, str]]:
    """A new cluster on a free port of this machine; yields the variables by which its own programs find it.

    Its superuser enters through the socket, as on Debian. Everyone else needs a password. Skips the test where there is
    no PostgreSQL.
    """
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))
    path = os.pathsep.join([*map(str, reversed(found)), os.environ["PATH"]])
    if not shutil.which("initdb", path=path):
        pytest.skip("PostgreSQL's initdb is neither in PATH nor in /usr/lib/postgresql: apt-get install postgresql")
    with tempfile.TemporaryDirectory(prefix="postgres-", dir="/tmp") as folder:  # a socket's path has 107 characters
        environment = os.environ | {"PATH": path, "PGHOST": folder, "PGPORT": str(free_port()), "PGUSER": "postgres"}
        owner: dict = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            nobody = pwd.getpwnam("nobody")
            owner = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)

        def run(*command: str) -> None:
            subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, check=True, **owner)

        run("initdb", "-D", "data", "-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync")
        run("pg_ctl", "-D", "data", "-l", "log", "-w", "-o", f"-F -k {folder} -c listen_addresses=localhost", "start")
        try:
            yield environment
        finally:
            run("pg_ctl", "-D", "data", "-m", "immediate", "stop")
