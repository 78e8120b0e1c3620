"""What training costs in time: read from timings, kept apart from the evaluation."""

import json
import shutil
from pathlib import Path

import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.stage import Results
from pipeline.registry import exercises
from pipeline.scoring.timings import main, measure


@pytest.fixture
def timed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which the variants of every exercise take longer and longer."""
    monkeypatch.chdir(tmp_path)
    shutil.copy(Path(__file__).parents[2] / "dvc.yaml", tmp_path)  # for advice
    for exercise in exercises().values():
        for number, variant in enumerate(exercise.variants, start=1):
            seeds = [{"seconds_per_epoch": number * t, "tokens_per_second": 1e5 / number / t} for t in (1.0, 1.2, 9.0)]
            path = Results.of(exercise.name, variant).timing
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"device": "cpu", "seconds": 60.0, "seeds": seeds}), encoding="utf-8")
    return tmp_path


def test_the_median_seed_speaks_for_a_variant(timed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main()
    timings = json.loads(Path("metrics/timings.json").read_text(encoding="utf-8"))
    assert {name: list(rows) for name, rows in timings.items()} == {
        name: exercise.variants for name, exercise in exercises().items()
    }
    assert timings["packing"]["padded"] == {
        "device": "cpu", "seconds_per_epoch": 2.4, "lowest_seconds": 2.0, "highest_seconds": 18.0,
        "tokens_per_second": pytest.approx(1e5 / 2.4),
    }  # fmt: skip
    printed = capsys.readouterr().out.splitlines()
    slowest = 1.2 * len(exercises()["packing"].variants)
    assert len(printed) == len(timings) and f"packing: 1.20 to {slowest:.2f} s an epoch" in printed


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({}, "lacks the times of its seeds (no 'seeds')"),
        ({"seeds": [{"seconds_per_epoch": 1.0}]}, "lacks the times of its seeds (no 'tokens_per_second')"),
        ({"seeds": [{"seconds_per_epoch": None, "tokens_per_second": 1.0}]}, "lacks the times of its seeds ("),
        ({"seeds": []}, "lacks the times of its seeds (no 'device')"),
        ({"device": "cpu", "seeds": []}, "not every seed has a finite time"),
        (
            {"device": "cpu", "seeds": [{"seconds_per_epoch": float("nan"), "tokens_per_second": 1.0}]},
            "not every seed has a finite",
        ),
    ],
)
def test_a_missing_number_is_one_clear_line(timed: Path, content: dict, message: str) -> None:
    path = Path("metrics/timing/packing/packed.json")
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(PipelineError) as error:
        main()
    assert str(error.value).startswith(f"{path}") and message in str(error.value)
    assert not Path("metrics/timings.json").exists()


def test_a_variant_without_times_is_named(timed: Path) -> None:
    path = Path("metrics/timing/packing/packed.json")
    path.unlink()
    with pytest.raises(PipelineError, match="packing/packed.json is missing: build it with `dvc repro packing@packed`"):
        measure(path)
