"""What the report says of exercise 10 follows from its settings and results."""

from pathlib import Path

import pytest
from torch import nn

from pipeline.registry import exercises
from tests.quoted import check_numbers
from tests.reported_project import LANGUAGES, change, configure, in_both, retrain, section, without

both = in_both("tagging")


def test_the_cell_is_the_one_that_is_set(ready: Path) -> None:
    configure("tagging", cell="gru", layers=2, hidden_size=77)
    english, spanish = both()
    assert "LSTM" not in english + spanish
    assert "a GRU of 77 units" in english and "una GRU de 77 unidades" in spanish
    assert "It has 2 layers." in english and "Tiene 2 capas." in spanish
    assert "at most 8 epochs" in english and "como máximo 8 épocas" in spanish


def test_direction_is_told_from_size(ready: Path) -> None:
    assert "it is the direction that helps" in both()[0]
    retrain("tagging", "uni_wide", quality=0.90)
    english, spanish = both()
    assert "size may be what helps" in english and "puede ser el tamaño" in spanish
    retrain("tagging", "uni", quality=0.90)
    english, spanish = both()
    assert "the wide network the second direction is not shown to help either" in english
    assert "Frente a la red ancha tampoco se aprecia" in spanish


def of_torch(hidden_size: int, layers: int, directions: int, vectors: int) -> int:
    """Weights of the network's LSTM, by torch itself."""
    lstm = nn.LSTM(vectors + 8, hidden_size, layers, bidirectional=directions == 2)  # 8 of the feature for capitals
    return sum(weights.numel() for weights in lstm.parameters())


@pytest.mark.parametrize(
    ("layers", "vectors", "alike"), [(1, 50, True), (2, 50, False), (1, 300, False), (3, 25, False)]
)
def test_direction_is_told_from_size_only_among_networks_of_one_size(
    ready: Path, layers: int, vectors: int, alike: bool
) -> None:
    configure("tagging", layers=layers)
    change("metrics/data/vectors.json", lambda content: content.update(dimensions=vectors))
    uni, bi, wide = (of_torch(*of, vectors) for of in ((96, layers, 1), (96, layers, 2), (144, layers, 1)))
    assert (abs(wide / bi - 1) < 0.05) == alike
    english, spanish = both()
    if layers == 1:
        assert "layer also has twice the weights" in english and "tiene también el doble de pesos" in spanish
    else:
        assert f"layers also have {bi / uni:.1f} times the weights" in english
        assert f"tienen también {bi / uni:.1f} veces los pesos" in spanish
    assert ("it is the direction that helps" in english) == ("lo que ayuda es la dirección" in spanish) == alike
    assert ("The wide network has about as many" in english) == ("tiene más o menos tantos" in spanish) == alike
    if not alike:
        assert f"in one direction, has {100 * wide / bi:.0f}% of these" in english
        assert f"tiene el {100 * wide / bi:.0f} % de ellos" in spanish
        assert "does not tell the direction from the size" in english and "no separa la dirección" in spanish
    for language in LANGUAGES:
        check_numbers(section("tagging", language))


def test_each_addition_is_judged_for_itself(ready: Path) -> None:
    english, spanish = both()
    assert "Characters help because" in english and "Los caracteres ayudan" in spanish
    assert "each tag is chosen for itself" in english and "se elige por su cuenta" in spanish
    assert "are not in the vocabulary" in english and "no está en el vocabulario" in spanish  # rare ones are left out
    retrain("tagging", "bi_crf", quality=0.90)
    english, spanish = both()
    assert "Characters help because" in english and "Los caracteres ayudan" in spanish
    assert "Alone, it is not shown to help" in english and "Por sí solo no se aprecia" in spanish
    retrain("tagging", "bi_characters", quality=0.90)
    english, spanish = both()
    assert "are in neither the vocabulary nor" in english and "ni está en el vocabulario ni tiene" in spanish


@pytest.mark.parametrize(
    ("uni", "bi", "said"),
    [
        (0.80, 0.90, ("that of two both find more", "Tanto la red unidireccional")),
        (0.50, 0.90, ("One direction loses", "Una sola dirección pierde")),
        (0.70, 0.90, ("One direction is not shown to beat", "No se aprecia que una sola dirección")),
        (0.70, 0.70, ("recurrence is not shown to find more", "no se aprecia que la recurrencia")),
    ],
)
def test_a_network_that_loses_to_the_linear_model_is_said_to(ready: Path, uni, bi, said) -> None:
    retrain("tagging", "uni", quality=uni)
    retrain("tagging", "bi", quality=bi)
    for text, words in zip(both(), said, strict=True):
        assert words in text


def test_nothing_is_said_of_variants_that_are_not_there(ready: Path) -> None:
    fewer = without("tagging", "bi_characters", "bi_crf", "bi_characters_crf", "commonest", "linear")
    for text in both(fewer):
        assert not any(word in text for word in ("CRF", "CNN", "linear", "lineal", "commonest", "frecuente"))


def test_without_the_wide_network_the_size_is_an_open_question(ready: Path) -> None:
    english, spanish = both(without("tagging", "uni_wide"))
    assert "how much those help was not measured" in english and "no se midió cuánto ayudan" in spanish
    assert "it is the direction that helps" not in english and "lo que ayuda es la dirección" not in spanish


def test_without_the_second_direction_nothing_is_claimed_of_it(ready: Path) -> None:
    english, spanish = both(without("tagging", "bi"))
    assert "here that was not measured" in english and "aquí no se midió" in spanish


def test_other_vectors_are_not_called_glove(ready: Path) -> None:
    assert "GloVe" in section("tagging", "en")
    path = Path("metrics/data/vectors.json")
    path.write_text(path.read_text().replace('"packaged"', '"mine"'))
    assert "GloVe" not in section("tagging", "en") and "GloVe" not in section("tagging", "es")


def test_a_corpus_of_ones_own_is_not_called_conll(ready: Path) -> None:
    english, spanish = both()
    assert "CoNLL-2003 has 14,041 sentences of news" in english and "CoNLL-2003 tiene 14 041 oraciones" in spanish

    def other(content: dict) -> None:
        content["splits"]["train"]["classes"] = {"DRUG": 3, "GENE": 5}

    change("metrics/data/conll2003.json", other)
    for variant in exercises()["tagging"].variants:
        change(f"metrics/train/tagging/{variant}.json", lambda content: content.update(edition="mine"))
    english, spanish = both()
    assert "The corpus has 14,041 sentences for training" in english and "El corpus tiene" in spanish
    assert "The types of its names: DRUG and GENE." in english and "Los tipos de sus nombres: DRUG y GENE." in spanish
    assert not any(words in english + spanish for words in ("CoNLL", " news", "noticias", "(PER)"))


def test_entities_are_marked_in_html_and_bracketed_in_markdown(ready: Path) -> None:
    shown = "examples" if "<mark" in section("tagging", "en") else "none"
    assert shown == "none" or "[" in section("tagging", "en", html=False)
