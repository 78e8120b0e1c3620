"""The whole graph for real, at the smallest scale, in a copy of the project: side by side, as `make repro` runs it."""

import json
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from pipeline.answering.predict import predict
from pipeline.registry import exercises
from tools.scaled import activated, repro
from tools.verify import TIMES, build

TEXTS = ["A wonderful film.", "", "Dios es grande."]
NUMBERS = ["12 33.5 60 81 40 22 10 9 31 55 70"]
MODELS = {
    "sentiment/gru": TEXTS, "embeddings/glove_gradual": TEXTS, "packing/packed": TEXTS, "pooling/attention": TEXTS,
    "tagging/bi": TEXTS, "tagging/bi_characters_crf": TEXTS, "tagging/commonest": TEXTS, "tagging/linear": TEXTS,
    "translation/luong": TEXTS,
    "word_lm/carried": TEXTS, "char_lm/t16_h128": ["ROMEO:", "?"],
    "parity/lstm": ["314", "7"], "next_value/gru": NUMBERS, "next_value/autoregression": NUMBERS,
    "shared_mlp/shared": [" ".join(["0"] * 784)], "speech/layers_3": [json.dumps([[0.1] * 13, [0.2] * 13])],
}  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    copy = tmp_path_factory.mktemp("quick") / "project"
    build(copy, "quick", jobs=3)
    return copy


def run(project, *arguments, check=True):
    environment = {name: value for name, value in activated(project).items() if name != "MLFLOW_TRACKING_URI"}
    return subprocess.run(
        arguments, cwd=project, env=environment, capture_output=True, text=True, check=check, timeout=300
    )


def would_run(project, *options):
    """The stages that `dvc repro --dry` names."""
    return set(re.findall(r"Running stage '(.+?)'", run(project, "dvc", "repro", "--dry", *options).stdout))


@pytest.fixture
def edited(project):
    """Edit params.yaml, and put it back afterwards."""
    before = (project / "params.yaml").read_text(encoding="utf-8")

    def edit(*path, value):
        values = yaml.safe_load(before)
        section = values
        for key in path[:-1]:
            section = section[key]
        section[path[-1]] = value
        (project / "params.yaml").write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")

    yield edit
    (project / "params.yaml").write_text(before, encoding="utf-8")


def test_nothing_runs_again(project):
    lock = (project / "dvc.lock").read_bytes()
    assert would_run(project) == set()
    assert repro(project, jobs=3) == 0
    assert (project / "dvc.lock").read_bytes() == lock


def recorded_of(folder, targets=()):
    """What dvc.lock says of every stage, or of the targets' stages: all but the measured times, in its order.

    That order follows what is asked for, so the targets' stages come sorted by name.
    """
    stages = yaml.safe_load((folder / "dvc.lock").read_text(encoding="utf-8"))["stages"]
    wanted = stages
    if targets:
        wanted = {name: stages[name] for name in sorted(stages) if name.split("@")[0] in targets}
    items = [(name, item) for name, stage in wanted.items() for kind in ("deps", "outs") for item in stage[kind]]
    return [(name, item) for name, item in items if not item["path"].startswith(TIMES)]


def test_plain_dvc_gives_the_same_bytes(project, edited, tmp_path):
    """From nothing and after a changed parameter; tests/long/test_side_by_side.py does it with the whole graph."""
    plain, some = tmp_path / "plain", ("next_value", "speech")
    build(plain, "quick", *some, jobs=1)
    assert recorded_of(project, some) == recorded_of(plain, some) != []
    edited("next_value", "epochs", value=2)
    shutil.copy(project / "params.yaml", plain)
    assert repro(project, "next_value", jobs=3) == repro(plain, "next_value", jobs=1) == 0
    assert recorded_of(project, some) == recorded_of(plain, some)
    edited("next_value", "epochs", value=1)  # as it was
    assert repro(project, jobs=3) == 0


def test_a_parameter_reruns_what_reads_it(project, edited):
    edited("pooling", "dropout", value=0.25)
    pooling = {f"pooling@{variant}" for variant in exercises()["pooling"].variants}
    assert would_run(project) == pooling | {"report"}  # which prints the parameters
    assert would_run(project, "--force-downstream") == pooling | {"evaluate", "best", "timings", "report"}


def test_a_parameter_changed_back_trains_nothing(project, edited):
    """DVC's run cache brings the earlier results back."""

    def repro_of(stage):
        return run(project, "dvc", "repro", stage).stdout

    edited("pooling", "dropout", value=0.25)
    repro_of("pooling@mean")
    edited("pooling", "dropout", value=0.3)  # as it was
    printed = repro_of("pooling@mean")
    assert "Stage 'pooling@mean' is cached - skipping run, checking out outputs" in printed
    assert "epoch" not in printed
    assert would_run(project) == set()


def test_an_edition_reruns_its_branch(project, edited):
    edited("corpora", "translation", "edition", value="official")
    branch = {"fetch@translation", "prepare@translation"}
    branch |= {f"translation@{variant}" for variant in ("none", "bahdanau", "luong")}
    assert would_run(project) == {"fetch@translation", "prepare@translation", "report"}
    assert would_run(project, "--force-downstream") == branch | {"evaluate", "best", "timings", "report"}


def test_training_again_gives_the_same_bytes(project):
    outs = [
        "models/tagging/bi", "metrics/train/tagging/bi.json", "metrics/history/tagging/bi.csv",
        "data/predictions/tagging/bi.parquet",
    ]  # fmt: skip

    def contents():
        files = [
            f for out in outs for f in ([project / out] if (project / out).is_file() else (project / out).iterdir())
        ]
        return {file: file.read_bytes() for file in files}

    before = contents()
    run(project, "python", "-m", "pipeline.exercises.tagging.train", "bi")
    assert contents() == before


def test_a_killed_stage_continues_and_gives_the_same_bytes(project, edited):
    """Kill the stage and all its workers once a seed has its first checkpoint."""
    edited("tagging", "epochs", value=8)
    command = ["python", "-m", "pipeline.exercises.tagging.train", "uni"]
    run(project, *command)
    model = project / "models/tagging/uni"
    whole = {file.name: file.read_bytes() for file in model.iterdir()}
    listing = sorted(path for path in (project / "metrics").rglob("*"))
    stage = subprocess.Popen(
        command, cwd=project, env=activated(project), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 60
    while not any((project / ".cache/checkpoints/tagging/uni").rglob("checkpoint.safetensors")):
        assert time.monotonic() < deadline and stage.poll() is None
        time.sleep(0.01)
    stage.kill()  # the workers notice and end
    stage.wait()
    again = run(project, *command).stdout
    assert len(re.findall(r"epoch \d/8", again)) < 16, "nothing was continued"
    assert {file.name: file.read_bytes() for file in model.iterdir()} == whole
    assert sorted(path for path in (project / "metrics").rglob("*")) == listing
    edited("tagging", "epochs", value=1)  # as it was
    run(project, "dvc", "repro", "--quiet")


def test_every_comparison_is_answered(project):
    comparisons = json.loads((project / "metrics/evaluation.json").read_text(encoding="utf-8"))["comparisons"]
    assert list(comparisons) == [one.name for exercise in exercises().values() for one in exercise.comparisons]
    for comparison in comparisons.values():
        assert all(variant["sd"] is not None for variant in comparison["variants"].values())
        for difference in comparison["differences"]:
            low, high = difference["ci95"]
            assert low <= difference["delta"] <= high and 0 < difference["p"] <= 1 and difference["verdict"]


def test_metrics_hold_no_clock(project):
    """Wall-clock times live in metrics/timing alone."""
    for path in (project / "metrics/train").glob("*/*.json"):
        assert "second" not in path.read_text(encoding="utf-8")
        timing = json.loads((project / "metrics/timing" / path.relative_to(project / "metrics/train")).read_text())
        assert all(seed["tokens_per_second"] > 0 for seed in timing["seeds"])


@pytest.mark.parametrize("name", MODELS)
def test_a_model_directory_stands_alone(project, name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    texts = MODELS[name]
    together = predict(project / "models" / name, 1, texts)
    assert len(together) == len(texts)
    assert [predict(project / "models" / name, 1, [text])[0].keys() for text in texts] == [t.keys() for t in together]


def test_every_run_is_tracked(project):
    import mlflow

    client = mlflow.MlflowClient(f"sqlite:///{project / 'mlflow.db'}")
    stages = yaml.safe_load((project / "dvc.yaml").read_text(encoding="utf-8"))["stages"]
    for exercise in exercises():
        variants = stages[exercise]["matrix"]["variant"]
        experiment = client.get_experiment_by_name(exercise)
        runs = [run for run in client.search_runs([experiment.experiment_id]) if run.info.status == "FINISHED"]
        parents = {run.info.run_id: run for run in runs if "mlflow.parentRunId" not in run.data.tags}
        assert {run.data.tags["dvc.stage"] for run in parents.values()} == {
            f"{exercise}@{run.info.run_name}" for run in parents.values()
        }
        assert {run.info.run_name for run in parents.values()} == set(variants)
        for run in parents.values():
            children = [c for c in runs if c.data.tags.get("mlflow.parentRunId") == run.info.run_id]
            assert {child.info.run_name for child in children} == {
                f"{run.info.run_name}, seed {seed}" for seed in (1, 2)
            }
            assert run.inputs.dataset_inputs and run.outputs.model_outputs


def test_a_typo_stops_the_graph_in_one_line(project, edited):
    for key, value, message in [
        ("dropuot", 0.3, "error: params.yaml: pooling.dropuot: unknown key"),
        ("dropout", "much", "error: params.yaml: pooling.dropout: Input should be a valid number (got 'much')"),
        ("epochs", 0, "error: params.yaml: pooling.epochs: Input should be greater than 0 (got 0)"),
    ]:
        edited("pooling", key, value=value)
        result = run(project, "dvc", "repro", "pooling@last", check=False)
        assert result.returncode != 0
        assert message in result.stderr.splitlines() and "Traceback" not in result.stderr
    edited("pooling", "epochs", value=1)  # as it was
    run(project, "dvc", "repro", "--quiet", "pooling@last")
    assert would_run(project) == set()


def test_an_unreachable_tracking_server_is_one_line_and_costs_no_result(project):
    environment = activated(project) | {"MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}
    command = ["python", "-m", "pipeline.exercises.pooling.train", "mean"]
    result = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ") and "127.0.0.1:9" in line
    assert Path(project / "models/pooling/mean/model.json").exists()
