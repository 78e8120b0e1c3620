"""Stores that are new, unusable, away, stalling or dying: SQLite files and a real MLflow server."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from pipeline import registry
from pipeline.core.errors import PipelineError
from pipeline.registry import exercises
from pipeline.tracking import live_curves, store
from pipeline.tracking.runs import Runs
from pipeline.tracking.store import shown
from tests.tracking.server import Server
from tests.tracking.tracked_project import RESULTS, append, line, progress, runs_of, start, steps
from tools import track


def test_two_processes_may_begin_a_store_and_nothing_is_printed(project):
    code = "import os\nfrom tracked_project import start\nwith start([1], key=str(os.getpid())): pass"
    here = Path(__file__).parent
    environment = os.environ | {"PYTHONPATH": f"{here}{os.pathsep}{here.parents[1]}"}
    both = [
        subprocess.Popen(
            [sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for _ in range(2)
    ]
    assert [(process.communicate()[0], process.returncode) for process in both] == [(b"", 0), (b"", 0)]
    found = runs_of(f"sqlite:///{project}/mlflow.db")
    assert [run.info.status for run in found.parents] == ["FINISHED", "FINISHED"]


def test_a_store_that_a_kill_left_half_made_is_made_again(project):
    code = "from pipeline.tracking.store import connect\nconnect('parity')"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment)
    while not any(path.stat().st_size > 50_000 for path in project.glob(".mlflow.db.new.*.tmp")):
        assert process.poll() is None
        time.sleep(0.002)
    process.kill()
    process.wait()
    assert not (project / "mlflow.db").exists()
    assert store.connect("parity").client.search_experiments()
    assert [path.name for path in project.glob(".mlflow*")] == []


@pytest.mark.parametrize("kind", ["nothing listens", "nothing answers", "not a database", "made elsewhere"])
def test_an_unusable_store_is_one_line_before_training(project, empty_store, monkeypatch, kind):
    from mlflow import MlflowClient

    with socket.socket() as listener:
        if kind in ("nothing listens", "nothing answers"):
            listener.bind(("127.0.0.1", 0))
            if kind == "nothing answers":
                listener.listen()
            monkeypatch.setenv("MLFLOW_TRACKING_URI", where := f"http://127.0.0.1:{listener.getsockname()[1]}")
            monkeypatch.delenv("MLFLOW_HTTP_REQUEST_TIMEOUT", raising=False)
            monkeypatch.setattr(store, "FIRST_SECONDS", "1")
        elif kind == "not a database":
            (project / (where := "mlflow.db")).write_text("words, words, words " * 100)
        else:
            shutil.copy(empty_store, where := "mlflow.db")
            MlflowClient(f"sqlite:///{project}/mlflow.db").create_experiment("sentiment", "file:///elsewhere")
        started = time.perf_counter()
        with pytest.raises(PipelineError) as error, start():
            pytest.fail("training began")
    assert time.perf_counter() - started < 10
    assert where in str(error.value)
    assert ("`make track` fills" in str(error.value)) == (where == "mlflow.db")
    assert "\n" not in str(error.value)


def test_a_mistake_in_what_is_asked_is_one_line_before_training(project, monkeypatch):
    declared = exercises()["sentiment"]

    class Wrong:
        @property
        def EXERCISE(self):  # as where the module is imported
            return replace(declared, stage=replace(declared.stage, metric="acuracy"))

    monkeypatch.setattr(registry, "part", lambda exercise, name: Wrong())
    message = r"^pipeline/exercises/sentiment/exercise\.py: stage names the metric 'acuracy'; metrics: "
    with pytest.raises(PipelineError, match=message), start():
        pytest.fail("training began")
    assert not (project / "mlflow.db").exists()


def test_of_many_files_that_were_not_copied_the_first_says_why(tmp_path):
    (tmp_path / "from").mkdir()
    for name in "ab":
        (tmp_path / "from" / name).symlink_to("nowhere")
    with pytest.raises(shutil.Error) as error:
        shutil.copytree(tmp_path / "from", tmp_path / "to")
    assert re.fullmatch(r"\[Errno 2\] No such file or directory: '.*/from/[ab]'", store.reason(error.value))


@pytest.fixture
def server(project, empty_store, monkeypatch) -> Iterator[Server]:
    shutil.copy(empty_store, "server.db")
    server = Server(project)
    server.start()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server.uri)
    yield server
    server.signal(signal.SIGKILL)


def test_a_server_that_stalls_loses_no_row_and_one_that_dies_stops_no_training(server, project, monkeypatch, capfd):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    monkeypatch.setattr(live_curves, "INTERVAL", 0.1)
    first = progress()[1]
    with start() as runs:
        for epoch in (1, 2):
            append(first, line(epoch))
            time.sleep(0.3)
        server.signal(signal.SIGSTOP)
        append(first, line(3))
        time.sleep(3)  # its request times out, again and again; the server answers them all when it wakes
        server.signal(signal.SIGCONT)
        append(first, line(4))
        runs.finish(RESULTS)
    found = runs_of(os.environ["MLFLOW_TRACKING_URI"])
    assert [steps(found.client, run) for run in found.children.values()] == [[1, 2, 3, 4]] * 2
    assert found.parent.outputs.model_outputs
    assert not (project / "mlflow.db").exists()
    warnings = capfd.readouterr().err.splitlines()
    assert len(warnings) == 1 and "training goes on" in warnings[0]

    trained = 0
    with start() as runs:
        server.signal(signal.SIGKILL)
        for epoch in (1, 2):
            append(first, line(epoch))
            time.sleep(0.3)
            trained = epoch
        runs.finish(RESULTS)
    assert trained == 2
    warnings = capfd.readouterr().err.splitlines()
    assert len(warnings) == 2 and "training goes on" in warnings[0] and "make track" in warnings[1]

    server.start()
    track.main()  # completes the runs that it died under
    found = runs_of(server.uri)
    assert [run.info.status for run in found.parents] == ["FINISHED"] * 2
    late = found.parents[1].info.run_id
    assert found.client.get_run(late).outputs.model_outputs
    children = found.client.search_runs(
        [found.experiment.experiment_id], f"tags.`mlflow.parentRunId` = '{late}'", order_by=["attributes.start_time"]
    )
    assert [(run.info.status, steps(found.client, run)) for run in children] == [("FINISHED", [1, 2, 3, 4])] * 2


def test_a_server_that_dies_while_it_is_filled_is_one_line(server, project, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    log = Runs.log

    def dying(runs, results):
        server.signal(signal.SIGKILL)
        log(runs, results)

    with monkeypatch.context() as patch, pytest.raises(PipelineError, match="did not take sentiment@lstm") as error:
        patch.setattr(Runs, "log", dying)
        track.main()
    assert "\n" not in str(error.value) and "make track" in str(error.value)
    server.start()
    track.main()
    assert [run.info.status for run in runs_of(server.uri).parents] == ["FINISHED"]


LOCAL, SHARED = ("/", "ext4"), ("/home", "nfs4")


@pytest.mark.parametrize(
    ("mounts", "file", "refused"),
    [
        ([LOCAL, SHARED], "/home/me/mlflow.db", "nfs4 at /home"),
        ([SHARED, LOCAL], "/home/me/mlflow.db", "nfs4 at /home"),  # whatever the order
        ([LOCAL, SHARED], "/homes/me/mlflow.db", None),
        ([LOCAL, SHARED, ("/home/me/disk", "xfs")], "/home/me/disk/mlflow.db", None),
        ([LOCAL, ("/home", "autofs"), SHARED], "/home/mlflow.db", "nfs4 at /home"),  # the last one hides the others
        ([LOCAL, SHARED, ("/home", "ext4")], "/home/mlflow.db", None),
        ([LOCAL, ("/mnt", "fuse.sshfs")], "/mnt/mlflow.db", "fuse.sshfs at /mnt"),
        ([LOCAL, ("/mnt", "fuse.ext4")], "/mnt/mlflow.db", None),
        ([], "/mlflow.db", None),
    ],
)
def test_a_sqlite_file_is_refused_on_a_network_file_system_alone(mounts, file, refused):
    table = [SimpleNamespace(mountpoint=mountpoint, fstype=kind) for mountpoint, kind in mounts]
    if refused is None:
        return store.refuse_network(Path(file), table)
    with pytest.raises(PipelineError, match=rf"{file} .*{refused}.*MLFLOW_TRACKING_URI") as error:
        store.refuse_network(Path(file), table)
    assert "\n" not in str(error.value)


def test_a_link_does_not_hide_a_network_file_system(project, monkeypatch):
    (project / "shared").mkdir()
    (project / "mine").symlink_to("shared")
    table = [
        SimpleNamespace(mountpoint="/", fstype="ext4"),
        SimpleNamespace(mountpoint=str(project / "shared"), fstype="cifs"),
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda all: table)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{project}/mine/mlflow.db")
    with pytest.raises(PipelineError, match="cifs"), start():
        pytest.fail("training began")
    assert list((project / "shared").iterdir()) == []


@pytest.mark.parametrize("uri", ["postgresql://me:ab/cd@db/mlflow", "http://me:p@ss@db", "http://me:secret@db/x"])
def test_no_password_is_shown(uri):
    assert re.fullmatch(r"\w+://\*\*\*@db(/\w+)?", shown(uri))
