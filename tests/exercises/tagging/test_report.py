"""What the report says of exercise 10 follows from its settings and results."""

from pathlib import Path

from tests.reported_project import LANGUAGES, configure, prose, retrain, section, without


def test_the_cell_is_the_one_that_is_set(ready: Path) -> None:
    assert "an LSTM of 128 units" in prose(section("tagging", "en"))
    configure("tagging", cell="gru", layers=2)
    english, spanish = (prose(section("tagging", language)) for language in LANGUAGES)
    assert "LSTM" not in english + spanish
    assert "a GRU of 128 units" in english and "una GRU de 128 unidades" in spanish
    assert "It has 2 layers." in english and "Tiene 2 capas." in spanish


def test_direction_is_told_from_size(ready: Path) -> None:
    assert "it is the direction that helps" in prose(section("tagging", "en"))
    retrain("tagging", "uni_wide", quality=0.95)
    english, spanish = (prose(section("tagging", language)) for language in LANGUAGES)
    assert "size may be what helps" in english and "puede ser el tamaño" in spanish


def test_without_the_crf_nothing_is_said_of_it(ready: Path) -> None:
    assert "CRF" in section("tagging", "en") and "CRF" in section("tagging", "es")
    fewer = without("tagging", "crf")
    assert "CRF" not in section(fewer, "en") and "CRF" not in section(fewer, "es")


def test_without_the_wide_network_the_size_is_an_open_question(ready: Path) -> None:
    fewer = without("tagging", "uni_wide")
    english, spanish = (prose(section(fewer, language)) for language in LANGUAGES)
    assert "how much those help was not measured" in english and "no se midió cuánto ayudan" in spanish
    assert "it is the direction that helps" not in english and "lo que ayuda es la dirección" not in spanish


def test_without_the_second_direction_nothing_is_claimed_of_it(ready: Path) -> None:
    fewer = without("tagging", "bi")
    english, spanish = (prose(section(fewer, language)) for language in LANGUAGES)
    assert "here that was not measured" in english and "aquí no se midió" in spanish
    assert "are not compared with the same network" in english and "no se comparan con la misma red" in spanish


def test_other_vectors_are_not_called_glove(ready: Path) -> None:
    assert "GloVe" in section("tagging", "en")
    path = Path("metrics/data/vectors.json")
    path.write_text(path.read_text().replace('"packaged"', '"mine"'))
    assert "GloVe" not in section("tagging", "en") and "GloVe" not in section("tagging", "es")


def test_entities_are_marked_in_html_and_bracketed_in_markdown(ready: Path) -> None:
    shown = "examples" if "<mark" in section("tagging", "en") else "none"
    assert shown == "none" or "[" in section("tagging", "en", html=False)
