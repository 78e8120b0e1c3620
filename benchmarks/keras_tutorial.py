"""The tutorial in Keras: a masked embedding, an LSTM, a dense layer. Needs Keras, a backend, NumPy and PyArrow only.

    python keras_tutorial.py SETTINGS    the settings as JSON; in a folder that holds data/prepared/imdb

The clock starts when everything is imported, and the model made, traced and compiled.
"""

import json
import sys
import time

import keras
import numpy as np
import pyarrow as pa

SPLITS = ("train", "validation", "test")
TESTED = 256  # reviews in a batch of evaluation

Rows = tuple[np.ndarray, np.ndarray]  # token ids and labels


def read(split: str, max_length: int) -> Rows:
    """Token ids (rows, max_length), zeros before a row's own, and labels (rows,)."""
    table = pa.ipc.open_file(pa.memory_map(f"data/prepared/imdb/{split}.arrow")).read_all()
    tokens = keras.utils.pad_sequences(table["tokens"].to_pylist(), maxlen=max_length)
    return tokens, np.array(table["label"].to_pylist())


def read_all(max_length: int) -> dict[str, Rows]:
    return {split: read(split, max_length) for split in SPLITS}


def run(model: keras.Model, splits: dict[str, Rows], batch_size: int) -> None:
    """One epoch of training, then validation and test."""
    model.fit(*splits["train"], batch_size=batch_size, epochs=1, verbose=0)
    for split in ("validation", "test"):
        model.evaluate(*splits[split], batch_size=TESTED, verbose=0)


def warm_up(model: keras.Model, splits: dict[str, Rows], batch_size: int) -> None:
    """Let Keras trace and compile for every shape of batch that comes: a whole one, and every split's last.

    The weights are as before then. Adam's moments are not, which takes no time.
    """
    weights = model.get_weights()
    few = {}
    for split, (tokens, labels) in splits.items():
        size = batch_size if split == "train" else TESTED
        rows = size + len(labels) % size
        few[split] = tokens[:rows], labels[:rows]
    run(model, few, batch_size)
    model.set_weights(weights)


def main() -> None:
    settings = json.loads(sys.argv[1])
    max_length, batch_size = settings["max_length"], settings["batch_size"]
    model = keras.Sequential(
        [
            keras.Input((max_length,), dtype="int32"),
            keras.layers.Embedding(settings["vocabulary"], settings["embedding_size"], mask_zero=True),
            keras.layers.Dropout(settings["dropout"]),
            keras.layers.LSTM(settings["hidden_size"]),
            keras.layers.Dropout(settings["dropout"]),
            keras.layers.Dense(2),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(settings["learning_rate"]),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    warm_up(model, read_all(max_length), batch_size)
    began = time.time()
    run(model, read_all(max_length), batch_size)
    print(json.dumps({"began": began, "ended": time.time()}))


if __name__ == "__main__":
    main()
