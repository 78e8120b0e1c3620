"""What the report says of exercise 4 follows from its settings and results."""

import re
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from pipeline.core.files import write_json
from pipeline.declaration import Exercise
from pipeline.exercises.embeddings.report import neighbours
from pipeline.exercises.embeddings.report import section as decided
from pipeline.exercises.embeddings.stage import STARTS
from pipeline.registry import exercises
from pipeline.report.page import Page
from pipeline.report.results import Files
from tests.quoted import Numbers, check_numbers
from tests.reported_project import LANGUAGES, change, configure, prose, retrain, section, undrawn, without

VARIANTS = exercises()["embeddings"].stage.variants


def timed(trained: tuple[float, ...], frozen: tuple[float, ...]) -> None:
    """Say how many seconds an epoch takes from each start."""

    def edit(content: dict) -> None:
        for training, times in (("trained", trained), ("frozen", frozen)):
            for start, seconds in zip(STARTS, times, strict=True):
                content["embeddings"][f"{start}_{training}"]["seconds_per_epoch"] = seconds

    change("metrics/timings.json", edit)


def saving(exercise: Exercise) -> tuple[str, float]:
    """Whether a saving is shown, and its share."""
    found = decided(Page(exercise, "en", True, Files(), undrawn()))
    return found["saving"], Numbers(found["saved"]).found[0][0] if "saved" in found else 0.0


def test_words_about_freezing_follow_the_clock(ready: Path) -> None:
    timed((11.0, 11.0, 11.0), (9.0, 9.2, 9.1))
    assert "saves more than that: an epoch with frozen vectors takes 17% less" in prose(section("embeddings", "en"))
    assert "congelar ahorra más que eso" in prose(section("embeddings", "es"))
    timed((11.0, 11.0, 11.0), (12.0, 9.2, 9.1))
    english, spanish = (prose(section("embeddings", language)) for language in LANGUAGES)
    assert "no saving is shown" in english and "no se aprecia ningún ahorro" in spanish


@pytest.mark.parametrize(
    ("slow", "quick", "shown"),
    [
        ((11.1, 11.2, 11.0), (9.0, 9.5, 9.2), "shown"),
        ((11.1, 11.2, 11.0), (9.0, 11.2, 10.3), "not shown"),  # a row of equal work is as fast without freezing
        ((10.0, 11.0, 13.0), (10.0, 10.0, 10.0), "not shown"),
        ((9.0, 9.1, 9.0), (11.0, 11.1, 11.0), "not shown"),  # no saving at all
    ],
)
def test_a_saving_within_the_noise_of_equal_work_is_not_shown(
    ready: Path, slow: tuple[float, ...], quick: tuple[float, ...], shown: str
) -> None:
    timed(slow, quick)
    assert saving(exercises()["embeddings"]) == (shown, pytest.approx(1 - sum(quick) / sum(slow)))


def test_a_start_that_was_not_trained_both_ways_says_nothing_of_freezing(ready: Path) -> None:
    timed((11.1, 11.2, 11.0), (9.0, 9.5, 9.2))
    assert saving(without("embeddings", "word2vec_frozen")) == ("shown", pytest.approx(1 - 18.2 / 22.1))
    alone = without("embeddings", "word2vec_frozen", "glove_trained")
    assert saving(alone) == ("unknown", 0.0)  # one start alone does not show how much equal work differs


def test_a_pair_that_the_evaluation_lacks_is_left_out(ready: Path) -> None:
    pair = re.compile(r"word2vec, \w+ (and|y|is|es|no)[^.;(]* GloVe, (frozen|congelad\w+)", re.IGNORECASE)
    assert pair.search(prose(section("embeddings", "en"))) and pair.search(prose(section("embeddings", "es")))

    def without(content: dict) -> None:
        found = content["comparisons"]["embeddings"]
        found["differences"] = [
            one for one in found["differences"] if (one["a"], one["b"]) != ("word2vec_frozen", "glove_frozen")
        ]

    change("metrics/evaluation.json", without)
    assert not pair.search(prose(section("embeddings", "en"))) and not pair.search(prose(section("embeddings", "es")))


def test_a_table_as_markdown_has_its_caption(ready: Path) -> None:
    text = section("embeddings", "en", html=False)
    assert "by cosine" in text and "in brackets" in text


def test_the_network_is_the_one_that_is_set(ready: Path) -> None:
    assert "an LSTM of 64 units" in prose(section("embeddings", "en"))
    configure("embeddings", cell="gru", hidden_size=32, layers=2, bidirectional=True, max_length=80, epochs=5)
    english, spanish = (prose(section("embeddings", language)) for language in LANGUAGES)
    assert "LSTM" not in english + spanish
    assert "a GRU of 32 units reads the last 80 tokens" in english and "a GRU" in english and "5 epochs" in english
    assert "It has 2 layers. It reads in both directions" in english
    assert "una GRU de 32 unidades" in spanish and "Tiene 2 capas. Lee en ambas direcciones" in spanish


def test_other_vectors_are_not_called_glove(ready: Path) -> None:
    assert "GloVe vectors of 50 numbers" in prose(section("embeddings", "en"))
    change("metrics/data/vectors.json", lambda content: content.update(edition="mine", dimensions=300))
    for language, name, size, mind in (
        ("en", "ready-made, frozen", "pretrained word vectors of 300 numbers", "also differ in size"),
        ("es", "ya hecho, congelado", "vectores de palabras preentrenados de 300 números", "difieren en tamaño"),
    ):
        text = section("embeddings", language)
        assert "GloVe" not in text and name in text
        assert size in prose(text) and mind in prose(text)


def test_starts_of_unlike_sizes_are_not_said_to_do_equal_work(ready: Path) -> None:
    assert "do the same work" in prose(section("embeddings", "en"))
    assert "differ in size" not in prose(section("embeddings", "en"))
    configure("embeddings", embedding_size=100)
    english, spanish = (prose(section("embeddings", language)) for language in LANGUAGES)
    assert "do the same work" not in english and "hacen el mismo trabajo" not in spanish
    assert "also differ in size" in english and "difieren en tamaño" in spanish


def test_vectors_that_are_never_thawed_are_not_said_to_move(ready: Path) -> None:
    assert "begins frozen, for 1 of the 2 epochs" in prose(section("embeddings", "en"))
    configure("embeddings", frozen_epochs=2)
    english, spanish = (prose(section("embeddings", language)) for language in LANGUAGES)
    assert "would be thawed after 2 epochs" in english and "se descongelaría tras 2 épocas" in spanish
    assert "fewer epochs to move" not in english and "menos épocas para moverse" not in spanish


@pytest.mark.parametrize("gone", VARIANTS)
def test_a_variant_that_is_not_there_is_not_spoken_of(ready: Path, gone: str) -> None:
    names = {
        "random_trained": ("random, trained", "al azar, entrenado"),
        "random_frozen": ("random, frozen", "al azar, congelado"),
        "word2vec_trained": ("word2vec, trained", "word2vec, entrenado"),
        "word2vec_frozen": ("word2vec, frozen", "word2vec, congelado"),
        "glove_trained": ("GloVe, trained", "GloVe, entrenado"),
        "glove_frozen": ("GloVe, frozen", "GloVe, congelado"),
        "glove_gradual": ("GloVe, thawed", "GloVe, descongelado"),
    }[gone]
    fewer = without("embeddings", gone)
    for language, words in zip(LANGUAGES, names, strict=True):
        assert words in prose(section("embeddings", language))
        text = section(fewer, language)
        assert words not in prose(text)
        check_numbers(text)


def test_a_start_that_is_not_there_is_not_spoken_of(ready: Path) -> None:
    alone = without("embeddings", *(name for name in VARIANTS if not name.startswith("random")))
    english, spanish = (prose(section(alone, language)) for language in LANGUAGES)
    for word in ("word2vec", "GloVe", "thaw", "Pretrained"):
        assert word not in english.replace("Do pretrained word vectors help", "")
    assert "word2vec" not in spanish and "GloVe" not in spanish and "escongel" not in spanish
    assert "With random vectors, an epoch takes" in english and "Con vectores al azar, una época dura" in spanish
    assert "that is the noise" not in english  # one start alone does not show it


def test_without_frozen_vectors_nothing_is_said_of_what_training_changes(ready: Path) -> None:
    trained = without("embeddings", *(name for name in VARIANTS if name.endswith("frozen")))
    english, spanish = (prose(section(trained, language)) for language in LANGUAGES)
    assert "No start was tried both ways" in english and "Ningún comienzo se probó de ambos modos" in spanish
    assert "stay frozen" not in english and "quedan congelados" not in spanish
    assert "if they are frozen" not in english and "si están congelados" not in spanish


def test_words_about_frozen_vectors_follow_the_comparison(ready: Path) -> None:
    for start in ("random", "word2vec", "glove"):
        retrain("embeddings", f"{start}_frozen", quality=0.6)
    english, spanish = (prose(section("embeddings", language)) for language in LANGUAGES)
    assert "names without meaning" in english and "nombres sin significado" in spanish
    assert "training moves the vectors towards that" in english and "mueve los vectores hacia eso" in spanish
    retrain("embeddings", "glove_frozen", quality=0.85)
    retrain("embeddings", "random_frozen", quality=0.85)
    english, spanish = (prose(section("embeddings", language)) for language in LANGUAGES)
    assert "names without meaning" not in english and "nombres sin significado" not in spanish
    assert "training moves the vectors" not in english and "mueve los vectores" not in spanish
    assert "not always shown to be worse" in english and "No siempre se aprecia" in spanish


def test_words_about_starts_follow_the_comparison(ready: Path) -> None:
    english, spanish = (prose(section("embeddings", language)) for language in LANGUAGES)
    assert "no pretrained start is shown to help" in english and "no se aprecia que ayude ningún comienzo" in spanish
    retrain("embeddings", "glove_trained", quality=0.98)
    english, spanish = (prose(section("embeddings", language)) for language in LANGUAGES)
    assert "one of the pretrained starts helps" in english and "uno de los comienzos preentrenados ayuda" in spanish


@pytest.mark.parametrize(("quality", "english", "spanish"), [
    (0.6, "Thawing later is worse than", "Descongelar más tarde es peor"),
    (0.98, "Thawing later is better than", "Descongelar más tarde es mejor"),
    (0.85, "Thawing later is not shown to differ", "No se aprecia diferencia entre descongelar"),
])  # fmt: skip
def test_words_about_thawing_follow_the_comparison(ready: Path, quality: float, english: str, spanish: str) -> None:
    retrain("embeddings", "glove_gradual", quality=quality)
    assert english in prose(section("embeddings", "en")) and spanish in prose(section("embeddings", "es"))
    configure("embeddings", frozen_epochs=2)  # never thawed
    assert english not in prose(section("embeddings", "en")) and spanish not in prose(section("embeddings", "es"))


def test_neighbours_are_the_nearest_by_cosine_of_the_vocabulary(ready: Path) -> None:
    folder = ready / "models/embeddings/word2vec_frozen"
    words = ["<pad>", "<unk>", "terrible", "awful", "she", "wonderful"]
    table = np.array([[0, 0], [9, 9], [1, 0], [5, 0.1], [0, 1], [0.5, 0.5]], np.float32)
    write_json(folder / "vocabulary.json", words)
    save_file({"embedding.weight": table}, folder / "seed_1.safetensors")
    near = neighbours(["word2vec_frozen"])
    assert near == {
        "terrible": {"word2vec_frozen": ["awful", "wonderful", "she"]},
        "wonderful": {"word2vec_frozen": ["awful", "terrible", "she"]},
        "she": {"word2vec_frozen": ["wonderful", "awful", "terrible"]},
    }
