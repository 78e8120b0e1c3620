"""What the report says of exercises 8 and 11 follows from its settings and results."""

import json
import re
import statistics
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.core.errors import PipelineError
from pipeline.core.files import write_json
from pipeline.exercises.translation import by_length, report
from pipeline.registry import exercises
from pipeline.report.charts import svg
from pipeline.report.results import Files, Results
from pipeline.report.words import Words
from tests.quoted import check_numbers
from tests.reported_project import (
    LANGUAGES,
    change,
    configure,
    in_both,
    prose,
    retrain,
    section,
    without,
)

VARIANTS = ("none", "bahdanau", "luong")
LENGTHS = 12  # of the source sentences, 2 to 13 words


@pytest.fixture
def long(ready: Path) -> Path:
    """The made-up project with sources of many lengths."""
    for variant in VARIANTS:
        translate(variant, lambda row: row | {"source": row["source"] + " más" * (row["example"] % LENGTHS)})
    return ready


def translate(variant: str, edit: Callable[[dict], dict]) -> None:
    """Edit every test prediction of a variant."""
    path = Path(f"data/predictions/translation/{variant}.parquet")
    table = pq.read_table(path)
    pq.write_table(pa.Table.from_pylist([edit(row) for row in table.to_pylist()], table.schema), path)


both = in_both("translation")


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_are_those_of_their_files(long: Path, language: str) -> None:
    text = section("translation", language)
    check_numbers(text)
    assert len(re.findall(r"quarter\.|floor\.", text)) == len(VARIANTS) * (4 + 2)


def test_every_sentence_gets_the_reference_of_another() -> None:
    for size in (2, 3, 50):
        rows = np.arange(100, 100 + size)
        exchanged = by_length.others(rows)
        assert sorted(exchanged) == rows.tolist() and (exchanged != rows).all()
        assert (by_length.others(rows) == exchanged).all()


@pytest.mark.parametrize("lengths", [[3] * 9, [1] * 4 + [7] * 9, list(range(1, 30)), [5, 1, 9, 9, 2, 3]])
def test_groups_are_of_rising_lengths_and_hold_every_sentence(lengths: list[int]) -> None:
    groups = by_length.grouped(np.array(lengths))
    assert 1 <= len(groups) <= 4 and sorted(np.concatenate(groups)) == list(range(len(lengths)))
    ranges = [(min(found), max(found)) for found in ([lengths[row] for row in rows] for rows in groups)]
    assert all(low[1] < high[0] for low, high in zip(ranges, ranges[1:], strict=False))


def test_words_about_the_vector_follow_bleu_by_length(long: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    measured = report.bleu_by_length

    def told(language: str, **lengths: dict) -> str:
        """The section; `lengths` replace what was found of BLEU by length."""
        monkeypatch.setattr(report, "bleu_by_length", lambda results: measured(results) | lengths)
        return prose(section("translation", language))

    change("metrics/train/translation/none.json", lambda content: content["mean"].update(bleu=2.0, distinct=0.1))
    never, always = dict.fromkeys(VARIANTS, False), dict.fromkeys(VARIANTS, True)
    equal = dict.fromkeys(VARIANTS, 0.5)
    cases = (
        (never, equal, "BLEU does not clearly fall", "el BLEU no cae claramente"),
        (never | {"none": True}, equal, "That is what a vector of fixed", "Es lo que haría un vector de tamaño fijo."),
        (always, equal | {"none": 0.2}, "more of it is lost, as one would", "Sin atención se pierde más, como"),
        (always, equal, "no more of it is lost", "Sin atención no se pierde más"),
        (always, equal | {"luong": 0.2}, "no more of it is lost", "Sin atención no se pierde más"),
        (always, equal | {"luong": 0.6}, "than with some kinds of attention", "que con algunas clases de atención"),
    )  # fmt: skip
    for falls, kept, *expected in cases:
        for language, words in zip(LANGUAGES, expected, strict=True):
            text = told(language, falls=falls, kept=kept)
            assert words in text
            caveat = {"en": "These results cannot tell", "es": "no permiten distinguir"}[language]
            assert caveat in text  # whether or not BLEU falls with length
            others = {english if language == "en" else spanish for _, _, english, spanish in cases}
            assert sum(other in text for other in others) == 1
    text = told("en", falls=always | {"luong": False}, kept=equal)
    assert "it also falls with attention (Bahdanau), because" in text  # the one of the two with which it does
    english, spanish = both()
    assert "repeats set phrases" in english and "repite frases hechas" in spanish
    change("metrics/train/translation/none.json", lambda content: content["mean"].update(bleu=12.0, distinct=0.9))
    text = told("en", falls=never)
    assert "set phrases" not in text and "cannot tell" not in text and "BLEU does not clearly fall" in text


def test_bleu_falls_where_long_sentences_are_worse(long: Path) -> None:
    assert "does not clearly fall with length" in both()[0]
    translate("none", lambda row: row | {"hypothesis": "what" if row["example"] % LENGTHS > 8 else row["reference"]})
    english, spanish = both()
    assert "clearly falls with length only without attention" in english
    assert "Solo sin atención cae claramente" in spanish
    check_numbers(section("translation", "en"))


def test_sentences_of_one_length_leave_the_size_of_the_vector_open(ready: Path) -> None:
    english, spanish = both()
    assert "Is the vector too small" not in english and "demasiado pequeño el vector" not in spanish


def test_without_a_single_vector_there_is_nothing_to_compare_with(long: Path) -> None:
    fewer = without("translation", "none")
    english, spanish = (prose(section(fewer, language)) for language in LANGUAGES)
    for words in ("no attention", "No attention", "ithout attention", "Is the vector too small", "Attention helps"):
        assert words not in english
    for words in ("in atención", "demasiado pequeño el vector", "La atención ayuda"):
        assert words not in spanish
    assert "Training takes at most 4 epochs." in english and "Se entrenan como máximo 4 épocas." in spanish
    assert "How much that helps was not measured here" in english and "Aquí no se midió cuánto ayuda" in spanish
    assert "Between the two" in english and "Entre las dos" in spanish


@pytest.mark.parametrize(("gone", "left"), [("bahdanau", "Luong"), ("luong", "Bahdanau")])
def test_of_one_attention_alone(long: Path, gone: str, left: str) -> None:
    fewer = without("translation", gone)
    english, spanish = (prose(section(fewer, language)) for language in LANGUAGES)
    assert gone not in (english + spanish).lower()
    assert f"With attention ({left})" in english and f"Con atención ({left})" in spanish
    assert "the two" not in english.replace("The two", "the two") and "Entre las dos" not in spanish
    assert f"Attention helps: {left} is better than no attention" in english and "La atención ayuda: " in spanish
    assert ("input feeding" in english) == (left == "Luong") == ("input feeding" in spanish)


def test_without_attention(long: Path) -> None:
    alone = without("translation", "bahdanau", "luong")
    english, spanish = (prose(section(alone, language)) for language in LANGUAGES)
    assert "Luong" not in english + spanish and "Bahdanau" not in english + spanish
    assert "Training takes at most 5 epochs." in english and "Se entrenan como máximo 5 épocas." in spanish
    assert "Where the decoder looked" not in english and "Dónde miró" not in spanish
    translate("none", lambda row: row | {"hypothesis": "what" if row["example"] % LENGTHS > 8 else row["reference"]})
    english, spanish = (prose(section(alone, language)) for language in LANGUAGES)
    assert "there is no attention here to compare with" in english
    assert "aquí no hay atención con la que comparar" in spanish


@pytest.mark.parametrize(("quality", "english", "spanish"), [
    ((0.9, 0.9), "Attention helps: ", "La atención ayuda: "),
    ((0.9, 0.3), "Here that helps with some kinds of attention, not with all: ", "ayuda con algunas clases de"),
    ((0.3, 0.3), "These results do not show that this helps: ", "resultados no muestran que eso ayude: "),
])  # fmt: skip
def test_words_about_attention_follow_the_scores(
    ready: Path, quality: tuple[float, float], english: str, spanish: str
) -> None:
    retrain("translation", "bahdanau", quality=quality[0])
    retrain("translation", "luong", quality=quality[1])
    found = both()
    assert english in found[0] and spanish in found[1]


@pytest.mark.parametrize(("without_it", "english", "spanish"), [
    (8, "and 8 without it. The project's default settings", "sin ella, 8. Los ajustes que trae"),
    (4, "Training takes at most 4 epochs.", "Se entrenan como máximo 4 épocas."),
    (2, "and 2 without it. The project's default settings", "sin ella, 2. Los ajustes que trae"),
])  # fmt: skip
def test_words_about_epochs_follow_the_settings(long: Path, without_it: int, english: str, spanish: str) -> None:
    change("metrics/train/translation/none.json", lambda content: content["mean"].update(bleu=2.0))
    configure("translation", none={"epochs": without_it, "learning_rate": 0.01}, beam_size=7, hidden_size=50)
    found = both()
    assert english in found[0] and spanish in found[1]
    assert "learns this sooner; the curves" in found[0] or without_it < 4
    assert "learns this sooner" not in found[0] or without_it >= 4
    assert "LSTM of 50 units" in found[0] and "beam search of width 7" in found[0]
    assert "LSTM de 50 unidades" in found[1] and "búsqueda en haz de anchura 7" in found[1]


def test_words_about_time_follow_the_seconds(ready: Path) -> None:
    def after(**seconds: float) -> list[str]:
        def put(content: dict) -> None:
            for variant, value in seconds.items():
                content["translation"][variant]["seconds_per_epoch"] = value

        change("metrics/timings.json", put)
        return both()

    english, spanish = after(none=9.0, bahdanau=5.0, luong=1.0)
    assert (
        "at least as long in all as with Bahdanau and Luong, so time" in english and "less time in all" not in english
    )
    assert "al menos tanto como con Bahdanau y Luong" in spanish and "en total menos" not in spanish
    english, spanish = after(none=2.0)
    assert "in all as with Luong, so time" in english and "less time in all than with Bahdanau" in english
    assert "al menos tanto como con Luong" in spanish and "en total menos que con Bahdanau" in spanish
    assert (
        "had the lower perplexity" not in english and "ya era menor" not in spanish
    )  # nor at any time, in these curves
    head, *_ = (path := Path("metrics/history/translation/bahdanau.csv")).read_text(encoding="utf-8").splitlines()
    rows = [f"{seed},{epoch},1,1,{value},0.001" for seed in (1, 2, 3) for epoch, value in ((1, 9), (2, 0.1), (3, 0.1))]
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    english, spanish = after(bahdanau=4.0)  # two of the three epochs had ended
    assert (
        "by the time that it ended, Bahdanau had the lower" in english and "de Bahdanau en la validación ya" in spanish
    )


def test_words_about_convergence_follow_the_curves(ready: Path) -> None:
    def last(by: float) -> list[str]:
        for variant in VARIANTS:
            path = Path(f"metrics/history/translation/{variant}.csv")
            head, *rows = path.read_text(encoding="utf-8").splitlines()
            names = head.split(",")
            fields = [dict(zip(names, row.split(","), strict=True)) for row in rows]
            for before, row in zip(fields, fields[1:], strict=False):
                if row["seed"] == before["seed"]:
                    row["validation_perplexity"] = str(float(before["validation_perplexity"]) * by)
            path.write_text("\n".join([head, *(",".join(row.values()) for row in fields)]) + "\n", encoding="utf-8")
        return both()

    english, spanish = last(0.999)
    assert "No network's last epoch took more" in english and "En ninguna red redujo la última" in spanish
    english, spanish = last(0.9)
    assert "validation perplexity of no attention, Bahdanau and Luong: more epochs" in english
    assert "perplejidad de validación de sin atención, Bahdanau y Luong: ahí" in spanish


@pytest.mark.parametrize(("scores", "english", "spanish"), [
    ((5.0, 6.0, 6.0), "There too attention is ahead", "También ahí la atención va por delante"),
    ((5.0, 6.0, 4.0), "only some kinds of attention are ahead", "solo algunas clases de atención van por delante"),
    ((5.0, 4.0, 5.0), "attention is not ahead with every seed", "la atención no va por delante con todas"),
])  # fmt: skip
def test_words_about_sentences_unlike_training_follow_their_scores(
    ready: Path, scores: tuple[float, ...], english: str, spanish: str
) -> None:
    for variant, score in zip(VARIANTS, scores, strict=True):

        def put(content: dict, score: float = score) -> None:
            for seed in content["seeds"]:
                seed["test"]["bleu_unlike"] = score

        change(f"metrics/train/translation/{variant}.json", put)
    found = both()
    assert english in found[0] and spanish in found[1]


def test_curves_are_mentioned_only_where_they_are_shown(long: Path) -> None:
    change("metrics/train/translation/none.json", lambda content: content["mean"].update(bleu=2.0))
    for variant in VARIANTS:
        path = Path(f"metrics/history/translation/{variant}.csv")
        head, *rows = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([head, *(row for row in rows if row.split(",")[1] == "1")]) + "\n", encoding="utf-8")
    english, spanish = both()
    assert "learns this sooner." in english and "curves at the end" not in english
    assert "lo aprende antes." in spanish and "curvas del final" not in spanish


@pytest.mark.parametrize(("edition", "english", "spanish"), [
    ("packaged", "They are everyday sentences, Spanish to English.", "Son frases cotidianas, de español a inglés."),
    ("bible", "They are verses of the Bible, Spanish to English.", "Son versículos de la Biblia, de español"),
    ("official", "They are captions of photographs, German to English.", "Son pies de fotografías, de alemán"),
    ("mine", "", ""),
])  # fmt: skip
def test_the_texts_are_those_of_the_edition(ready: Path, edition: str, english: str, spanish: str) -> None:
    for variant in VARIANTS:
        change(f"metrics/train/translation/{variant}.json", lambda content: content.update(edition=edition))
    found = both()
    assert english in found[0] and spanish in found[1]
    assert ("same Japanese sentence" in found[0]) == (edition == "packaged") == ("oración japonesa" in found[1])
    if edition not in ("packaged", "bible"):
        assert "Spanish" not in found[0] and "español" not in found[1]


@pytest.mark.parametrize("stems", [1891, 0])
def test_stems_are_told_of_where_there_are_some(ready: Path, stems: int) -> None:
    change("metrics/data/translation.json", lambda content: content.update(stems=stems, edition="official"))
    for variant in VARIANTS:
        change(f"metrics/train/translation/{variant}.json", lambda content: content.update(edition="official"))
    english, spanish = both()
    assert ("A word has many forms" in english) == (stems > 0) == ("Una palabra tiene muchas formas" in spanish)
    assert "Spanish" not in english and "en español" not in spanish.lower()


def test_the_heaviest_weights_are_told_where_sentences_were_kept(ready: Path) -> None:
    files = {one: Path(f"data/attention/translation/{one}.json") for one in ("bahdanau", "luong")}
    heaviest = {}
    for one, file in files.items():
        rows = [row for record in json.loads(file.read_text()) for row in record["weights"]]
        heaviest[one] = round(100 * statistics.fmean(map(max, rows)))
    shown = f"on average {heaviest['bahdanau']}% with Bahdanau and {heaviest['luong']}% with Luong"
    assert shown in both()[0] and f"es de media el {heaviest['bahdanau']} % con Bahdanau" in both()[1]
    for file in files.values():
        file.write_text("[]")
    assert "heaviest weight" not in both()[0] and "mayor peso de una fila" not in both()[1]


def test_a_table_as_markdown_has_its_caption(ready: Path) -> None:
    text = section("translation", "en", html=False)
    assert "not chosen for their quality" in text and "Weights under 5% are left blank" in text
    assert "tronger colour" not in text and "Stronger colour" in section("translation", "en")
    assert "| Luong | en | el | principio |" in text and "| in | 80 | 10 | 10 |" in text


def test_no_kept_sentence_is_said_and_weights_that_fit_no_words_are_an_error(ready: Path) -> None:
    for variant in VARIANTS[1:]:
        write_json(Path(f"data/attention/translation/{variant}.json"), [])
    assert "No test sentence of medium length was translated well enough (chrF of 70 or more)" in both()[0]
    assert "se tradujo lo bastante bien (chrF de 70 o más)" in both()[1]
    shown = {"source": ["a"], "target": ["b"], "weights": [[0.5, 0.5]]}
    write_json(Path("data/attention/translation/luong.json"), [shown])
    with pytest.raises(PipelineError, match=r"luong.json: weights of shape \(1, 2\) do not fit their words"):
        section("translation", "en")
    write_json(Path("data/attention/translation/luong.json"), [shown | {"weights": [[1.0]]}])
    with pytest.raises(PipelineError, match="bahdanau and luong kept no sentence in common"):
        section("translation", "en")


def test_bleu_by_length_is_drawn(long: Path) -> None:
    exercise = exercises()["translation"]
    charts = report.figures(Results(exercise, Files()), Words("es", exercise))
    drawn = svg("bleu_by_length", charts["bleu_by_length"])
    for words in ("sin atención", "palabras de la oración de origen", "2-4"):
        assert words in drawn
