"""The report says what the metrics say, in both languages, and needs nothing but itself."""

import csv
import json
import re
import shutil
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from sacrebleu.metrics import BLEU
from safetensors.numpy import save_file

from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json, write_json
from pipeline.core.params import load
from pipeline.corpora.prepared.tables import list_array, write_table
from pipeline.report.examples import bleu_by_length, others
from pipeline.report.quotes import FORMATS, SECTIONS, Quotes
from pipeline.report.report import TEMPLATES, main, render
from pipeline.scoring.bootstrap import coverage_of_seeds
from pipeline.scoring.comparison import compare
from pipeline.scoring.evaluate import COMPARISONS
from tests.evaluation.conftest import EXAMPLES, TAGS, write_variant

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "es")
UNKNOWN_SHARE = 1 / 3  # see `complete`


def evaluate() -> dict:
    settings = load().evaluation
    found = {"comparisons": {comparison.name: compare(comparison, settings) for comparison in COMPARISONS}}
    write_json(Path("metrics/evaluation.json"), found)
    return found


def complete() -> None:
    """What the report reads beside what training leaves behind."""
    shutil.copytree(ROOT / "metrics/data", "metrics/data", dirs_exist_ok=True)
    shutil.copy(ROOT / "metrics/train/word2vec.json", "metrics/train")
    timing: dict[str, dict] = {"packing": {}, "embeddings": {}, "sentiment": {}}
    for exercise in SECTIONS:
        for path in sorted(Path(f"metrics/train/{exercise}").iterdir()):
            content = read_json(path)
            for number, key in enumerate(FORMATS, start=1):
                content["mean"].setdefault(key, 0.01 * number)
                content["sd"].setdefault(key, 0.0)
            for record in content["seeds"]:
                if "types" in record["test"]:
                    record["test"]["types"] = {kind: {"f1": 0.8} for kind in ("PER", "LOC", "ORG", "MISC")}
            write_json(path, content)
            if exercise in timing:
                seconds = float(len(timing[exercise]) + 1)
                timing[exercise][path.stem] = {
                    "seconds_per_epoch": seconds,
                    "lowest_seconds": 0.9 * seconds,
                    "highest_seconds": 1.2 * seconds,
                    "tokens_per_second": 1e5 / seconds,
                }
    write_json(Path("metrics/timing/summary.json"), timing)
    for variant in ("t16_h128", "t128_h128", "t16_h256", "t128_h256"):
        text = {"seed": "\n\nROMEO", "temperature": 0.5, "top_p": 0.9, "text": ":\n\nBut <soft>, what light"}
        write_json(Path(f"data/samples/char_lm/{variant}.json"), [text])
    words = list_array([[f"word{i}", "<b>", "Said"] * 3 for i in range(EXAMPLES)], pa.string())
    tokens = list_array([[1, 2, 1] * 3 for _ in range(EXAMPLES)], pa.int32())  # 1: not in the training split
    write_table(Path("data/prepared/conll2003/test.arrow"), {"words": words, "tokens": tokens})
    write_table(Path("data/prepared/vectors/vectors.arrow"), {"word": pa.array(["the", "said"])})
    write_json(Path("data/prepared/conll2003/meta.json"), {"tags": TAGS})
    known = ["<pad>", "<unk>", "terrible", "awful", "she", "he"]
    for number, variant in enumerate(("random_trained", "word2vec_frozen", "word2vec_trained")):
        write_json(Path(f"models/embeddings/{variant}/vocabulary.json"), known)
        table = np.random.default_rng(number).normal(size=(6, 4)).astype(np.float32)
        save_file({"embedding.weight": table}, f"models/embeddings/{variant}/seed_1.safetensors")


@pytest.fixture(scope="module")
def evaluated(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("evaluated")
    shutil.copytree(trained, root, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        complete()
        evaluate()
    return root


@pytest.fixture
def ready(evaluated: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to spoil, entered."""
    shutil.copytree(evaluated, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def page(language: str, suffix: str = "html", **lengths: dict) -> str:
    """A page of what is in the files now, without its figures; `lengths` replace what is said of BLEU by length."""
    words = yaml.safe_load((TEMPLATES / language / "words.yaml").read_text(encoding="utf-8"))
    figures: dict[str, str] = defaultdict(lambda: "<svg></svg>")
    by_length = bleu_by_length(("none", "bahdanau", "luong")) | lengths
    text = render(words, read_json(Path("metrics/evaluation.json")), figures, load(), suffix, by_length)
    return text if suffix == "html" else re.sub(r"\s+", " ", text)


def prose(text: str) -> str:
    """A page without its marks, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))


class Numbers(HTMLParser):
    """(value, source, text) of every <data>."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[float, str, str]] = []
        self.open: tuple[float, str] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "data":
            of = dict(attrs)
            self.open = (float(of["value"] or "nan"), of["data-from"] or "")

    def handle_data(self, data: str) -> None:
        if self.open:
            self.found.append((*self.open, data))
            self.open = None


def at(source: str) -> float:
    """What a file holds at a source, read without the code under test."""
    path, _, keys = source.partition(":")
    if path.endswith(".parquet"):
        kind, part = keys.split(".")
        return quarter(Path(path), int(part), kind == "floor")
    if keys == "seeds.coverage":
        return coverage_of_seeds(3, 0.95)  # see test_bootstrap.py
    if keys == "unknown_share":
        return UNKNOWN_SHARE
    if path.endswith(".csv"):
        return of_curves(Path(path), *keys.split("."))
    if keys.endswith((".near", ".far")):
        return share_of_gradient(Path(path), keys.endswith(".near"))
    text = Path(path).read_text(encoding="utf-8")
    values = [yaml.safe_load(text) if path.endswith(".yaml") else json.loads(text)]
    for key in keys.split("."):
        if key == "*":
            values = [item for value in values for item in value]
        else:
            values = [value[int(key)] if isinstance(value, list) else value[key] for value in values]
    return statistics.fmean(values)


def quarter(path: Path, part: int, floor: bool) -> float:
    """Mean BLEU over seeds on the shortest (0) or the longest (-1) quarter, by sacreBLEU itself.

    `floor`: against the references of other sentences.
    """
    rows = pq.read_table(path).to_pylist()
    lengths = [len(row["source"].split()) for row in rows]
    first, last = np.quantile(lengths, [0.25, 0.75], method="lower")
    scores = []
    for seed in {row["seed"] for row in rows}:
        kept = [
            row
            for row, length in zip(rows, lengths, strict=True)
            if row["seed"] == seed and (length <= first if part == 0 else length > last or first == max(lengths))
        ]
        hypotheses, references = ([row[name] for row in kept] for name in ("hypothesis", "reference"))
        if floor:
            references = [references[row] for row in others(np.arange(len(references)))]
        scores.append(BLEU(lowercase=True).corpus_score(hypotheses, [references]).score)
    return statistics.fmean(scores)


def share_of_gradient(path: Path, near: bool) -> float:
    """Of the last five years, or of those more than eleven back; the newest year is the last of the file."""
    norms = [np.array(seed["test"]["step_gradient_norms"]) for seed in read_json(path)["seeds"]]
    return statistics.fmean(float((seed[-5:] if near else seed[:-11]).sum() / seed.sum()) for seed in norms)


def of_curves(path: Path, column: str, what: str, other: str = "") -> float:
    """The mean at the last epoch of all seeds, or epochs, all or those in which two variants' seeds do not overlap."""

    def by_epoch(file: Path) -> list[list[float]]:
        rows = list(csv.DictReader(file.open(encoding="utf-8")))
        epochs = [[float(row[column]) for row in rows if row["epoch"] == str(epoch)] for epoch in range(1, 9)]
        return [values for values in epochs if len(values) == len({row["seed"] for row in rows})]

    curves = by_epoch(path)
    if what == "end":
        return statistics.fmean(curves[-1])
    pairs = list(zip(curves, by_epoch(path.with_name(f"{other}.csv")), strict=True))
    apart = [min(a) > max(b) or min(b) > max(a) for a, b in pairs]
    return sum(apart) if what == "apart" else len(apart)


def test_every_sentence_gets_the_reference_of_another() -> None:
    for size in (2, 3, 50):
        rows = np.arange(100, 100 + size)
        exchanged = others(rows)
        assert sorted(exchanged) == rows.tolist() and (exchanged != rows).all()
        assert (others(rows) == exchanged).all()


def calculated(expression: str) -> float:
    """What sources, and sums and quotients of sources, come to."""
    return eval(re.sub(r"[\w./-]+:[\w.*-]+", lambda match: repr(at(match[0])), expression))  # of our own templates


def written(text: str) -> float:
    return float(text.removeprefix("< ").replace(",", "").replace("\u202f", "").replace("−", "-"))


def sections(text: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r'<section id="(\w+)".*?</section>', text, re.DOTALL):
        yield match[1], match[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_is_that_of_its_file(ready: Path, language: str) -> None:
    numbers = Numbers(page(language)).found
    assert len(numbers) > 400
    for value, source, text in numbers:
        assert value == pytest.approx(calculated(source)), source
        digits = len(text.partition(".")[2])
        if text.startswith("<"):
            assert 0 < min(abs(value), 100 * abs(value)) < written(text), source
            continue
        shown = {round(abs(scale * value), digits) for scale in (1, 100)}
        assert any(abs(written(text)) == pytest.approx(number, abs=0.51 * 10**-digits) for number in shown), source


def test_both_languages_quote_the_same_numbers_for_every_exercise(ready: Path) -> None:
    pages = {language: dict(sections(page(language))) for language in LANGUAGES}
    assert list(pages["en"]) == list(pages["es"]) == [*SECTIONS, "trust"]
    for name in SECTIONS:
        sources = [sorted(source for _, source, _ in Numbers(pages[language][name]).found) for language in LANGUAGES]
        assert sources[0] == sources[1] and sources[0], name
        assert f'href="../pipeline/exercises/{name}.py"' in pages["en"][name]
        assert (ROOT / f"pipeline/exercises/{name}.py").exists()
    numbers = set(re.findall(r'data-exercise="([^"]+)"', page("en")))
    assert {part for number in numbers for part in number.split(", ")} == {*map(str, range(12)), "+"}


def test_the_languages_have_the_same_words() -> None:
    words = {name: yaml.safe_load((TEMPLATES / name / "words.yaml").read_text(encoding="utf-8")) for name in LANGUAGES}

    def keys(value: dict, before: str = "") -> set[str]:
        return {key for name, item in value.items() for key in (
            keys(item, f"{before}{name}.") if isinstance(item, dict) else {f"{before}{name}"})}  # fmt: skip

    assert keys(words["en"]) == keys(words["es"])
    for comparison in COMPARISONS:
        assert set(comparison.variants) <= set(words["es"]["variants"][comparison.exercise])
        assert comparison.name in words["es"]["questions"] and comparison.metric in words["es"]["metrics"]
    assert set(FORMATS) == set(words["es"]["columns"])


def test_a_flipped_result_flips_the_words(ready: Path) -> None:
    before = {language: page(language) for language in LANGUAGES}
    assert "<b>Mean</b> is better than <b>last state</b>" in before["en"]
    assert "<b>Media</b> es mejor que <b>último estado</b>" in before["es"]
    assert "a direct path to the answer, of length one" in before["en"]
    write_variant(ready, "pooling", "mean", quality=0.55)
    complete()
    evaluate()
    after = {language: page(language) for language in LANGUAGES}
    assert "<b>Mean</b> is worse than <b>last state</b>" in after["en"]
    assert "<b>Media</b> es peor que <b>último estado</b>" in after["es"]
    for language, gone, come in (
        ("en", "a direct path to the answer, of length one", "The last state is enough here"),
        ("es", "un camino directo a la respuesta, de longitud uno", "Aquí basta el último estado"),
    ):
        plain = [re.sub(r"\s+", " ", text[language]) for text in (before, after)]
        assert gone in plain[0] and gone not in plain[1] and come in plain[1] and come not in plain[0]
    changed = {name for name, text in sections(after["en"]) if text != dict(sections(before["en"]))[name]}
    assert changed == {"pooling"}


def test_words_about_time_follow_the_clock(ready: Path) -> None:
    path = Path("metrics/timing/summary.json")
    timing = read_json(path)
    for packed, expected in ((90.0, "the honest answer"), (0.5, "And so it proved")):
        timing["packing"]["packed"]["seconds_per_epoch"] = packed
        write_json(path, timing)
        assert expected in re.sub(r"\s+", " ", page("en"))


def test_words_about_freezing_follow_the_clock(ready: Path) -> None:
    path = Path("metrics/timing/summary.json")
    timing = read_json(path)
    for start, seconds in (("random", 9.0), ("word2vec", 9.2), ("glove", 9.1)):
        timing["embeddings"][f"{start}_trained"]["seconds_per_epoch"] = 11.0
        timing["embeddings"][f"{start}_frozen"]["seconds_per_epoch"] = seconds
    write_json(path, timing)
    assert "saves more than that: an epoch with frozen vectors takes 17% less" in prose(page("en"))
    assert "congelar ahorra más que eso" in prose(page("es"))
    timing["embeddings"]["random_frozen"]["seconds_per_epoch"] = 12.0
    write_json(path, timing)
    assert "no saving is shown" in prose(page("en")) and "no se aprecia ningún ahorro" in prose(page("es"))


def test_the_same_run_is_called_so(ready: Path) -> None:
    assert "the same run" not in prose(page("en"))
    shutil.copy("metrics/train/sentiment/lstm.json", "metrics/train/pooling/last.json")
    assert "the same run, with the same score for every seed" in prose(page("en"))
    assert "la misma ejecución, con la misma puntuación en cada semilla" in prose(page("es"))


def test_a_deviation_that_rounds_to_none_is_written_as_less(ready: Path) -> None:
    change("metrics/train/pooling/sum.json", lambda content: content["sd"].update(accuracy=0.0002))
    assert "± < 0.1" in page("en", "md") and "± < 0.1" in page("es", "md")
    assert any(text == "< 0.1" for _, _, text in Numbers(page("en")).found)


def test_a_pair_that_the_evaluation_lacks_is_left_out(ready: Path) -> None:
    pair = re.compile(r"word2vec, \w+ (and|y|is|es|no)[^.;(]* GloVe, (frozen|congelad\w+)", re.IGNORECASE)
    assert pair.search(prose(page("en"))) and pair.search(prose(page("es")))

    def without(content: dict) -> None:
        for name, pair in (("embeddings", ("word2vec_frozen", "glove_frozen")), ("pooling", ("attention", "mean"))):
            found = content["comparisons"][name]
            found["differences"] = [one for one in found["differences"] if (one["a"], one["b"]) != pair]

    choosing = "What choosing adds to the short path"
    assert choosing in page("en")
    change("metrics/evaluation.json", without)
    assert choosing not in page("en")
    assert not pair.search(prose(page("en"))) and not pair.search(prose(page("es")))


def test_precision_is_said_where_times_are_compared(ready: Path) -> None:
    assert "All four run in fp32" not in prose(page("en"))
    change("metrics/train/packing/padded.json", lambda content: content.update(precision="fp32"))
    english, spanish = prose(page("en")), prose(page("es"))
    assert "All four run in fp32" in english and "Los cuatro modos se calculan en fp32" in spanish
    assert "exercise 2 and those of exercise 6, compute" in english and "y las del ejercicio 6, calculan" in spanish


def change(path: str, edit: Callable[[dict], None]) -> None:
    content = read_json(Path(path))
    edit(content)
    write_json(Path(path), content)


def test_parity_without_a_mistake_is_said_once_and_with_what_it_leaves_open(ready: Path) -> None:
    assert "No network is without mistakes" in prose(page("en")) or "Not every kind" in prose(page("en"))
    for variant in ("rnn", "gru", "lstm", "bilstm"):
        change(f"metrics/train/parity/{variant}.json", lambda content: content["mean"].update(accuracy_10=1.0))
    change("metrics/train/parity/gru.json", lambda content: content["mean"].update(accuracy_500=1.0))

    def same(content: dict) -> None:
        for pair in content["comparisons"]["parity"]["differences"]:
            pair.update(delta=0.0, ci95=[0.0, 0.0])

    change("metrics/evaluation.json", same)
    for language, expected in (
        ("en", ("RNN, GRU, LSTM and BiLSTM × 2 do not differ on any test example.", "Yes: all of them answer",
                "No mistake at five hundred digits was made by GRU", "up to about 0.15% of all")),
        ("es", ("RNN, GRU, LSTM y BiLSTM × 2 no difieren en ningún ejemplo de prueba.", "Sí: todas responden bien",
                "sin ningún error con quinientos dígitos, GRU", "hasta en un 0.15 % de todas")),
    ):  # fmt: skip
        text = prose(page(language))
        for words in expected:
            assert text.count(words) == 1, words


def test_words_about_the_vector_follow_bleu_by_length(ready: Path) -> None:
    variants = ("none", "bahdanau", "luong")
    change("metrics/train/translation/none.json", lambda content: content["mean"].update(bleu=2.0, distinct=0.1))
    never, always = dict.fromkeys(variants, False), dict.fromkeys(variants, True)
    equal = dict.fromkeys(variants, 0.5)
    cases = (
        (never, equal, "is not shown to be what is short", "sea el tamaño del vector lo que falta"),
        (never | {"none": True}, equal, "That is what a vector of fixed", "Es lo que haría un vector de tamaño fijo."),
        (always, equal | {"none": 0.2}, "more of it is lost, as where", "Sin atención se pierde más"),
        (always, equal, "no more of it is lost", "Sin atención no se pierde más"),
    )  # fmt: skip
    for falls, kept, english, spanish in cases:
        for language, words in (("en", english), ("es", spanish)):
            text = prose(page(language, falls=falls, kept=kept))
            assert words in text
            caveat = {"en": "cannot be told apart here", "es": "no se pueden distinguir aquí"}[language]
            assert caveat in text  # whether or not BLEU falls with length
            assert sum(other[2 if language == "en" else 3] in text for other in cases) == 1
    assert "repeats set phrases" in prose(page("en")) and "repite frases hechas" in prose(page("es"))
    change("metrics/train/translation/none.json", lambda content: content["mean"].update(bleu=12.0, distinct=0.9))
    text = prose(page("en", falls=never))
    assert "set phrases" not in text and "told apart here" not in text and "is not shown to be what is short" in text


def test_words_about_shared_uses_follow_their_gradients(ready: Path) -> None:
    cases = (
        (1.0, "neither help nor hinder each other", "ni se ayudan ni se estorban"),
        (0.5, "another use takes back", "otro lo deshace"),
        (1.5, "in part the uses ask the same", "en parte, los usos piden lo mismo"),
    )
    for factor, english, spanish in cases:
        for seed in (0, 1, 2):
            change(
                "metrics/train/shared_mlp/shared.json",
                lambda content, seed=seed, factor=factor: content["seeds"][seed]["test"]["hidden_gradients"][
                    "trained"
                ].update(sum=factor * np.hypot(0.1, 0.2)),
            )
        for language, words in (("en", english), ("es", spanish)):
            text = prose(page(language))
            assert words in text
            assert sum(other[1 if language == "en" else 2] in text for other in cases) == 1


def test_words_about_training_follow_the_curves(ready: Path) -> None:
    cases = (
        (0.0, "the curves coincide", "las curvas coinciden"),
        (9.0, "the curves differ by", "las curvas difieren más"),
    )
    for above, english, spanish in cases:
        for kind in ("", "_three"):
            lines = Path(f"metrics/history/shared_mlp/separate{kind}.csv").read_text(encoding="utf-8").splitlines()
            rows = [line.split(",") for line in lines[1:]]
            raised = [[*row[:2], str(float(row[2]) + above), str(float(row[3]) + above), *row[4:]] for row in rows]
            text = "\n".join([lines[0], *map(",".join, raised)]) + "\n"
            Path(f"metrics/history/shared_mlp/shared{kind}.csv").write_text(text, encoding="utf-8")
        assert english in prose(page("en")) and spanish in prose(page("es"))


def test_direction_is_told_from_size(ready: Path) -> None:
    assert "it is the direction that pays" in prose(page("en"))
    write_variant(ready, "tagging", "uni_wide", quality=0.95)
    complete()
    evaluate()
    assert "size may be what pays" in prose(page("en")) and "puede ser el tamaño" in prose(page("es"))


def test_thousands_are_grouped_as_the_language_does() -> None:
    words = {name: yaml.safe_load((TEMPLATES / name / "words.yaml").read_text(encoding="utf-8")) for name in LANGUAGES}
    for number, english, spanish in ((999, "999", "999"), (5000, "5,000", "5000"), (12345, "12,345", "12\u202f345")):
        assert Quotes(words["en"], 0.95, html=False).marked(number, "") == english
        assert Quotes(words["es"], 0.95, html=False).marked(number, "") == spanish


def test_where_less_is_better_the_sign_is_explained(ready: Path) -> None:
    write_variant(ready, "word_lm", "carried", quality=0.8)
    complete()
    evaluate()
    assert "Carried state and reset state (first minus second: " in prose(page("en")).replace(
        "No difference is shown between carried", "Carried"
    )
    assert "entre estado conservado y estado reiniciado (primero menos segundo: " in prose(page("es"))


def test_a_table_as_markdown_has_its_caption(ready: Path) -> None:
    text = page("en", "md")
    for words in ("one standard deviation", "in brackets", "by cosine", "not chosen by their quality", "thirty words",
                  "Weights under 5% are left blank", "taken for"):  # fmt: skip
        assert words in text
    assert "tronger colour" not in text and "Stronger colour" in page("en")


def test_pages_stand_alone_and_come_out_the_same_every_time(ready: Path) -> None:
    main()
    folder = Path("metrics/report")
    files = [*Path("metrics").glob("report*.*"), *folder.rglob("*.svg")]
    first = {file: file.read_bytes() for file in files}
    pages = {file.name: file.read_text(encoding="utf-8") for file in files if file.suffix in (".html", ".md")}
    assert set(pages) == {"report.html", "report.md", "report.es.html", "report.es.md"}
    for name, text in pages.items():
        assert not re.search(r"\{\{|\{%|\bUndefined\b|\bNone\b|\bnan\b", text), name
        assert "But &lt;soft&gt;" in text or name.endswith(".md")
    for name in ("report.html", "report.es.html"):
        targets = re.findall(r'(?:href|src|srcset|data)="([^"]*)"', pages[name])
        ids = set(re.findall(r'id="([^"]+)"', pages[name]))
        for target in targets:
            assert not re.match(r"\w+:|//", target)
            assert target.startswith("../pipeline/") or target in pages or target.removeprefix("#") in ids, target
        assert not re.search(r"<script|<link|@import|<img|url\((?!#)", pages[name])
        assert set(re.findall(r"https?://[^\"]+", pages[name])) <= {
            "http://www.w3.org/1999/xlink", "http://www.w3.org/2000/svg",
        }  # fmt: skip
    for name in ("report.md", "report.es.md"):
        assert "<data" not in pages[name]
        images = re.findall(r"\]\((report/[^)]+)\)", pages[name])
        assert len(images) > 30 and all(Path("metrics", image).exists() for image in images)
    main()
    assert {file: file.read_bytes() for file in files} == first


def test_a_missing_metric_is_one_clear_line_and_leaves_nothing(ready: Path) -> None:
    path = Path("metrics/train/speech/layers_3.json")
    content = read_json(path)
    del content["mean"]["error_rate"]
    write_json(path, content)
    with pytest.raises(PipelineError, match=r"speech/layers_3.json has no mean.error_rate; remove it and run"):
        page("en")
    path.unlink()
    with pytest.raises(PipelineError, match=r"speech/layers_3.json is missing: build it with"):
        main()
    assert not list(Path("metrics").glob("report*"))
