"""Stages side by side, killed at random moments: the next `make repro` ends with the bytes of plain `dvc repro`.

KILLS=40 says how often to kill; SEED=0 draws the moments.
"""

import os
import random
import signal
import subprocess
import time
from collections import Counter
from contextlib import suppress

import psutil

from tests.test_quick_graph import recorded_of
from tests.toy_project import STAGE, command, contents, make, processes_in, project, repro, until
from tools.verify import build

__all__ = ["project"]
KILLS = int(os.environ.get("KILLS", "40"))
SEED = os.environ.get("SEED", "0")
BEGUN = 0.2  # seconds, before which Python itself starts and prints a traceback of its own at Ctrl-C
LENGTH = 8.0  # seconds in which a kill comes; all of it takes longer
SLOWER = STAGE.replace("sleep 0.0$(( $$ % 10 ))", "sleep 0.$(( $$ % 10 ))")


def words(process):
    """Its command; none, if it has ended."""
    with suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []


def victims(driver, what):
    """The processes to be killed: one of a kind, or all."""
    family = driver.children(recursive=True)
    kinds = {
        "driver": [driver],
        "dvc": [one for one in family if "--wait-for-lock" in words(one)],
        "stage": [one for one in family if "stage.sh" in words(one)],
        "everything": [driver, *family],
        "control-c": [driver],
    }
    return kinds[what] if what == "everything" else kinds[what][:1]


def test_the_whole_quick_graph_is_that_of_plain_dvc(tmp_path):
    """Real training, from nothing: every byte but the measured times, and the order of dvc.lock."""
    for name, jobs in (("side", 3), ("plain", 1)):
        build(tmp_path / name, "quick", jobs=jobs)
    assert recorded_of(tmp_path / "side") == recorded_of(tmp_path / "plain") != []


def test_kills_change_no_byte_and_leave_nothing(project, tmp_path):
    assert "sleep 0.$" in SLOWER
    plain = make(tmp_path / "plain")
    draw, killed, moments = random.Random(SEED), 0, Counter()
    for folder in (project, plain):
        (folder / "stage.sh").write_text(SLOWER)
    while killed < KILLS:
        for folder in (project, plain):
            (folder / "params.yaml").write_text(f"lr: {killed}\n")
        for _ in range(min(draw.randint(1, 3), KILLS - killed)):
            what = draw.choice(["driver", "dvc", "stage", "everything", "control-c"])
            with (tmp_path / "output").open("w") as output:
                driver = psutil.Popen(command("--jobs", "4"), cwd=project, stdout=output, stderr=output)
            try:
                driver.wait(draw.uniform(BEGUN, LENGTH))
                moments["it had ended"] += 1
            except psutil.TimeoutExpired:
                hit = 0
                for victim in victims(driver, what):
                    with suppress(psutil.NoSuchProcess):
                        victim.send_signal(signal.SIGINT if what == "control-c" else signal.SIGKILL)
                        hit += 1
                killed += bool(hit)
                moments[what] += bool(hit)
            driver.wait(60)
            until(lambda: not processes_in(project), 20)
            printed = (tmp_path / "output").read_text()
            assert "Traceback" not in printed, printed
        repro(project, "--jobs", "4")
        subprocess.run(["dvc", "repro", "--quiet"], cwd=plain, check=True)
        assert contents(project) == contents(plain)
    print(f"\n{KILLS} kills: {dict(moments)}")


def test_control_c_while_it_starts(project):
    """A line, and nothing left behind, whatever was being imported or planned."""
    for after in (0.2, 0.6, 1.0, 1.5, 2.0):
        process = subprocess.Popen(command("--jobs", "4"), cwd=project, stderr=subprocess.PIPE, text=True)
        time.sleep(after)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
        assert "Traceback" not in said and process.returncode != 0
        until(lambda: not processes_in(project), 20)
