"""What DVC has recorded, asked of a real DVC."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.lock import file_md5, has_recorded, read_lock

GRAPH = """
stages:
  speech:
    matrix: {variant: [layers_1]}
    cmd: python write.py
    deps: [write.py]
    params: [epochs]
    outs: [models]
    metrics: [{times.json: {cache: false}}]
"""
WRITE = "import pathlib, time; pathlib.Path('models').touch(); pathlib.Path('times.json').write_text(str(time.time()))"
TIMES = Path("times.json")
ROOT = Path(__file__).parents[2]


def dvc(*arguments: str) -> None:
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([sys.executable, "-m", "dvc", *arguments, "-q"], check=True, env=environment)


def trained(epochs: int) -> str:
    """The MD5 of the times, after `dvc repro` with another value of the parameter."""
    Path("params.yaml").write_text(f"epochs: {epochs}")
    dvc("repro")
    return file_md5(TIMES)


@pytest.mark.parametrize("cache", [None, "../cache"])
def test_what_dvc_recorded_stays_recorded_when_an_earlier_result_is_brought_back(tmp_path, monkeypatch, cache):
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    dvc("init", "--no-scm")
    if cache is not None:
        dvc("config", "--local", "cache.dir", cache)
    Path("dvc.yaml").write_text(GRAPH)
    Path("write.py").write_text(WRITE)
    first = trained(1)
    second = trained(2)
    assert trained(1) == first != second
    assert {out["md5"] for out in read_lock()["stages"]["speech@layers_1"]["outs"]} & {first, second} == {first}
    TIMES.write_text("those of a training that DVC was killed before it recorded")
    assert has_recorded("speech@layers_1", first) and has_recorded("speech@layers_1", second)
    assert not has_recorded("speech@layers_1", file_md5(TIMES))


def test_a_damaged_cache_is_built_again_once_dvc_checks_it(tmp_path, monkeypatch):
    """By the command that docs/trust.md gives; without it, DVC would bring back what is damaged."""
    monkeypatch.chdir(tmp_path)
    dvc("init", "--no-scm")
    Path("dvc.yaml").write_text("stages: {speech: {cmd: echo whole > models, outs: [models]}}")
    dvc("repro")
    md5 = file_md5(Path("models"))
    kept = Path(".dvc/cache/files/md5") / md5[:2] / md5[2:]
    kept.chmod(0o644)
    kept.write_text("damaged")
    kept.chmod(0o444)
    Path("models").unlink()
    dvc("repro")
    assert Path("models").read_text() == "damaged"
    (command,) = re.findall("`(chmod .*?)`", (ROOT / "docs/trust.md").read_text(encoding="utf-8"))
    subprocess.run(command.split(), check=True)
    dvc("repro")
    assert Path("models").read_text() == "whole\n" and kept.read_text() == "whole\n"


def test_nothing_is_recorded_where_there_is_no_dvc(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_lock() == {} and not has_recorded("speech@layers_1", "0" * 32)


@pytest.mark.parametrize("text", ["stages:\n  a:\n    md5: 12", "stages: [\n", "words\n"])
def test_a_lock_that_was_cut_short_is_one_line(tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pipeline.core.lock.ATTEMPTS", 1)
    Path("dvc.lock").write_text(text)
    with pytest.raises(PipelineError, match=r"dvc\.lock is cut short or damaged: `make repro` mends it") as error:
        read_lock()
    assert "\n" not in str(error.value)
