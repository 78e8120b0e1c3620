"""Eight stages fill a real MLflow server on a real PostgreSQL at once. The commands are those of docs/tracking.md."""

import re
import signal
import subprocess
from pathlib import Path

from tests.tracking.postgres import postgres
from tests.tracking.server import Server
from tests.tracking.writers import SCORES, check, make_clones, write_at_once


def test_eight_stages_fill_a_new_server_at_once(tmp_path):
    page = (Path(__file__).parents[2] / "docs/tracking.md").read_text()
    section = page.partition("## A server for many writers")[2].partition("\n## ")[0]
    database, server_command, variable = re.findall(r"(?:^    .*\n)+", section, re.MULTILINE)
    [password_line] = re.findall(r"`(localhost:.*PASSWORD)`", section)
    (tmp_path / "pgpass").write_text(password_line.replace("PASSWORD", "very secret"))
    (tmp_path / "pgpass").chmod(0o600)
    with postgres() as environment:
        for command in database.splitlines()[1:]:  # the first installs it
            plain = command.replace("sudo -u postgres", "setsid")  # no terminal: the password comes from its input
            subprocess.run(plain, shell=True, env=environment, input="very secret\n" * 2, text=True, check=True)
        found = {"PGPORT": environment["PGPORT"], "PGPASSFILE": str(tmp_path / "pgpass")}
        server = Server(tmp_path, server_command, found)
        server.start()
        try:
            assert variable.split("=")[1].strip() == server.uri.replace(str(server.port), "5000")
            assert write_at_once(server.uri, make_clones(tmp_path)) == dict.fromkeys(SCORES, "")
            check(server.uri)
        finally:
            server.signal(signal.SIGKILL)
    assert (tmp_path / "mlartifacts").is_dir()
