"""What batching costs: read from timings, kept apart from the evaluation."""

import json
from pathlib import Path

import pytest

from pipeline.core.errors import PipelineError
from pipeline.scoring.timings import CELLS, STARTS, VECTORS, WAYS, main, saving


@pytest.fixture
def timed(project: Path) -> Path:
    exercises = {"packing": WAYS, "embeddings": (*VECTORS, "glove_gradual"), "sentiment": CELLS}
    for exercise, variants in exercises.items():
        for number, variant in enumerate(variants, start=1):
            mean = {"accuracy": 0.7, "padding_share": 0.4, "trainable_parameters": 1000.0, "f1": 0.7}
            seeds = [{"seconds_per_epoch": number * t, "tokens_per_second": 1e5 / number / t} for t in (1.0, 1.2, 9.0)]
            for folder, content in (("train", {"mean": mean}), ("timing", {"seeds": seeds})):
                path = project / f"metrics/{folder}/{exercise}/{variant}.json"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps(content), encoding="utf-8")
    return project


def test_the_median_seed_speaks_for_a_variant(timed: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main()
    summary = json.loads(Path("metrics/timing/summary.json").read_text(encoding="utf-8"))
    assert summary["packing"]["padded"] == {
        "seconds_per_epoch": 2.4, "lowest_seconds": 2.0, "highest_seconds": 18.0,
        "tokens_per_second": pytest.approx(1e5 / 2.4), "accuracy": 0.7, "padding_share": 0.4,
    }  # fmt: skip
    assert {path.name for path in Path("metrics/timing/figures").iterdir()} == {"packing.png", "embeddings.png"}
    assert "packing/padded: 2.40 s an epoch" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("trained", "frozen", "shown"),
    [
        ((11.1, 11.2, 11.0), (9.0, 9.5, 9.2), True),
        ((11.1, 11.2, 11.0), (9.0, 11.2, 10.3), False),  # a row of equal work is as fast without freezing
        ((10.0, 11.0, 13.0), (10.0, 10.0, 10.0), False),
        ((9.0, 9.1, 9.0), (11.0, 11.1, 11.0), False),  # no saving at all
    ],
)
def test_a_saving_within_the_noise_of_equal_work_is_not_shown(
    trained: tuple[float, ...], frozen: tuple[float, ...], shown: bool
) -> None:
    rows = {
        f"{start}_{training}": {"seconds_per_epoch": seconds}
        for training, times in (("trained", trained), ("frozen", frozen))
        for start, seconds in zip(STARTS, times, strict=True)
    }
    found = saving(rows)
    assert found.shown is shown
    assert found.share == pytest.approx(1 - sum(frozen) / sum(trained))


def test_a_missing_number_is_one_clear_line(timed: Path) -> None:
    path = Path("metrics/train/packing/packed.json")
    path.write_text(json.dumps({"mean": {"accuracy": 0.7}}), encoding="utf-8")
    with pytest.raises(PipelineError, match="packing/packed.json or its metrics have no 'padding_share'"):
        main()
    assert not Path("metrics/timing/summary.json").exists()
