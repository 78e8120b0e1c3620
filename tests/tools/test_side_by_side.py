"""Stages side by side, in the toy project."""
# ruff: noqa: F811

import os
import pty
import re
import signal
import subprocess
import sys
import termios
import time
from types import SimpleNamespace

import psutil
import pytest

from tests.toy_project import (
    STAGE,
    VARIANTS,
    command,
    contents,
    make,
    processes_in,
    project,  # noqa: F401
    ran,
    ran_so_far,
    repro,
    until,
    write_graph,
)
from tools.repro import heard
from tools.side_by_side import progress
from tools.side_by_side.plan import SHORT, expected, note_order, plan, urgency, without


def test_the_bytes_are_those_of_plain_dvc(project, tmp_path):
    """From nothing, with nothing to do, after a changed parameter, with new variants; and the order of dvc.lock."""
    plain = make(tmp_path / "plain")

    def both(*arguments):
        repro(project, "--jobs", "4", *arguments)
        subprocess.run(["dvc", "repro", "--quiet", *arguments], cwd=plain, check=True)
        assert sorted(ran(project)) == sorted(ran(plain))
        assert contents(project) == contents(plain)

    both("speech")
    both()
    both()
    for folder in (project, plain):
        (folder / "params.yaml").write_text("lr: 2\n")
    both("tagging@c")
    both()
    for folder in (project, plain):
        write_graph(folder, variants=["e", *VARIANTS, "f"])
    both()
    assert not (project / ".cache/lock_before.json").exists()


def test_a_lock_that_was_lost_gets_its_order_back(project):
    """A killed DVC may leave dvc.lock cut short; what was in it comes back, from the run cache, as it ends."""
    repro(project)
    write_graph(project, variants=["e", *VARIANTS])  # behind the others in dvc.lock, before them in DVC's order
    repro(project)
    before, lock = contents(project), project / "dvc.lock"
    note_order(project)
    lock.write_bytes(lock.read_bytes()[:500])
    repro(project, "--jobs", "4")
    assert contents(project) == before


def test_as_many_as_asked_run_at_a_time(project):
    (project / "slow").write_text("fetch@imdb\nfetch@speech\nfetch@digits\n")
    with subprocess.Popen(command("--jobs", "2"), cwd=project, stdout=subprocess.DEVNULL) as process:
        until(lambda: (project / "log.txt").exists() and len((project / "log.txt").read_text().splitlines()) == 2)
        time.sleep(1)
        assert len((project / "log.txt").read_text().splitlines()) == 2
        listening = [one for one in psutil.Process(process.pid).net_connections() if one.status == "LISTEN"]
        process.terminate()
    assert not listening


def test_the_most_urgent_first():
    waits = {"short": [], "long": [], "behind": ["short"], "last": ["long", "behind"]}
    urgent = urgency(waits, {"short": 1, "long": 5, "behind": 10, "last": 1}.__getitem__)
    assert urgent == {"short": 12, "long": 6, "behind": 11, "last": 1}


def test_what_is_timed_and_all_behind_it_is_left_out():
    waits = {"a": [], "timed": ["a"], "b": ["a"], "evaluate": ["timed", "b"], "report": ["evaluate"]}
    assert without(waits, {"timed"}) == {"a": [], "b": ["a"]}


def test_the_plan_is_what_changed_and_what_lies_behind(project):
    repro(project)
    assert plan(project, []) == {}
    (project / "data/digits").unlink()
    found = plan(project, [])
    assert found == {"prepare@digits": [], **{f"speech@{variant}": ["prepare@digits"] for variant in VARIANTS}}
    assert plan(project, ["evaluate"]) == {}


def test_a_failure_lets_the_others_end_and_begins_nothing(project):
    (project / "fail").write_text("prepare@imdb\n")
    (project / "stage.sh").write_text(STAGE.replace("sleep 0.0", "sleep 2.0"))
    done = repro(project, "--jobs", "3", code=1)
    assert "prepare@imdb failed (logs/prepare@imdb.log):" in done.stdout
    assert "    prepare@imdb: this cannot be done" in done.stdout
    (line,) = done.stderr.splitlines()
    assert line == "error: prepare@imdb failed (see above): put it right, and run the same command again"
    log = (project / "log.txt").read_text().splitlines()
    begun, ended = ({line.split()[1] for line in log if line.startswith(word)} for word in ("begin", "end"))
    assert begun - ended == {"prepare@imdb"} and not any(name.startswith(("tagging", "evaluate")) for name in begun)
    (project / "fail").unlink()
    ran(project)
    repro(project, "--jobs", "3")
    assert not begun - {"prepare@imdb"} & set(ran(project))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopped_it_ends_in_a_line_and_leaves_nothing(project, number):
    (project / "slow").write_text("prepare@imdb\ntagging@a\n")
    process = subprocess.Popen(command("--jobs", "3"), cwd=project, stderr=subprocess.PIPE, text=True)
    until(lambda: "begin prepare@imdb" in ran_so_far(project))
    time.sleep(0.3)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, "interrupted: run the same command again to continue\n")
    assert processes_in(project) == []


def test_a_stage_that_survives_ctrl_c_gets_the_next_one_too(project):
    deaf = "trap 'trap - INT; echo told >> log.txt' INT; for i in $(seq 300); do sleep 0.1; done; trap - INT"
    (project / "stage.sh").write_text(STAGE.replace("sleep 30", f"{{ {deaf}; }}"))
    (project / "slow").write_text("fetch@imdb\n")
    process = subprocess.Popen(command("--jobs", "2"), cwd=project, stderr=subprocess.PIPE, text=True)
    until(lambda: "begin fetch@imdb" in ran_so_far(project))
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    until(lambda: "told" in ran_so_far(project))
    time.sleep(1.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (130, "interrupted: run the same command again to continue\n")
    assert processes_in(project) == []


def test_ctrl_c_that_a_library_drops_is_heard():
    class Library:
        def __del__(self):
            raise KeyboardInterrupt

    went_on = False
    with pytest.raises(KeyboardInterrupt), heard():
        Library()
        went_on = True
    assert went_on


def test_another_dvc_is_waited_for(project):
    """It has the lock when all is done but the last word."""
    hold = "from dvc.repo import Repo\nwith Repo() as repo, repo.lock: print(flush=True); input()"
    repro(project)
    with subprocess.Popen(
        [sys.executable, "-c", hold], cwd=project, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        other.stdout.readline()
        process = subprocess.Popen(command("--jobs", "1"), cwd=project, stdout=subprocess.DEVNULL)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(8)  # DVC by itself looks for three seconds
        other.communicate(b"\n")
    assert process.wait(60) == 0


def test_killed_it_leaves_nothing_and_is_continued(project, tmp_path):
    plain = make(tmp_path / "plain")
    subprocess.run(["dvc", "repro", "--quiet"], cwd=plain, check=True)
    (project / "slow").write_text("tagging@b\n")
    process = subprocess.Popen(command("--jobs", "3"), cwd=project, stdout=subprocess.DEVNULL)
    until(lambda: "begin tagging@b" in ran_so_far(project))
    process.kill()
    process.wait()
    until(lambda: processes_in(project) == [])
    (project / "slow").unlink()
    repro(project, "--jobs", "3")
    assert contents(project) == contents(plain)


def test_the_second_of_two_says_that_the_first_is_at_work(project):
    (project / "slow").write_text("fetch@imdb\n")
    first = subprocess.Popen(command("--jobs", "2"), cwd=project, stdout=subprocess.DEVNULL)
    until(lambda: "begin fetch@imdb" in ran_so_far(project))
    second = repro(project, code=1)
    assert second.stderr == f"error: another `make repro` is at work in {project}: wait for it\n"
    first.terminate()
    first.wait()


def test_a_terminal_sees_what_runs(project):
    (project / "stage.sh").write_text(STAGE.replace("sleep 0.0", "sleep 1.0"))
    outer, inner = pty.openpty()
    termios.tcsetwinsize(inner, (24, 120))
    with subprocess.Popen(command("--jobs", "3"), cwd=project, stdout=inner, stderr=inner) as process:
        os.close(inner)
        text = b""
        while True:
            try:
                text += os.read(outer, 4096)
            except OSError:
                break
    assert process.returncode == 0
    assert re.search(rb"(prepare|fetch)@\w+, (prepare|fetch)@\w+, (prepare|fetch)@\w+", text)
    assert b"didn't change" not in text


def test_every_stage_gets_a_gpu_of_its_own(project, tmp_path, monkeypatch):
    tool = tmp_path / "bin/nvidia-smi"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\necho 'GPU 0: NVIDIA H100 (UUID: GPU-1)'\necho 'GPU 1: NVIDIA H100 (UUID: GPU-2)'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    noted = STAGE.replace("begin $name", "begin $name $CUDA_VISIBLE_DEVICES").replace("sleep 0.0", "sleep 0.5")
    (project / "stage.sh").write_text(noted)
    said = repro(project).stdout
    assert said.startswith("15 stages may have changed; 2 at a time on this machine")
    card, used, side_by_side = {}, set(), 0
    for what, name, *number in (line.split() for line in ran_so_far(project)):
        if what == "end":
            del card[name]
        else:
            assert number[0] not in card.values(), f"{name} and another share GPU {number[0]}"
            card[name] = number[0]
            used.add(number[0])
            side_by_side += len(card) == 2
    assert used == {"0", "1"} and side_by_side > 3


@pytest.mark.parametrize("jobs", ["0", "many", "-1"])
def test_a_number_of_jobs_that_is_none_is_named(project, jobs):
    done = repro(project, f"--jobs={jobs}", code=1)
    assert done.stderr == f"error: {jobs!r} is not a number of jobs: name one from 1 up\n"


def test_an_unknown_stage_is_one_line(project):
    (line,) = repro(project, "tagging@zzz", code=1).stderr.splitlines()
    assert line.startswith("error: ") and "tagging@zzz" in line


def test_expected_seconds_are_the_projects_own_or_those_of_the_code(tmp_path):
    """A copy at another scale begins with the stages that took longest here."""
    own = tmp_path / "metrics/timing/translation/luong.json"
    own.parent.mkdir(parents=True)
    own.write_text('{"seeds": [{"attempt_seconds": 1}, {"attempt_seconds": 2}]}')
    seconds = expected(tmp_path)
    assert seconds("translation@luong") == SHORT + 3
    assert seconds("translation@bahdanau") > 2 * seconds("parity@rnn") > SHORT
    assert seconds("fetch@imdb") == SHORT


def test_the_time_left_counts_what_running_stages_have_had(monkeypatch):
    """Two at a time: when the first ends, the other is as far as it."""
    now = [0.0]
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=lambda: now[0]))
    expected = {"a": 100, "b": 100, "c": 200}
    with progress.Progress(expected, expected.__getitem__, later=5) as shown:
        assert shown.state() == "[0/3, 0:00]"
        now[0] = 100.0
        shown.show(["a", "b"])
        shown.ended("a", "")
        assert shown.state() == "[1/3, 1:40, about 1:45 left]"
        now[0] = 150.0
        shown.show(["b", "c"])  # b is late: at most all of it is done
        assert shown.state() == "[1/3, 2:30, about 1:20 left]"
