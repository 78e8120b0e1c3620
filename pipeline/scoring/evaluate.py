"""Closes the graph: which choice is better, by how much, and how sure that is.

    python -m pipeline.scoring.evaluate

Reads metrics/train/, metrics/history/, data/predictions/ and data/attention/, never a model. Writes
metrics/evaluation.json and metrics/figures/. A new comparison is a new row of the table.
"""

from pathlib import Path

from pipeline.core.errors import run_stage
from pipeline.core.files import replacing, write_json
from pipeline.core.params import load
from pipeline.report import exhibits, figures, forecasts
from pipeline.report.curves import learning_curves
from pipeline.report.heatmap import attention_heatmap
from pipeline.scoring.comparison import Comparison, compare

COMPARISONS = (
    Comparison(
        name="parity",
        exercise="parity",
        metric="accuracy_10",
        question="Does every kind of recurrent network learn whether the sum of up to ten digits is odd?",
        pairs=(("gru", "rnn"), ("lstm", "rnn"), ("bilstm", "rnn")),
    ),
    Comparison(
        name="length",
        exercise="parity",
        metric="accuracy_500",
        question="Does what was learnt on ten digits hold for five hundred?",
        pairs=(("gru", "rnn"), ("lstm", "rnn"), ("bilstm", "rnn")),
    ),
    Comparison(
        name="sharing",
        exercise="shared_mlp",
        metric="accuracy",
        question="Do hidden layers that share one matrix classify digits worse than layers that each have their own?",
        pairs=(("shared", "separate"), ("shared_three", "separate_three")),
    ),
    Comparison(
        name="forecast",
        exercise="next_value",
        metric="rmse",
        question="Do recurrent networks forecast sunspots better than an autoregression, and that better than nothing?",
        pairs=(
            ("autoregression", "persistence"),
            ("autoregression_roots", "autoregression"),
            ("rnn", "autoregression_roots"),
            ("gru", "autoregression_roots"),
            ("lstm", "autoregression_roots"),
        ),
    ),
    Comparison(
        name="cell",
        exercise="sentiment",
        metric="accuracy",
        question="Does a GRU, with fewer parameters, classify reviews unlike an LSTM, both recurring in fp32?",
        pairs=(("gru", "lstm_fp32"),),  # on a CPU a GRU recurs in fp32 whatever the precision
    ),
    Comparison(
        name="precision",
        exercise="sentiment",
        metric="accuracy",
        question="Does training in bf16, where the processor has it, cost accuracy against fp32?",
        pairs=(("lstm", "lstm_fp32"),),
    ),
    Comparison(
        name="embeddings",
        exercise="embeddings",
        metric="accuracy",
        question="Do pretrained word vectors help, and does training them?",
        pairs=(
            ("word2vec_trained", "random_trained"),
            ("glove_trained", "random_trained"),
            ("random_frozen", "random_trained"),
            ("word2vec_frozen", "word2vec_trained"),
            ("glove_frozen", "glove_trained"),
            ("glove_gradual", "glove_trained"),
            ("word2vec_frozen", "glove_frozen"),
        ),
    ),
    Comparison(
        name="pooling",
        exercise="pooling",
        metric="accuracy",
        question="Does combining the states of all steps classify reviews better than the last state alone?",
        pairs=(("mean", "last"), ("sum", "last"), ("max", "last"), ("attention", "last"), ("attention", "mean")),
    ),
    Comparison(
        name="packing",
        exercise="packing",
        metric="accuracy",
        question="Does the way of batching, which decides the time, change how well reviews are classified?",
        pairs=(("padded", "single"), ("packed", "padded"), ("bucketed", "padded")),
    ),
    Comparison(
        name="carried_state",
        exercise="word_lm",
        metric="nats",
        question="Does a state carried from batch to batch predict the next word better than one that starts over?",
        pairs=(("carried", "reset"),),
    ),
    Comparison(
        name="attention",
        exercise="translation",
        metric="bleu",
        question="Does attention translate better than a single vector for the sentence, and which attention?",
        pairs=(("bahdanau", "none"), ("luong", "none"), ("luong", "bahdanau")),
    ),
    Comparison(
        name="depth",
        exercise="speech",
        metric="accuracy",
        question="Do more recurrent layers recognise spoken words better?",
        pairs=(("layers_2", "layers_1"), ("layers_3", "layers_1"), ("layers_4", "layers_1")),
    ),
    Comparison(
        name="direction",
        exercise="tagging",
        metric="f1",
        question="Does reading a sentence in both directions find named entities better than reading it in one?",
        pairs=(("bi", "uni"), ("bi", "uni_wide"), ("crf", "bi")),
    ),
    Comparison(
        name="characters",
        exercise="char_lm",
        metric="nats",
        question="What do longer windows and a larger state buy a model of characters?",
        pairs=(("t128_h128", "t16_h128"), ("t128_h256", "t16_h256"), ("t16_h256", "t16_h128")),
    ),
)
EVALUATION = Path("metrics/evaluation.json")
FIGURES = Path("metrics/figures")


def main() -> None:
    settings = load().evaluation
    results = {comparison.name: compare(comparison, settings) for comparison in COMPARISONS}
    images = {name: figures.comparison(result, settings.confidence) for name, result in results.items()}
    variants = {comparison.exercise: tuple(comparison.variants) for comparison in COMPARISONS}
    pairs = {comparison.name: comparison.pairs for comparison in COMPARISONS}
    speech = sorted(variants["speech"])
    images |= {
        "learning_curves": learning_curves(COMPARISONS),
        "length_generalisation": exhibits.length_generalisation(variants["parity"]),
        "sharing_curves": exhibits.sharing_curves(pairs["sharing"]),
        "forecast_years": forecasts.forecast(variants["next_value"]),
        "shared_gradient": forecasts.shared_gradient(forecasts.NETWORKS),
        "pooling_weights": exhibits.weights_over_reviews(Path("data/attention/pooling/attention.json")),
        "attention_heatmap": attention_heatmap(("bahdanau", "luong")),
        "layer_probes": exhibits.layer_probes(speech),
        "sentiment_confusion": exhibits.confusion("sentiment", "lstm"),
        "speech_confusion": exhibits.confusion("speech", speech[-1]),
    }

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
