"""What the report says of exercise 6 follows from its settings and results."""

import html
import re
from pathlib import Path

import pytest

from pipeline.core.files import read_json, write_json
from pipeline.registry import exercises
from tests.quoted import check_numbers
from tests.reported_project import LANGUAGES, change, configure, prose, section, without

VARIANTS = exercises()["packing"].stage.variants
WAYS = [variant for variant in VARIANTS if variant != "last"]


def test_words_about_time_follow_the_clock(ready: Path) -> None:
    path = Path("metrics/timings.json")
    timing = read_json(path)
    for packed, expected in ((90.0, "what was measured on"), (0.5, "That saves time")):
        timing["packing"]["packed"]["seconds_per_epoch"] = packed
        write_json(path, timing)
        assert expected in re.sub(r"\s+", " ", section("packing", "en"))


def test_precision_is_said_where_times_are_compared(ready: Path) -> None:
    assert "All four run in fp32" not in prose(section("packing", "en"))
    for variant in VARIANTS:
        assert "fp32" not in prose(section("packing", "en")) + prose(section("packing", "es"))
        change(f"metrics/train/packing/{variant}.json", lambda content: content.update(precision="fp32"))
    english, spanish = (prose(section("packing", language)) for language in LANGUAGES)
    assert "All four run in fp32" in english and "Los cuatro modos se calculan en fp32" in spanish


def time(device: str = "cpu", **seconds: float) -> None:
    """Say how long the ways took, and on what."""

    def edit(content: dict) -> None:
        for variant, row in content["packing"].items():
            row.update(device=device, seconds_per_epoch=seconds.get(variant, row["seconds_per_epoch"]))

    change("metrics/timings.json", edit)


def test_what_is_said_of_kernels_follows_the_machine_and_the_cell(ready: Path) -> None:
    time(packed=90.0)
    english, spanish = (prose(section("packing", language)) for language in LANGUAGES)
    assert "fused CPU kernel for LSTMs" in english and "kernel fusionado de PyTorch para LSTM en CPU" in spanish
    assert "What was not measured is a GPU" in english and "the order should be the other way round" in english
    assert "Lo que no se midió es una GPU" in spanish and "el orden debería ser el contrario" in spanish
    assert "seconds of one processor core" in english and "segundos de un núcleo del procesador" in spanish
    configure("packing", cell="gru")
    english, spanish = (prose(section("packing", language)) for language in LANGUAGES)
    assert "LSTM" not in english + spanish and "times as long packed as padded" in english
    configure("packing", cell="lstm")
    time("cuda")
    english, spanish = (prose(section("packing", language)) for language in LANGUAGES)
    assert "CPU" not in english + spanish and "GPU" not in english + spanish
    assert "what was measured on" not in english and "times as long packed as padded" in english
    assert "one processor core" not in english and "un núcleo del procesador" not in spanish
    time("cuda", packed=0.5)
    english, spanish = (prose(section("packing", language)) for language in LANGUAGES)
    assert "That saves time" in english and "Eso ahorra tiempo" in spanish and "CPU" not in english + spanish


def test_times_of_unlike_processors_are_not_compared(ready: Path) -> None:
    change("metrics/timings.json", lambda content: content["packing"]["packed"].update(device="cuda"))
    english, spanish = (prose(section("packing", language)) for language in LANGUAGES)
    assert "Not every way was timed on the same kind" in english and "No todos los modos se cronometraron" in spanish
    assert "times as long" not in english and "veces lo que" not in spanish


def test_the_network_is_the_one_that_is_set(ready: Path) -> None:
    english, spanish = (prose(section("packing", language)) for language in LANGUAGES)
    assert "an LSTM of 64 units over GloVe vectors classifies the mean of its states" in english
    assert "una LSTM de 64 unidades sobre vectores GloVe clasifica la media de sus estados" in spanish
    assert "Los lotes por longitud difieren" in spanish and "masks" not in english and "máscaras" not in spanish
    configure("packing", cell="rnn", hidden_size=32, layers=2, bidirectional=True, pooling="last", dropout=0.25)
    configure("packing", reviews=10**6, batch_tokens=9000, epochs=7, max_length=90, batch_size=8)
    english, spanish = (section("packing", language) for language in LANGUAGES)
    check_numbers(english)
    assert "an RNN of 32 units" in prose(english) and "classifies the last state" in prose(english)
    assert "It has 2 layers. It reads in both directions" in prose(english)
    assert "up to 7 epochs on the same 19,939 reviews" in prose(english)  # as many as there are
    assert "takes 8 of them" in prose(english) and "at most the last 90 tokens" in prose(english)
    assert "at most 9,000 tokens" in prose(english) and "dropout of 0.25" in prose(english)
    assert "una RNN de 32 unidades" in prose(spanish) and "clasifica el último estado" in prose(spanish)
    assert "Tiene 2 capas. Lee en ambas direcciones" in prose(spanish) and "dropout de 0.25" in prose(spanish)


def test_other_vectors_are_not_called_glove(ready: Path) -> None:
    change("metrics/data/vectors.json", lambda content: content.update(edition="mine"))
    english, spanish = (prose(section("packing", language)) for language in LANGUAGES)
    assert "GloVe" not in english + spanish
    assert "over pretrained word vectors" in english and "sobre vectores de palabras preentrenados" in spanish


@pytest.mark.parametrize("gone", WAYS)
def test_a_way_that_is_not_there_is_not_spoken_of(ready: Path, gone: str) -> None:
    time(single=9.0, padded=5.0, packed=20.0, bucketed=3.0)
    said = {
        "single": (("One by one", "One review at a time"), ("Una por una", "Con una reseña cada vez")),
        "padded": (("Padded", "as long packed as padded"), ("Con relleno", "veces lo que una con relleno")),
        "packed": (("Packed:", "Packing computes none"), ("Empaquetadas:", "Empaquetar no calcula")),
        "bucketed": (("Bucketed:", "Batches of similar lengths"), ("Por longitud", "Los lotes de longitud parecida")),
    }[gone]
    for language, words in zip(LANGUAGES, said, strict=True):
        assert all(word in prose(section("packing", language)) for word in words)
    fewer = without("packing", gone)
    for language, words in zip(LANGUAGES, said, strict=True):
        text = section(fewer, language)
        assert not any(word in prose(text) for word in words)
        check_numbers(text)
    assert "All three compute the same sums" in prose(section(fewer, "en"))
    assert "Los tres modos calculan las mismas sumas" in prose(section(fewer, "es"))


def test_one_way_alone_is_compared_with_nothing(ready: Path) -> None:
    alone = without("packing", "single", "packed", "bucketed")
    english, spanish = (prose(section(alone, language)) for language in LANGUAGES)
    assert "the same sums" not in english and "las mismas sumas" not in spanish
    assert "times as long" not in english and "veces lo que" not in spanish


def test_words_about_like_lengths_follow_the_clock(ready: Path) -> None:
    time(single=9.0, padded=5.0, bucketed=3.0)
    english = prose(section("packing", "en"))
    assert "an epoch takes 3.0 s instead of 5.0 s" in english and "takes 3.0 times as long as batches" in english
    time(single=4.0, bucketed=6.0)
    english, spanish = (prose(section("packing", language)) for language in LANGUAGES)
    assert (
        "it saved no time (6.0 s against 5.0 s)" in english and "no ahorraron tiempo (6.0 s frente a 5.0 s)" in spanish
    )
    assert "One review at a time" not in english and "Con una reseña cada vez" not in spanish


def spare(content: dict) -> None:
    """In one seed, padding spoils nothing."""
    content["seeds"][1]["test"]["misread"]["batched"]["accuracy"] = 0.99


def spare_all(content: dict) -> None:
    """In no seed, padding spoils anything."""
    for seed in content["seeds"]:
        seed["test"]["misread"]["batched"]["accuracy"] = 0.99


def test_what_padding_spoils_follows_the_numbers(ready: Path) -> None:
    english, spanish = (section("packing", language) for language in LANGUAGES)
    check_numbers(english)
    english, spanish = prose(english), prose(spanish)
    assert "Last state: 85.0% are right" in english and "only tested without, on 100 test" in english
    assert "padding spoils a last state" in english and "The mean of its states is spoilt as well" in english
    assert "Padded, by the mean of its states: 85.0%" in english
    assert "estropea, pues, un último estado" in spanish and "Estropea también la media de sus estados" in spanish
    change("metrics/train/packing/last.json", spare)
    change("metrics/train/packing/padded.json", spare)
    english, spanish = (prose(section("packing", language)) for language in LANGUAGES)
    assert "spoils the last state in 2 of 3 seeds" in english and "mean of its states is spoilt in 2 of 3" in english
    assert "el último estado en 2 de 3 semillas" in spanish and "la media de sus estados en 2 de 3" in spanish
    for variant in ("last", "padded"):
        change(f"metrics/train/packing/{variant}.json", spare_all)
    english, spanish = (prose(section("packing", language)) for language in LANGUAGES)
    assert "spoils the last state in no seed" in english and "mean of its states is spoilt in no seed" in english
    assert "no estropea el último estado en ninguna" in spanish and "No estropea la media de sus estados en" in spanish


def test_without_the_network_of_the_last_state_only_the_mean_is_misread(ready: Path) -> None:
    for language, name, spoils in (("en", "Last state", "padding spoils"), ("es", "Último estado", "un último estado")):
        assert name in prose(section("packing", language)) and spoils in prose(section("packing", language))
        text = section(without("packing", "last"), language)
        assert name not in prose(text) and f"{spoils} a" not in prose(text)
        check_numbers(text)
        assert "misread" not in section(without("packing", "last", "padded"), language)


@pytest.mark.parametrize(("pooling", "english", "spanish"), [
    ("mean", ("Its mean is over all columns (states.mean(1)).", "and a mean divides the sum"),
     ("Su media abarca todas las columnas (states.mean(1)).", "y una media divide la suma")),
    ("max", ("Its maximum is over all columns (states.amax(1)).", "and a maximum is over the review's own"),
     ("Su máximo abarca todas las columnas (states.amax(1)).", "y un máximo abarca solo los")),
    ("sum", ("Its sum is over all columns (states.sum(1)).", "and a sum is over the review's own"),
     ("Su suma abarca todas las columnas (states.sum(1)).", "y una suma abarca solo los")),
    ("attention", ("Its weighted sum is over all columns.", "and a softmax gives weight"),
     ("Su suma ponderada abarca todas las columnas.", "y un softmax solo da peso")),
    ("last", ("Its last state is", "the state is read at length - 1. Both give"),
     ("Su último estado es", "el estado se lee en length - 1. Ambas dan")),
])  # fmt: skip
def test_what_padding_spoils_is_what_is_classified(ready: Path, pooling: str, english: tuple, spanish: tuple) -> None:
    configure("packing", pooling=pooling)
    for language, said in zip(LANGUAGES, (english, spanish), strict=True):
        text = html.unescape(prose(section("packing", language)))
        assert all(words in text for words in said)
        assert ("states.mean(1)" in text) == (pooling == "mean")


def test_the_last_state_of_two_directions_is_not_that_of_the_last_column(ready: Path) -> None:
    assert all("states[:, -1]" in prose(section("packing", language)) for language in LANGUAGES)
    configure("packing", bidirectional=True)
    english, spanish = (prose(section("packing", language)) for language in LANGUAGES)
    assert "states[:, -1]" not in english + spanish
    assert "backwards from there, padding first." in english and "where the backward direction begins, and a" in english
    assert "hacia atrás desde ella, con el relleno primero." in spanish and "la dirección hacia atrás, y una" in spanish


def test_what_alone_is_spoilt_is_not_spoilt_as_well(ready: Path) -> None:
    change("metrics/train/packing/last.json", spare)
    english, spanish = (prose(section("packing", language)) for language in LANGUAGES)
    assert "The mean of its states is spoilt." in english and "Estropea la media de sus estados." in spanish
