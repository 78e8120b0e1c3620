"""What the report says of exercise 4 follows from its settings and results."""

import re
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file

from pipeline.core.errors import PipelineError
from pipeline.core.files import write_json
from pipeline.declaration import Exercise
from pipeline.exercises.embeddings.report import neighbours, neighbours_table
from pipeline.exercises.embeddings.report import section as decided
from pipeline.exercises.embeddings.stage import STARTS
from pipeline.registry import exercises
from pipeline.report.page import Page
from pipeline.report.results import Files
from tests.quoted import Numbers, check_numbers
from tests.reported_project import LANGUAGES, change, configure, prose, retrain, section, shown, undrawn, without

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
    configure("embeddings", longer={"epochs": 7, "learning_rate": 0.5})
    english, spanish = (prose(section("embeddings", language)) for language in LANGUAGES)
    assert "LSTM" not in english + spanish
    assert "a GRU of 32 units reads the last 80 tokens" in english and "for at most 5 epochs" in english
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


def test_epochs_and_rates_are_those_that_are_set(ready: Path) -> None:
    configure("embeddings", epochs=4, learning_rate=0.5, frozen={"epochs": 9, "learning_rate": 0.5})
    configure("embeddings", longer={"epochs": 6, "learning_rate": 0.75})
    english, spanish = (section("embeddings", language) for language in LANGUAGES)
    check_numbers(english)
    english, spanish = prose(english), prose(spanish)
    assert "for at most 4 epochs at a learning rate of 0.500" in english
    assert "frozen for 2 of at most 6 epochs, at the beginning. Then the vectors learn for at most 4," in english
    assert "durante 4 épocas como máximo" in spanish and "congelados durante 2 de 6 épocas como máximo" in spanish
    assert "needs longer, so it has at most 9 epochs." in english
    assert "necesita entonces más tiempo, y por eso tiene como máximo 9 épocas." in spanish
    configure("embeddings", frozen={"epochs": 9, "learning_rate": 0.25})
    assert "it has at most 9 epochs, and a rate of its own, 0.250." in prose(section("embeddings", "en"))
    assert "tiene como máximo 9 épocas y una tasa propia, 0.250." in prose(section("embeddings", "es"))
    assert "The project's default epochs and rates were chosen" in english and "tasas que trae el proyecto" in spanish
    configure("embeddings", frozen={"epochs": 4, "learning_rate": 0.5})  # no longer than the others
    assert "The rest of the network has at most 4 epochs." in prose(section("embeddings", "en"))
    assert "El resto de la red tiene como máximo 4 épocas." in prose(section("embeddings", "es"))


def test_words_about_the_rate_at_the_thaw_follow_the_history(ready: Path) -> None:
    held_back = "which holds them back", "y eso los frena"
    for text, language in zip(held_back, LANGUAGES, strict=True):
        assert text in prose(section("embeddings", language))  # 0.001 in the history that is made up
    configure("embeddings", learning_rate=0.001)
    for text, language in zip(("as high as the highest", "tan alta como la máxima"), LANGUAGES, strict=True):
        assert text in prose(section("embeddings", language))
    configure("embeddings", longer={"epochs": 6, "learning_rate": 0.5})  # of 2 or more that are not frozen
    for text, language in zip(("stopped before the thaw", "acabó antes de descongelarlos"), LANGUAGES, strict=True):
        assert text in prose(section("embeddings", language))


def test_frozen_variants_that_still_rise_are_named(ready: Path) -> None:
    assert "had stopped rising" in prose(section("embeddings", "en"))
    assert "ya no subían" in prose(section("embeddings", "es"))

    def rise(content: dict) -> None:
        for record in content["seeds"]:
            record["best_epoch"] = record["epochs"]

    change("metrics/train/embeddings/random_frozen.json", rise)
    assert "the last epoch was the best of random, frozen:" in prose(section("embeddings", "en"))
    assert "la última época fue la mejor de al azar, congelado:" in prose(section("embeddings", "es"))


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
        "glove_longer": ("GloVe, more epochs", "GloVe, más épocas"),
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
    assert "Frozen:" not in english and "Congelados:" not in spanish
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
    assert "the vectors of word2vec, frozen are worse than" in english and "for GloVe, frozen that is not" in english
    assert "los vectores de word2vec, congelado son peores" in spanish and "en GloVe, congelado eso no se" in spanish
    retrain("embeddings", "word2vec_frozen", quality=0.85)
    english, spanish = (prose(section("embeddings", language)) for language in LANGUAGES)
    assert "Pretrained vectors are not shown to be worse" in english
    assert "No se aprecia que los vectores preentrenados sean peores" in spanish


def test_words_about_starts_follow_the_comparison(ready: Path) -> None:
    english, spanish = (prose(section("embeddings", language)) for language in LANGUAGES)
    assert "no pretrained start is shown to help" in english and "no se aprecia que ayude ningún comienzo" in spanish
    retrain("embeddings", "glove_trained", quality=0.98)
    english, spanish = (prose(section("embeddings", language)) for language in LANGUAGES)
    assert "GloVe, trained is still better than a random start; for word2vec, trained that is not shown" in english
    assert (
        "GloVe, entrenado sigue siendo mejor que un comienzo al azar; con word2vec, entrenado eso no se aprecia"
        in spanish
    )
    retrain("embeddings", "word2vec_trained", quality=0.98)
    assert "every pretrained start is better than a random one" in prose(section("embeddings", "en"))
    assert "todos los comienzos preentrenados son mejores" in prose(section("embeddings", "es"))


@pytest.mark.parametrize(("quality", "english", "spanish"), [
    (0.6, "are worse than the others", "son peores que los otros"),
    (0.98, "are better than the others", "son mejores que los otros"),
    (0.85, "are not shown to differ from the others", "no se aprecia diferencia entre los vectores word2vec"),
])  # fmt: skip
def test_words_about_vectors_of_the_reviews_themselves_follow_the_comparison(
    ready: Path, quality: float, english: str, spanish: str
) -> None:
    retrain("embeddings", "word2vec_frozen", quality=quality)
    assert english in prose(section("embeddings", "en")) and spanish in prose(section("embeddings", "es"))


@pytest.mark.parametrize(("quality", "english", "spanish"), [
    (0.6, "is worse than", "es peor que"),
    (0.98, "is better than", "es mejor que"),
    (0.85, "is not shown to differ from", "No se aprecia diferencia"),
])  # fmt: skip
def test_words_about_thawing_follow_the_comparisons(ready: Path, quality: float, english: str, spanish: str) -> None:
    retrain("embeddings", "glove_gradual", quality=quality)
    texts = [prose(section("embeddings", language)) for language in LANGUAGES]
    for text, start, found in zip(texts, ("Thawing later", "Descongelar más tarde"), (english, spanish), strict=True):
        assert f"{start} {found}" in text or found == "No se aprecia diferencia"
    assert f"It {english} GloVe, more epochs, which may take as many epochs in all" in texts[0]
    assert f"{spanish[:1].upper()}{spanish[1:]}{' con' if quality == 0.85 else ''} GloVe, más épocas" in texts[1]
    fewer = without("embeddings", "glove_longer")
    assert f"Thawing later {english}" in prose(section(fewer, "en"))
    assert "as many epochs in all" not in prose(section(fewer, "en"))
    assert "en total las mismas épocas" not in prose(section(fewer, "es"))


def test_all_epochs_together_are_timed(ready: Path) -> None:
    timed((11.0, 11.0, 11.0), (9.0, 9.0, 9.0))  # of 4 epochs, as made up
    assert "All epochs together take 44 s and 36 s" in prose(section("embeddings", "en"))
    assert "Todas las épocas juntas duran 44 s y 36 s" in prose(section("embeddings", "es"))


def test_neighbours_are_the_nearest_by_cosine_of_the_vocabulary(ready: Path) -> None:
    folder = ready / "models/embeddings/word2vec_frozen"
    words = ["<pad>", "<unk>", "terrible", "awful", "she", "wonderful"]
    table = np.array([[0, 0], [9, 9], [1, 0], [5, 0.1], [0, 1], [0.5, 0.5]], np.float32)
    write_json(folder / "vocabulary.json", words)
    save_file({"embedding.weight": table}, folder / "seed_1.safetensors")
    near = neighbours(["word2vec_frozen"], 1)
    assert near == {
        "terrible": {"word2vec_frozen": ["awful", "wonderful", "she"]},
        "wonderful": {"word2vec_frozen": ["awful", "terrible", "she"]},
        "she": {"word2vec_frozen": ["wonderful", "awful", "terrible"]},
    }


def test_neighbours_are_those_of_the_first_seed_that_is_set(ready: Path) -> None:
    folder = ready / "models/embeddings/word2vec_frozen"
    for seed, awful, she in ((2, [5, 0.1], [0, 1]), (10, [0, 1], [5, 0.1])):  # in the order of names, 10 is first
        table = np.array([[0, 0], [9, 9], [1, 0], awful, she, [-1, 0]], np.float32)
        save_file({"embedding.weight": table}, folder / f"seed_{seed}.safetensors")

    def renumber(content: dict) -> None:
        for record, seed in zip(content["seeds"], (2, 10, 30), strict=True):
            record["seed"] = seed

    change(f"metrics/train/embeddings/{next(iter(VARIANTS))}.json", renumber)
    table = neighbours_table(shown("embeddings", "en", False), ["word2vec_frozen"])
    assert "| terrible | awful, she, he |" in table
    (folder / "seed_2.safetensors").unlink()
    with pytest.raises(PipelineError, match=r"word2vec_frozen/seed_2.safetensors is missing: run"):
        section("embeddings", "en")
