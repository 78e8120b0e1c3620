"""Closes the graph: which choice is better, by how much, and how sure that is.

    python -m pipeline.evaluation.evaluate

Reads metrics/train/, metrics/history/, data/predictions/ and data/attention/, never a model. Writes
metrics/evaluation.json and metrics/figures/. A new comparison is a new row of the table.
"""

from pathlib import Path

from pipeline.errors import run_stage
from pipeline.evaluation import figures
from pipeline.evaluation.comparison import Comparison, compare
from pipeline.evaluation.curves import learning_curves
from pipeline.evaluation.heatmap import attention_heatmap
from pipeline.files import replacing, write_json
from pipeline.params import load

COMPARISONS = (
    Comparison(
        name="pooling",
        exercise="pooling",
        metric="accuracy",
        question="Does combining the states of all steps classify reviews better than the last state alone?",
        pairs=(("mean", "last"), ("max", "last"), ("attention", "last")),
    ),
    Comparison(
        name="direction",
        exercise="tagging",
        metric="f1",
        question="Does reading a sentence in both directions find named entities better than reading it in one?",
        pairs=(("bi", "uni"),),
    ),
    Comparison(
        name="attention",
        exercise="translation",
        metric="bleu",
        question="Does attention translate better than a single vector for the sentence, and which attention?",
        pairs=(("bahdanau", "none"), ("luong", "none"), ("luong", "bahdanau")),
    ),
    Comparison(
        name="cell",
        exercise="sentiment",
        metric="accuracy",
        question="Does a GRU, with fewer parameters, classify reviews differently from an LSTM?",
        pairs=(("gru", "lstm"),),
    ),
)
EVALUATION = Path("metrics/evaluation.json")
FIGURES = Path("metrics/figures")


def main() -> None:
    settings = load().evaluation
    results = {comparison.name: compare(comparison, settings) for comparison in COMPARISONS}
    images = {name: figures.comparison(result, settings.confidence) for name, result in results.items()}
    images["attention_heatmap"] = attention_heatmap(("bahdanau", "luong"))
    images["learning_curves"] = learning_curves(COMPARISONS)

    # Everything is in memory before the first file is written: a bad input leaves nothing half-done.
    for name, image in images.items():
        with replacing(FIGURES / f"{name}.png") as temporary:
            temporary.write_bytes(image)
    write_json(EVALUATION, {"comparisons": results})
    for name, result in results.items():
        for difference in result["differences"]:
            print(f"{name}: {difference['verdict']}")


if __name__ == "__main__":
    run_stage(main)
