"""Data and results travel by any DVC remote: push, clone elsewhere, pull, and nothing is left to do."""

import getpass
import shutil
import socket
import subprocess
import time

import pytest
from copies import ENVIRONMENT

SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")


def run(project, *command):
    done = subprocess.run(command, cwd=project, env=ENVIRONMENT, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def committed(built):
    """The built project, in git as a user would have it."""
    (built / ".dvc/config.local").unlink()
    run(built, "git", "init", "--quiet")
    run(built, "git", "add", "--all")
    run(built, "git", "-c", "user.name=t", "-c", "user.email=t@example.org", "commit", "--quiet", "-m", "Built")
    yield built
    shutil.rmtree(built / ".git")
    (built / ".dvc/config.local").write_text("[core]\n    no_scm = true\n")


def travel(committed, tmp_path, url, **options):
    """Push from one project and pull into a clone of it; returns what `dvc repro` says there."""
    clone = tmp_path / "clone"
    run(tmp_path, "git", "clone", "--quiet", committed, clone)
    (clone / ".venv").symlink_to(committed / ".venv")
    for project in (committed, clone):
        run(project, "dvc", "remote", "add", "--local", "--force", "--default", "elsewhere", url)
        for name, value in options.items():
            run(project, "dvc", "remote", "modify", "--local", "elsewhere", name, value)
    run(committed, "dvc", "push", "--quiet")
    run(clone, "dvc", "pull", "--quiet")
    lock = (clone / "dvc.lock").read_bytes()
    said = run(clone, "dvc", "repro")
    assert (clone / "dvc.lock").read_bytes() == lock
    return said


def test_by_a_folder(committed, tmp_path):
    said = travel(committed, tmp_path, str(tmp_path / "remote"))
    assert "Running stage" not in said and "up to date" in said


@pytest.fixture
def ssh(tmp_path):
    """A server of one's own on this machine: (port, folder, key)."""
    if SSHD is None:
        pytest.skip("there is no sshd here: install openssh-server")
    folder = tmp_path / "ssh"
    folder.mkdir(mode=0o700)
    for name in ("host", "user"):
        run(folder, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", name)
    shutil.copy(folder / "user.pub", folder / "authorized_keys")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized_keys\n"
        f"PidFile {folder}/pid\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\n"
        "Subsystem sftp internal-sftp\n"
    )
    if getpass.getuser() == "root":  # which sshd, as root, insists on
        run(folder, "mkdir", "-p", "/run/sshd")
    server = subprocess.Popen([SSHD, "-D", "-e", "-f", folder / "config"], stderr=(folder / "log").open("wb"))
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
    yield port, tmp_path / "remote", folder / "user"
    server.terminate()
    server.wait()


def test_by_ssh(committed, tmp_path, ssh):
    port, folder, key = ssh
    url = f"ssh://{getpass.getuser()}@127.0.0.1:{port}{folder}"
    said = travel(committed, tmp_path, url, keyfile=str(key), allow_agent="false")
    assert "Running stage" not in said and "up to date" in said
    assert any((folder / "files/md5").iterdir())
