import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.core.errors import run_stage
from pipeline.declaration import Exercise
from pipeline.registry import exercises
from pipeline.scoring.comparison import Evaluation, compare
from pipeline.scoring.evaluate import main

Train = Callable[..., None]


def evaluation() -> dict:
    return json.loads(Path("metrics/evaluation.json").read_text(encoding="utf-8"))


def comparisons() -> dict:
    return evaluation()["comparisons"]


def edit(path: str, change: Callable[[dict], None]) -> None:
    content = json.loads(Path(path).read_text(encoding="utf-8"))
    change(content)
    Path(path).write_text(json.dumps(content), encoding="utf-8")


def test_every_comparison_is_answered(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main()
    found = comparisons()
    declared = [comparison for exercise in exercises().values() for comparison in exercise.comparisons]
    assert list(found) == [comparison.name for comparison in declared]
    pooling = found["pooling"]
    assert list(pooling) == ["exercise", "edition", "metric", "unit", "variants", "differences"]
    assert (pooling["edition"], pooling["metric"], pooling["unit"]) == ("packaged", "accuracy", "fraction, 0 to 1")

    # The numbers are those of training.
    trained = json.loads(Path("metrics/train/pooling/mean.json").read_text())["seeds"]
    scores = [record["test"]["accuracy"] for record in trained]
    mean = pooling["variants"]["mean"]
    assert list(mean["seeds"]) == ["1", "2", "3"]
    assert list(mean["seeds"].values()) == pytest.approx(scores, abs=1e-6)
    assert mean["mean"] == pytest.approx(sum(scores) / 3, abs=1e-6)
    assert mean["sd"] > 0

    # A difference is that of the means, and its words are about it.
    pairs = [(difference["a"], difference["b"]) for difference in pooling["differences"]]
    assert pairs == [(of, "last") for of in ("mean", "sum", "max", "attention")] + [("attention", "mean")]
    first = pooling["differences"][0]
    assert first["delta"] == pytest.approx(mean["mean"] - pooling["variants"]["last"]["mean"], abs=2e-6)
    assert 0 < first["ci95"][0] < first["delta"] < first["ci95"][1] and first["p"] < 0.05
    assert first["p"] <= first["p_holm"] < 0.05 and "p_holm" not in pooling["differences"][1]
    assert first["verdict"].startswith(f"mean is better than last by {100 * first['delta']:.1f} percentage points")
    assert found["direction"]["differences"][0]["verdict"].startswith("bi is better than uni by ")
    assert [difference["verdict"].split(" by ")[0] for difference in found["attention"]["differences"][:2]] == [
        "bahdanau is better than none",
        "luong is better than none",
    ]
    assert found["attention"]["unit"] == "BLEU, 0 to 100" and found["attention"]["differences"][0]["delta"] > 10
    assert "no difference shown between gru and lstm" in found["cell"]["differences"][0]["verdict"]

    # Where less is better, the words know it.
    better, *others = found["forecast"]["differences"]
    assert better["delta"] < 0 and better["verdict"].startswith("autoregression is better than persistence by ")
    assert [other["verdict"].split(" by ")[0] for other in others[1:3]] == [
        "rnn is worse than autoregression_roots",
        "gru is better than autoregression_roots",
    ]
    assert found["carried_state"]["differences"][0]["verdict"].startswith("carried is better than reset by 0.")

    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == sum(len(comparison.pairs) for comparison in declared)
    assert f"pooling: {first['verdict']}" in printed


def test_the_same_results_give_the_same_bytes(project: Path) -> None:
    main()
    answers = Path("metrics/evaluation.json").read_bytes()
    main()
    assert Path("metrics/evaluation.json").read_bytes() == answers


def test_other_results_give_other_words(project: Path, train: Train) -> None:
    train("pooling", "mean", quality=0.55)
    train("sentiment", "gru", quality=0.95)
    main()
    words = [difference["verdict"] for difference in comparisons()["pooling"]["differences"]]
    assert words[0].startswith("mean is worse than last by ")
    assert comparisons()["cell"]["differences"][0]["verdict"].startswith("gru is better than lstm by ")


def test_the_pairs_that_the_sheet_names_are_corrected_together_and_the_others_are_counted(project: Path) -> None:
    main()
    found = evaluation()
    p = {one["p"]: one["p_holm"] for entry in found["comparisons"].values() for one in entry["differences"]
         if "p_holm" in one}  # fmt: skip
    assert found["primary"] == len(p) == 6
    assert p[min(p)] == pytest.approx(min(1, 6 * min(p)), rel=0.01)  # the smallest is multiplied by their number
    differences = sum(len(entry["differences"]) for entry in found["comparisons"].values())
    assert found["exploratory"] == differences - 6
    assert found["by_chance"] == pytest.approx(0.05 * found["exploratory"], abs=0.01)


def test_examples_that_depend_on_each_other_are_taken_as_declared(project: Path) -> None:
    forecast = exercises()["next_value"]
    settings = Evaluation(confidence=0.95)
    (asked,) = forecast.comparisons
    alone, together = (compare(replace(forecast, block=block), asked, settings) for block in (1, forecast.block))
    assert forecast.block > 1 and together["variants"] == alone["variants"]
    for one, other in zip(alone["differences"], together["differences"], strict=True):
        assert one["delta"] == other["delta"] and one["ci95"] != other["ci95"]


def test_an_error_of_more_than_one_test_set_counts_in_its_own_alone(project: Path) -> None:
    main()
    scores = {
        seed["seed"]: seed["test"]["accuracy_500"]
        for seed in json.loads(Path("metrics/train/parity/gru.json").read_text())["seeds"]
    }
    assert comparisons()["length"]["variants"]["gru"]["seeds"] == {
        str(seed): pytest.approx(score, abs=1e-6) for seed, score in scores.items()
    }


def test_a_single_seed_has_no_deviation_and_the_interval_is_named_by_its_confidence(
    project: Path, train: Train
) -> None:
    params = Path("params.yaml")
    params.write_text(params.read_text().replace("confidence: 0.95", "confidence: 0.8"))
    for exercise in exercises().values():
        for variant in exercise.variants:
            train(exercise.name, variant, seeds=(7,))
    main()
    direction = comparisons()["direction"]
    bi, difference = direction["variants"]["bi"], direction["differences"][0]
    assert bi["sd"] is None and list(bi["seeds"]) == ["7"] and bi["mean"] == bi["seeds"]["7"]
    assert "ci80" in difference and "ci95" not in difference and "80% interval" in difference["verdict"]


def test_predictions_may_come_in_any_order(project: Path) -> None:
    tagging = exercises()["tagging"]
    settings = Evaluation(confidence=0.95)
    before = compare(tagging, tagging.comparisons[0], settings)
    path = Path("data/predictions/tagging/bi.parquet")
    table = pq.read_table(path)
    pq.write_table(table.take(list(range(table.num_rows))[::-1]), path)
    assert compare(tagging, tagging.comparisons[0], settings) == before


def test_what_is_no_longer_declared_is_not_compared(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An exercise may also ask nothing, or have a single variant left."""

    def without(exercise: Exercise, *left: str) -> Exercise:
        stage = replace(exercise.stage, variants={name: exercise.stage.variants[name] for name in left})
        kept = [
            replace(comparison, pairs=tuple(pair for pair in comparison.pairs if set(pair) <= set(left)), headlines=())
            for comparison in exercise.comparisons
        ]
        return replace(exercise, stage=stage, comparisons=tuple(kept))

    found = exercises()
    fewer = {
        "pooling": without(found["pooling"], "last", "max"),
        "speech": without(found["speech"], "layers_1"),
        "tagging": replace(found["tagging"], comparisons=()),
    }
    main()
    before = comparisons()
    for variant in ("mean", "sum", "attention"):
        Path(f"metrics/train/pooling/{variant}.json").unlink()
    monkeypatch.setattr("pipeline.scoring.evaluate.exercises", lambda: found | fewer)
    main()
    after = comparisons()
    gone = {"depth", "speech_recurrence", "direction", "additions", "tagging_recurrence", "recurrence"}
    assert set(before) - set(after) == gone
    assert list(after["pooling"]["variants"]) == ["last", "max"]
    assert after["pooling"]["differences"] == [before["pooling"]["differences"][2]]


def wrong_setting(train: Train) -> None:
    params = Path("params.yaml")
    params.write_text(params.read_text().replace("confidence: 0.95", "confidence: 95"))


def nan_score(train: Train) -> None:
    edit("metrics/train/pooling/max.json", lambda content: content["seeds"][1]["test"].update(accuracy=float("nan")))


def no_score(train: Train) -> None:
    edit("metrics/train/pooling/max.json", lambda content: content["seeds"][1]["test"].pop("accuracy"))


def stale_metrics(train: Train) -> None:
    edit("metrics/train/tagging/bi.json", lambda content: content["seeds"][2]["test"].update(f1=0.5))


def cut_predictions(train: Train) -> None:
    path = Path("data/predictions/sentiment/gru.parquet")
    path.write_bytes(path.read_bytes()[:-100])


def lost_row(train: Train) -> None:
    path = Path("data/predictions/sentiment/gru.parquet")
    pq.write_table(pq.read_table(path).slice(1), path)


def lost_column(train: Train) -> None:
    path = Path("data/predictions/translation/luong.parquet")
    pq.write_table(pq.read_table(path).drop_columns(["hypothesis"]), path)


def lost_tags(train: Train) -> None:
    path = Path("data/predictions/tagging/uni.parquet")
    pq.write_table(pq.read_table(path).replace_schema_metadata(None), path)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda train: Path("metrics/train/pooling/max.json").unlink(), "metrics/train/pooling/max.json is missing"),
        (wrong_setting, "params.yaml: evaluation.confidence: Input should be less than 1 (got 95)"),
        (nan_score, "metrics/train/pooling/max.json: test accuracy is not a finite number for every seed"),
        (no_score, "metrics/train/pooling/max.json lacks the test accuracy of its seeds"),
        (stale_metrics, "tagging/bi, seed 3: metrics/train says f1 0.5000, data/predictions gives 0.9"),
        (lambda train: train("translation", "luong", edition="official"), "none and luong have different editions"),
        (lambda train: train("tagging", "uni", seeds=(1, 2)), "uni and bi have different seeds (1, 2; 1, 2, 3)"),
        (lambda train: train("tagging", "uni", examples=200), "uni and bi were tested on different examples"),
        (
            lambda train: Path("data/predictions/translation/none.parquet").unlink(),
            "data/predictions/translation/none.parquet is missing",
        ),
        (cut_predictions, "data/predictions/sentiment/gru.parquet is damaged"),
        (lost_row, "data/predictions/sentiment/gru.parquet: its seeds were not tested on the same examples"),
        (lost_column, "data/predictions/translation/luong.parquet has no column hypothesis"),
        (lost_tags, "data/predictions/tagging/uni.parquet cannot be scored"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing_half_written(
    project: Path, train: Train, spoil: Callable[[Train], None], message: str
) -> None:
    spoil(train)
    with pytest.raises(SystemExit) as stop:
        run_stage(main)
    text = str(stop.value.code)
    assert text.startswith("error: ") and message in text and "\n" not in text
    assert not Path("metrics/evaluation.json").exists()


def test_what_variants_that_have_gone_left_behind_is_removed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The folders on which evaluation and report depend hold what a clone's would; other files are not touched."""
    before = sorted(path for path in Path("data").rglob("*") if path.is_file())
    left = [Path("data/predictions/tagging/gone.parquet"), Path("data/samples/char_lm/gone.json")]
    for path in left:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    own = Path("data/predictions/tagging/.gitignore")
    own.touch()
    main()
    assert sorted(path for path in Path("data").rglob("*") if path.is_file()) == sorted([*before, own])
    printed = capsys.readouterr().out
    assert all(f"removed {path}: there is no such variant" in printed for path in left)
