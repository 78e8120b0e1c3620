"""Data and results travel by any DVC remote: push, clone elsewhere, pull, and nothing is left to do."""

import csv
import getpass
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager

import pytest
from botocore.session import get_session
from mlflow import MlflowClient

from pipeline.tracking.names import in_section
from tests.long.copies import ENVIRONMENT
from tests.tracking.server import free_port

SSHD = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
S3 = shutil.which("moto_server")


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


def test_by_a_folder_and_mlflow_is_filled_from_what_came(committed, tmp_path):
    said = travel(committed, tmp_path, str(tmp_path / "remote"))
    assert "Running stage" not in said and "up to date" in said
    clone = tmp_path / "clone"
    trained = sorted((clone / "metrics/train").glob("*/*.json"))
    for added in (len(trained), 0):
        printed = run(clone, "python", "-m", "tools.track")
        assert printed.startswith(f"MLflow: {added} of {len(trained)} variants recorded")
        for path in trained:
            history = clone / f"metrics/history/{path.parent.name}/{path.stem}.csv"
            assert curves(f"sqlite:///{clone}/mlflow.db", path.parent.name, path.stem) == written(history)


def curves(uri, exercise, variant):
    """(seed, epoch) -> training loss, of the one run that MLflow has of each seed."""
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name(exercise).experiment_id
    found = client.search_runs([experiment], f"tags.variant = '{variant}' AND tags.level = 'seed'")
    seeds = [run.data.tags["seed"] for run in found]
    assert len(set(seeds)) == len(seeds)
    return {
        (int(seed), metric.step): metric.value
        for seed, run in zip(seeds, found, strict=True)
        for metric in client.get_metric_history(run.info.run_id, in_section("train_loss"))
    }


def written(history):
    with history.open(encoding="utf-8", newline="") as stream:
        return {(int(row["seed"]), int(row["epoch"])): float(row["train_loss"]) for row in csv.DictReader(stream)}


@contextmanager
def serving(command, port, log):
    """A server on this machine, once it takes connections."""
    with log.open("wb") as stream:
        server = subprocess.Popen(command, stdout=stream, stderr=stream)
    deadline = time.monotonic() + 60
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < deadline and server.poll() is None, log.read_text()
                time.sleep(0.1)
        yield
    finally:
        server.terminate()
        server.wait()


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
    port = free_port()
    (folder / "config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/authorized_keys\n"
        f"PidFile {folder}/pid\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\n"
        "Subsystem sftp internal-sftp\n"
    )
    if getpass.getuser() == "root":  # which sshd, as root, insists on
        run(folder, "mkdir", "-p", "/run/sshd")
    with serving([SSHD, "-D", "-e", "-f", folder / "config"], port, folder / "log"):
        yield port, tmp_path / "remote", folder / "user"


def test_by_ssh(committed, tmp_path, ssh):
    port, folder, key = ssh
    url = f"ssh://{getpass.getuser()}@127.0.0.1:{port}{folder}"
    said = travel(committed, tmp_path, url, keyfile=str(key), allow_agent="false")
    assert "Running stage" not in said and "up to date" in said
    assert any((folder / "files/md5").iterdir())


@pytest.fixture
def s3(tmp_path):
    """A server that speaks S3, on this machine, with a bucket `data`: what DVC must be told of it."""
    if S3 is None:
        pytest.skip("there is no S3 server here: install moto[server], outside the project, and put it on the PATH")
    port = free_port()
    url, keys = f"http://127.0.0.1:{port}", ("someone", "secret")
    with serving([S3, "-H", "127.0.0.1", "-p", str(port)], port, tmp_path / "log"):
        session = get_session()
        session.set_credentials(*keys)
        session.create_client("s3", "us-east-1", endpoint_url=url).create_bucket(Bucket="data")
        yield {"endpointurl": url, "access_key_id": keys[0], "secret_access_key": keys[1], "region": "us-east-1"}


def test_by_s3(committed, tmp_path, s3):
    said = travel(committed, tmp_path, "s3://data/project", **s3)
    assert "Running stage" not in said and "up to date" in said
