"""The report says what the metrics say, in both languages, and needs nothing but itself."""

import json
import re
import shutil
import statistics
from collections import defaultdict
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import yaml
from safetensors.numpy import save_file

from pipeline.corpora.store import list_array, write_table
from pipeline.errors import PipelineError
from pipeline.evaluation.comparison import compare
from pipeline.evaluation.evaluate import COMPARISONS
from pipeline.evaluation.quotes import FORMATS, SECTIONS
from pipeline.evaluation.report import TEMPLATES, main, render
from pipeline.files import read_json, write_json
from pipeline.params import load
from tests.evaluation.conftest import EXAMPLES, TAGS, write_variant

ROOT = Path(__file__).parents[2]
LANGUAGES = ("en", "es")


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
    for exercise, columns in SECTIONS.items():
        for path in sorted(Path(f"metrics/train/{exercise}").iterdir()):
            content = read_json(path)
            for number, key in enumerate(columns, start=1):
                content["mean"].setdefault(key, 0.1 * number)
                content["sd"].setdefault(key, 0.0)
            for record in content["seeds"]:
                if "types" in record["test"]:
                    record["test"]["types"] = {kind: {"f1": 0.8} for kind in ("PER", "LOC", "ORG", "MISC")}
            write_json(path, content)
            if exercise in timing:
                seconds = float(len(timing[exercise]) + 1)
                timing[exercise][path.stem] = {"seconds_per_epoch": seconds, "tokens_per_second": 1e5 / seconds}
    write_json(Path("metrics/timing/summary.json"), timing)
    for variant in ("t16_h128", "t128_h128", "t16_h256", "t128_h256"):
        text = {"seed": "\n\nROMEO", "temperature": 0.5, "top_p": 0.9, "text": ":\n\nBut <soft>, what light"}
        write_json(Path(f"data/samples/char_lm/{variant}.json"), [text])
    words = list_array([[f"word{i}", "<b>", "said"] * 3 for i in range(EXAMPLES)], pa.string())
    write_table(Path("data/prepared/conll2003/test.arrow"), {"words": words})
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


def page(language: str, suffix: str = "html") -> str:
    """A page of what is in the files now, without its figures."""
    words = yaml.safe_load((TEMPLATES / language / "words.yaml").read_text(encoding="utf-8"))
    figures: dict[str, str] = defaultdict(lambda: "<svg></svg>")
    return render(words, read_json(Path("metrics/evaluation.json")), figures, load(), suffix)


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
    text = Path(path).read_text(encoding="utf-8")
    values = [yaml.safe_load(text) if path.endswith(".yaml") else json.loads(text)]
    for key in keys.split("."):
        if key == "*":
            values = [item for value in values for item in value]
        else:
            values = [value[int(key)] if isinstance(value, list) else value[key] for value in values]
    return statistics.fmean(values)


def written(text: str) -> float:
    return float(text.replace(",", "").replace("\u202f", "").replace("−", "-"))


def sections(text: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r'<section id="(\w+)".*?</section>', text, re.DOTALL):
        yield match[1], match[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_is_that_of_its_file(ready: Path, language: str) -> None:
    numbers = Numbers(page(language)).found
    assert len(numbers) > 400
    for value, source, text in numbers:
        saved, quotient = source.startswith("1 - "), source.removeprefix("1 - ").split(" / ")
        found = at(quotient[0]) / at(quotient[1]) if len(quotient) == 2 else at(quotient[0])
        assert value == pytest.approx(1 - found if saved else found), source
        digits = len(text.partition(".")[2])
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
