import json
import struct
from collections.abc import Callable
from pathlib import Path

import matplotlib
import pyarrow.parquet as pq
import pytest
from matplotlib.figure import Figure
from pipeline.report.forecasts import draw_forecasts, drawn

from pipeline.core.errors import run_stage
from pipeline.report.curves import by_exercise, with_curves
from pipeline.scoring.evaluate import COMPARISONS, main

FIGURES = {comparison.name for comparison in COMPARISONS} | {
    "attention_heatmap", "forecast_years", "layer_probes", "learning_curves", "length_generalisation",
    "pooling_weights", "sentiment_confusion", "shared_gradient", "sharing_curves", "speech_confusion",
}  # fmt: skip
Train = Callable[..., None]


def images() -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in Path("metrics/figures").iterdir()}


def edit(path: str, change: Callable[[dict], None]) -> None:
    content = json.loads(Path(path).read_text(encoding="utf-8"))
    change(content)
    Path(path).write_text(json.dumps(content), encoding="utf-8")


def test_figures_are_whole_and_the_same_bytes_every_time(project: Path) -> None:
    main()
    first = images()
    assert set(first) == FIGURES
    for image in first.values():
        width, height = struct.unpack(">II", image[16:24])
        assert image.startswith(b"\x89PNG") and width >= 1200 and height >= 400
        assert b"tEXt" not in image  # no software version, no date
    answers = Path("metrics/evaluation.json").read_bytes()
    with matplotlib.rc_context({"font.size": 20, "axes.grid": True}):  # a user's own style changes nothing
        main()
    assert images() == first
    assert Path("metrics/evaluation.json").read_bytes() == answers


def test_other_results_give_other_words_and_pictures(project: Path, train: Train) -> None:
    main()
    before = images()
    train("pooling", "mean", quality=0.55)
    train("sentiment", "gru", quality=0.95)
    main()
    words = [difference["verdict"] for difference in comparisons()["pooling"]["differences"]]
    assert words[0].startswith("mean is worse than last by ")
    assert comparisons()["cell"]["differences"][0]["verdict"].startswith("gru is better than lstm_fp32 by ")
    changed = {name for name, image in images().items() if image != before[name]}
    assert changed == {"pooling", "cell", "learning_curves"}


def test_forecasts_are_those_of_the_first_seed_of_what_validated_best(project: Path) -> None:
    variants = ("persistence", "autoregression", "autoregression_roots", "rnn", "gru", "lstm")
    for variant in variants:
        rmse = 5.0 if variant in ("autoregression", "lstm") else 9.0
        edit(
            f"metrics/train/next_value/{variant}.json",
            lambda content, rmse=rmse: [seed["validation"].update(rmse=rmse) for seed in content["seeds"]],
        )
    assert drawn(variants) == ["persistence", "autoregression_roots", "lstm"]
    figure = Figure()
    above, below = figure.subplots(2)
    draw_forecasts(above, below, {"gru": "GRU"}, "measured", variants)
    table = pq.read_table("data/predictions/next_value/gru.parquet").to_pylist()
    first = [row["prediction"] for row in table if row["seed"] == 1]
    assert above.lines[1].get_ydata().tolist() == first


def test_an_exercise_of_one_epoch_has_no_curve(project: Path) -> None:
    exercises = by_exercise(COMPARISONS)
    assert with_curves(exercises) == (exercises, [])
    for exercise in ("word_lm", "parity"):
        for path in Path(f"metrics/history/{exercise}").iterdir():
            header, *rows = path.read_text().splitlines()
            path.write_text("\n".join([header, *(row for row in rows if row.split(",")[1] == "1")]))
    shown, left_out = with_curves(exercises)
    assert left_out == ["parity", "word_lm"]
    assert [panel.exercise for panel in shown] == [
        panel.exercise for panel in exercises if panel.exercise not in left_out
    ]
    assert with_curves(exercises[:1]) == (exercises[:1], [])  # all have one epoch, as at the smallest scale


def test_a_single_seed_has_no_deviation_and_the_interval_is_named_by_its_confidence(
    project: Path, train: Train
) -> None:
    params = Path("params.yaml")
    params.write_text(params.read_text().replace("confidence: 0.95", "confidence: 0.8"))
    for comparison in COMPARISONS:
        for variant in comparison.variants:
            train(comparison.exercise, variant, seeds=(7,))
    main()
    direction = comparisons()["direction"]
    bi, difference = direction["variants"]["bi"], direction["differences"][0]
    assert bi["sd"] is None and list(bi["seeds"]) == ["7"] and bi["mean"] == bi["seeds"]["7"]
    assert "ci80" in difference and "ci95" not in difference and "80% interval" in difference["verdict"]
    assert set(images()) == FIGURES


def no_common_sentence(train: Train) -> None:
    edit("data/attention/translation/luong.json", lambda content: content[0]["source"].reverse())


def short_weights(train: Train) -> None:
    edit("data/attention/translation/luong.json", lambda content: content[0]["weights"].pop())


def broken_history(train: Train) -> None:
    path = Path("metrics/history/tagging/uni.csv")
    path.write_text(path.read_text().replace("validation_f1", "validation_f2"))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (no_common_sentence, "bahdanau and luong kept no sentence in common"),
        (short_weights, "data/attention/translation/luong.json: weights of shape (3, 3) do not fit their words"),
        (broken_history, "metrics/history/tagging/uni.csv has no column 'validation_f1'"),
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
    assert not Path("metrics/evaluation.json").exists() and not Path("metrics/figures").exists()
