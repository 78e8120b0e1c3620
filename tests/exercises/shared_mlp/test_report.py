"""What the report says of exercise 1 follows from its settings and results."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from pipeline.registry import exercises
from tests.quoted import check_numbers
from tests.reported_project import LANGUAGES, change, configure, in_both, retrain, section, without

both = in_both("shared_mlp")


def write_history(variant: str, of: str, above: float = 0.0, epochs: int = 9) -> None:
    """The training curves of another variant, higher, as far as wanted."""
    lines = Path(f"metrics/history/shared_mlp/{of}.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.split(",") for line in lines[1:]]
    raised = [[*row[:2], str(float(row[2]) + above), str(float(row[3]) + above), *row[4:]] for row in rows]
    kept = [",".join(row) for row in raised if int(row[1]) <= epochs]
    Path(f"metrics/history/shared_mlp/{variant}.csv").write_text("\n".join([lines[0], *kept]) + "\n", encoding="utf-8")


def test_words_about_shared_uses_follow_their_gradients(ready: Path) -> None:
    cases = (
        (1.0, "neither help nor hinder each other", "ni se ayudan ni se estorban"),
        (0.5, "another use undoes", "otro lo deshace"),
        (1.5, "in part, the uses ask the same", "en parte, los usos piden lo mismo"),
    )

    def add_up_to(content: dict, norm: float) -> None:
        for seed in content["seeds"]:
            seed["test"]["hidden_gradients"]["trained"].update(sum=norm)

    for factor, *words in cases:
        change("metrics/train/shared_mlp/shared.json", partial(add_up_to, norm=factor * float(np.hypot(0.1, 0.2))))
        for number, text in enumerate(both()):
            assert words[number] in text
            assert sum(other[number] in text for _, *other in cases) == 1


def test_words_about_training_follow_the_curves(ready: Path) -> None:
    cases = (
        (0.0, "the curves differ hardly more", "las curvas apenas difieren más"),
        (9.0, "the curves differ by", "las curvas difieren más"),
    )
    for above, english, spanish in cases:
        for kind in ("", "_three"):
            write_history(f"shared{kind}", f"separate{kind}", above)
        texts = both()
        assert english in texts[0] and spanish in texts[1]
    write_history("shared", "separate")
    assert "With 3 seeds each, chance alone keeps them apart in 10% of epochs" in both()[0]
    assert "Con 3 semillas de cada una, el puro azar las separa en un 10 % de las épocas" in both()[1]


def test_the_sizes_are_those_that_are_set(ready: Path) -> None:
    configure("shared_mlp", hidden_layers=5, hidden_size=64, epochs=2)
    english, spanish = both()
    assert "5 hidden layers of 64 units" in english and "at most 2 epochs" in english
    assert "5 capas ocultas de 64 unidades" in spanish and "como máximo 2 épocas" in spanish
    assert "3 hidden" not in english and "3 capas" not in spanish


def test_a_matrix_that_is_used_once_is_not_called_shared(ready: Path) -> None:
    configure("shared_mlp", hidden_layers=2)
    english, spanish = both()
    assert "used once: nothing is shared" in english and "no se comparte nada" in spanish
    assert "Shared has 10 parameters" not in english and "Compartida tiene 10 parámetros" not in spanish
    assert "Shared, strict reading has 10 parameters" in english and "one more layer costs nothing" not in english
    assert "Shared: before training" not in english and "Shared, strict reading: before training" in english
    configure("shared_mlp", hidden_layers=3)
    english, spanish = both()
    assert "nothing is shared" not in english and "one more layer costs nothing" in english
    assert "Shared has 10 parameters" in english and "una capa más no cuesta nada" in spanish


def test_dropout_is_in_the_training_loss_where_there_is_any(ready: Path) -> None:
    assert "dropout included" in section("shared_mlp", "en") and "con el dropout" in section("shared_mlp", "es")
    configure("shared_mlp", dropout=0.0)
    assert "dropout included" not in section("shared_mlp", "en") and "con el dropout" not in section("shared_mlp", "es")


@pytest.mark.parametrize("variant", exercises()["shared_mlp"].variants)
def test_nothing_is_said_of_a_variant_that_is_not_there(ready: Path, variant: str) -> None:
    fewer = without("shared_mlp", variant)
    for language in LANGUAGES:
        check_numbers(section(fewer, language))
    english, spanish = both(fewer)
    strict = variant.endswith("_three")
    assert (
        ("the sheet asks for one more layer" in english)
        == ("pide una capa más" in spanish)
        == (variant != "shared_three")
    )
    assert ("In separate every hidden layer" in english) == (variant != "separate")
    assert ("In shared a single" in english) == (variant != "shared")
    assert ("shares nothing" in english) == (variant != "separate_three")
    assert english.count("against separate") == english.count("% fewer") == 1
    assert ("against separate, strict reading" in english) == (not strict)


def test_without_a_network_to_compare_with_nothing_is_concluded(ready: Path) -> None:
    english, spanish = both(without("shared_mlp", "separate", "separate_three"))
    for words in ("% fewer", "against", "So the curves", "On this test"):
        assert words not in english
    for words in ("% menos", "frente a", "Así pues, las curvas", "En esta prueba"):
        assert words not in spanish
    english, spanish = both(without("shared_mlp", "shared", "shared_three"))
    assert "Does that happen" not in english and "¿Ocurre aquí?" not in spanish


@pytest.mark.parametrize(("quality", "english", "spanish"), [
    (1.0, "Sharing can even help here", "Aquí compartir los pesos puede incluso ayudar"),
    (0.5, "Sharing can cost accuracy here", "Aquí compartir los pesos puede costar exactitud"),
    (0.85, "no drop in accuracy is shown", "no se aprecia una caída de la exactitud"),
])  # fmt: skip
def test_words_about_accuracy_follow_the_scores(ready: Path, quality: float, english: str, spanish: str) -> None:
    retrain("shared_mlp", "shared_three", quality=0.81)  # else the made-up results of the other pair differ by chance
    retrain("shared_mlp", "shared", quality=quality)
    texts = both()
    assert english in texts[0] and spanish in texts[1]


def test_a_single_epoch_is_no_curve(ready: Path) -> None:
    assert section("shared_mlp", "en", html=False).count("![") == 5
    for variant in exercises()["shared_mlp"].variants:
        write_history(variant, variant, epochs=1)
    text = section("shared_mlp", "en", html=False)
    assert text.count("![") == 2 and "train_loss" not in text


def test_all_of_mnist_is_called_so_and_nothing_less(ready: Path) -> None:
    english, spanish = both()
    assert (
        "all of MNIST" in english and "worth 0.01 percentage points" in english and "Son todas las de MNIST" in spanish
    )
    change("metrics/data/digits.json", lambda content: content["splits"]["train"].update(examples=400))
    english, spanish = both()
    assert "all of MNIST" not in english and "todas las de MNIST" not in spanish
