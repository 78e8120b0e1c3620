"""The tutorial in Keras: a masked embedding, an LSTM, a dense layer. Needs Keras, a backend, NumPy and PyArrow only.

python keras_tutorial.py SETTINGS    the settings as JSON; in a folder that holds data/prepared/imdb
"""

import json
import sys
import time

import keras
import numpy as np
import pyarrow as pa


def read(split: str, max_length: int) -> tuple[np.ndarray, np.ndarray]:
    """Token ids (rows, max_length), zeros before a row's own, and labels (rows,)."""
    table = pa.ipc.open_file(pa.memory_map(f"data/prepared/imdb/{split}.arrow")).read_all()
    tokens = keras.utils.pad_sequences(table["tokens"].to_pylist(), maxlen=max_length)
    return tokens, np.array(table["label"].to_pylist())


def main() -> None:
    settings = json.loads(sys.argv[1])
    began = time.time()
    splits = {split: read(split, settings["max_length"]) for split in ("train", "validation", "test")}
    model = keras.Sequential(
        [
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
    model.fit(*splits["train"], batch_size=settings["batch_size"], epochs=1, verbose=0)
    for split in ("validation", "test"):
        model.evaluate(*splits[split], batch_size=256, verbose=0)
    print(json.dumps({"began": began, "ended": time.time(), "backend": keras.backend.backend()}))


if __name__ == "__main__":
    main()
