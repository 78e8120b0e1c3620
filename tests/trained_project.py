"""A project with the outputs of training in it, small and made up: every variant of every exercise."""

import json
import shutil
import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.core.stage import Results
from pipeline.registry import exercises
from pipeline.scoring.entities import entity_counts, entity_scores
from pipeline.scoring.translation import translation_scores

SEEDS = (1, 2, 3)
EXAMPLES = 300
TAGS = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
VERSE = ["in", "the", "beginning", "god", "made", "the", "heaven", "and", "the", "earth", "and", "all", "in", "it"]
UNLIKE = {  # variants whose share of right outputs is not that of the others
    "pooling": {"last": 0.70, "mean": 0.86, "sum": 0.70, "max": 0.70, "attention": 0.88},
    "tagging": {"uni": 0.80, "uni_wide": 0.80, "bi": 0.95, "crf": 0.95},
    "translation": {"none": 0.55, "bahdanau": 0.90, "luong": 0.90},
    "next_value": {
        "persistence": 0.5,
        "autoregression": 0.8,
        "autoregression_roots": 0.8,
        "rnn": 0.7,
        "gru": 0.9,
        "lstm": 0.9,
    },
    "word_lm": {"carried": 0.9, "reset": 0.8},
}


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What training leaves behind."""
    root = tmp_path_factory.mktemp("trained")
    params = (Path(__file__).parents[1] / "params.yaml").read_text(encoding="utf-8")
    write(root / "params.yaml", params.replace("bootstrap_samples: 2000", "bootstrap_samples: 300"))
    write(root / "dvc.yaml", (Path(__file__).parents[1] / "dvc.yaml").read_text(encoding="utf-8"))  # for advice
    for exercise in exercises().values():
        for variant in exercise.variants:
            write_variant(root, exercise.name, variant)
    shown = {
        "source": ["en", "el", "principio"],
        "target": ["in", "the", "beginning", "<eos>"],
        "weights": [[0.8, 0.1, 0.1], [0.1, 0.6, 0.3], [0.1, 0.2, 0.7], [0.3, 0.3, 0.4]],
    }
    for variant in ("bahdanau", "luong"):
        write(root / f"data/attention/translation/{variant}.json", json.dumps([shown]))
    review = {"words": ["a", "fine", "film"] * 6, "weights": [0.01, 0.04, 1 / 180] * 6, "label": 1, "probability": 0.9}
    write(root / "data/attention/pooling/attention.json", json.dumps([review, {**review, "label": 0}]))
    return root


@pytest.fixture
def project(trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of it to spoil and to evaluate, entered."""
    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def train(project: Path) -> Callable[..., None]:
    """Write one variant of the project anew: train("pooling", "mean", quality=0.5)."""
    return partial(write_variant, project)


def write_variant(
    root: Path,
    exercise: str,
    variant: str,
    *,
    quality: float | None = None,
    seeds: tuple[int, ...] = SEEDS,
    examples: int = EXAMPLES,
    edition: str = "packaged",
) -> None:
    """Metrics, history and predictions whose share of right outputs is about `quality`."""
    quality = UNLIKE.get(exercise, {}).get(variant, 0.85) if quality is None else quality
    declared = exercises()[exercise]
    metric = declared.stage.metric
    curve, falls = declared.metric(metric).curve, declared.metric(metric).curve_falls
    records, tables = [], []
    far = ",validation_accuracy_500" if exercise == "parity" else ""
    history = [f"seed,epoch,train_loss,gradient_norm,{curve},learning_rate{far}"]
    for seed in seeds:
        random = np.random.default_rng([seed, *variant.encode()])
        columns, test = OUTPUTS[metric](random, quality, examples)
        if exercise in ("sentiment", "speech"):
            test["confusion"] = {"labels": ["no", "yes"], "counts": [[examples, 1], [2, examples]]}
        if exercise == "next_value":
            test["step_gradient_norms"] = random.uniform(0.1, 1, 23).tolist()
        if exercise == "shared_mlp":
            uses = [0.1, 0.2, 0.2][: 3 if variant.endswith("_three") else 2]
            gradients = {"uses": uses, "sum": np.linalg.norm(uses)} if variant.startswith("shared") else {"uses": uses}
            test["hidden_gradients"] = {"images": 9, "untrained": gradients, "trained": gradients}
        if exercise == "speech":
            test["probe"] = [quality] * (int(variant[-1]) if variant[-1].isdigit() else 0)
            test["snr"] = {"clean": quality, "0": quality / 2}
        validation = {metric: test[metric]}
        records.append(
            {"seed": seed, "parameters": 10, "epochs": 4, "best_epoch": 3, "validation": validation, "test": test}
        )
        numbers = {"seed": pa.array([seed] * examples, pa.int32()), "example": pa.array(range(examples), pa.int32())}
        tables.append(pa.table({**numbers, **columns}))
        for epoch in range(1, 5 if seed == 1 else 6):
            level = quality * (1 - 0.5**epoch) + 0.01 * random.normal()
            value = 5 / level if falls else level
            more = f",{float(epoch > 2)}" if far else ""
            history.append(f"{seed},{epoch},{2 - level},{2 - level},{value},0.001{more}")
    content = {
        "exercise": exercise,
        "variant": variant,
        "edition": edition,
        "metric": metric,
        "precision": "bf16",
        "seeds": records,
    }
    numbers = {name for name, value in records[0]["test"].items() if isinstance(value, float)}
    for name, over in (("mean", statistics.fmean), ("sd", statistics.pstdev)):
        content[name] = {key: over(record["test"][key] for record in records) for key in sorted(numbers)}
    results = Results.of(exercise, variant)
    write(root / results.metrics, json.dumps(content))
    write(root / results.history, "\n".join(history) + "\n")
    path = root / results.predictions
    path.parent.mkdir(parents=True, exist_ok=True)
    table = pa.concat_tables(tables)
    pq.write_table(table.replace_schema_metadata({"tags": json.dumps(TAGS)}) if metric == "f1" else table, path)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def classification(random: np.random.Generator, quality: float, examples: int) -> tuple[dict, dict]:
    label = np.random.default_rng(0).integers(2, size=examples).astype(np.int8)
    right = random.random(examples) < quality
    prediction = np.where(right, label, 1 - label).astype(np.int8)
    return {"label": label, "prediction": prediction}, {"accuracy": float(right.mean())}


def parity(random: np.random.Generator, quality: float, examples: int) -> tuple[dict, dict]:
    """A quarter of the examples is of each length; long sequences go wrong more often."""
    columns: dict[str, list] = {"length": [], "label": [], "prediction": []}
    test = {}
    for length in (10, 40, 100, 500):
        found, scores = classification(random, quality ** (length / 100), examples // 4)
        columns["length"] += [length] * (examples // 4)
        for name, values in found.items():
            columns[name] += values.tolist()
        test[f"accuracy_{length}"] = scores["accuracy"]
    return {name: pa.array(values, pa.int32()) for name, values in columns.items()}, test


def forecasting(random: np.random.Generator, quality: float, examples: int) -> tuple[dict, dict]:
    value = np.random.default_rng(0).uniform(0, 150, examples)
    prediction = value + 100 * (1 - quality) * random.normal(size=examples)
    rmse = float(np.sqrt(np.mean((prediction - value) ** 2)))
    year = pa.array(range(1900, 1900 + examples), pa.int32())
    return {"year": year, "value": value, "prediction": prediction}, {"rmse": rmse}


def language_modelling(random: np.random.Generator, quality: float, examples: int) -> tuple[dict, dict]:
    tokens = np.random.default_rng(0).integers(1, 30, examples).astype(np.int32)
    nats = tokens * random.uniform(4, 6, examples) * (1.5 - quality)
    return {"tokens": tokens, "nats": nats}, {"nats": float(nats.sum() / tokens.sum())}


def tagging(random: np.random.Generator, quality: float, examples: int) -> tuple[dict, dict]:
    shared = np.random.default_rng(0)
    gold = [
        shared.choice([[0, 1, 2, 0, 3], [3, 4, 0], [0, 0, 1]][i % 3], 3, replace=False).tolist()
        for i in range(examples)
    ]
    predicted = [[tag if random.random() < quality else 0 for tag in row] for row in gold]
    scores = entity_scores(entity_counts(gold, predicted, TAGS), TAGS)
    lists = pa.list_(pa.int8())
    return {"gold": pa.array(gold, lists), "predicted": pa.array(predicted, lists)}, scores


def translation(random: np.random.Generator, quality: float, examples: int) -> tuple[dict, dict]:
    shared = np.random.default_rng(0)
    reference = [" ".join(shared.permutation(VERSE)[:8]) for _ in range(examples)]
    hypothesis = [" ".join(w if random.random() < quality else "what" for w in text.split()) for text in reference]
    source = [f"verso {i}" for i in range(examples)]
    return (
        {"source": source, "reference": reference, "hypothesis": hypothesis, "greedy": hypothesis},
        translation_scores(hypothesis, reference),
    )


OUTPUTS = {
    "accuracy": classification,
    "accuracy_10": parity,
    "rmse": forecasting,
    "nats": language_modelling,
    "f1": tagging,
    "bleu": translation,
}
