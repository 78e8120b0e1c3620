"""The made-up project with all that the report reads, and pages and sections of it."""

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml
from safetensors.numpy import save_file

from pipeline.core.files import read_json, write_json
from pipeline.core.params import section as settings_of
from pipeline.corpora.prepared.tables import write_table
from pipeline.declaration import Exercise
from pipeline.registry import exercises
from pipeline.report.charts import Charts
from pipeline.report.markup import to_html
from pipeline.report.page import Page
from pipeline.report.report import answer, render
from pipeline.report.report import section as written
from pipeline.report.results import Files
from pipeline.scoring.comparison import Evaluation, compare, judge
from tests.trained_project import EXAMPLES, TAGS, write_variant

ROOT = Path(__file__).parents[1]
LANGUAGES = ("en", "es")
UNKNOWN_SHARE = 1 / 3  # see `complete`
CODE = re.compile(  # with its equations, what it prints, and where it is from
    r"""<pre\ class="code.*?</pre> | <div\ class="(scroll\ equations|caption)">.*?</div>
    | ^\$\$$.*?^\$\$$ | ^```.*?^```$ | ^\[`pipeline/[^\n]*$""",
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)
SCORES = [
    *dict.fromkeys(column.key for exercise in exercises().values() for column in exercise.columns),
    "line_end_share",
    "line_end_accuracy",
    "word_share",
    "perplexity_other_way",
]


def evaluate(*changed: Exercise) -> None:
    """Compare what is in the files now: every exercise, or only those that are given."""
    settings = settings_of("evaluation", Evaluation)
    path = Path("metrics/evaluation.json")
    found = read_json(path)["comparisons"] if changed else {}
    for exercise in changed or exercises().values():
        for comparison in exercise.comparisons:
            found.pop(comparison.name, None)
            if comparison.pairs:
                found[comparison.name] = compare(exercise, comparison, settings)
    write_json(path, judge(found, exercises().values(), settings.confidence))


def complete() -> None:
    """What the report reads beside what training leaves behind."""
    shutil.copytree(ROOT / "metrics/data", "metrics/data", dirs_exist_ok=True)
    shutil.copy(ROOT / "metrics/train/word2vec.json", "metrics/train")
    timing: dict[str, dict] = {}
    for exercise in exercises():
        timing[exercise] = {}
        for path in sorted(Path(f"metrics/train/{exercise}").iterdir()):
            content = read_json(path)
            for number, key in enumerate(SCORES, start=1):
                content["mean"].setdefault(key, 0.01 * number)
                content["sd"].setdefault(key, 0.0)
            for record in content["seeds"]:
                if "types" in record["test"]:
                    record["test"]["types"] = {kind: {"f1": 0.8} for kind in ("PER", "LOC", "ORG", "MISC")}
            write_json(path, content)
            seconds = float(len(timing[exercise]) + 1)
            timing[exercise][path.stem] = {
                "device": "cpu",
                "seconds_per_epoch": seconds,
                "lowest_seconds": 0.9 * seconds,
                "highest_seconds": 1.2 * seconds,
                "tokens_per_second": 1e5 / seconds,
            }
    write_json(Path("metrics/timings.json"), timing)
    for variant in exercises()["char_lm"].variants:
        text = {"seed": "\n\nROMEO", "temperature": 0.5, "top_p": 0.9, "text": ":\n\nBut <soft>, what light"}
        write_json(Path(f"data/samples/char_lm/{variant}.json"), [text])
    words = pa.array([[f"word{i}", "<b>", "Said"] * 3 for i in range(EXAMPLES)], pa.list_(pa.string()))
    tokens = pa.array([[1, 2, 1] * 3] * EXAMPLES, pa.list_(pa.int32()))  # 1: not in the training split
    write_table(Path("data/prepared/conll2003/test.arrow"), {"words": words, "tokens": tokens})
    write_table(Path("data/prepared/vectors/vectors.arrow"), {"word": pa.array(["the", "said"])})
    write_json(Path("data/prepared/conll2003/meta.json"), {"tags": TAGS})
    known = ["<pad>", "<unk>", "terrible", "awful", "she", "he"]
    for number, variant in enumerate(exercises()["embeddings"].variants):
        write_json(Path(f"models/embeddings/{variant}/vocabulary.json"), known)
        table = np.random.default_rng(number).normal(size=(6, 4)).astype(np.float32)
        save_file({"embedding.weight": table}, f"models/embeddings/{variant}/seed_1.safetensors")


@pytest.fixture(scope="session")
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


def page(language: str, html: bool = True) -> str:
    """A page of what is in the files now, without its charts."""
    return render(language, html, Files(), undrawn())


def section(exercise: str | Exercise, language: str, html: bool = True) -> str:
    """What an exercise's section says of its results, as declared or otherwise; without the code that it shows."""
    text = CODE.sub("", answer(shown(exercise, language, html)))
    return str(to_html(text)) if html else text


def whole_section(exercise: str | Exercise, language: str, html: bool = True) -> str:
    """With what the sheet asks, the code, and where each point is answered."""
    text = written(shown(exercise, language, html))
    return str(to_html(text)) if html else text


def shown(exercise: str | Exercise, language: str, html: bool) -> Page:
    """An exercise on a page without charts."""
    declared = exercises()[exercise] if isinstance(exercise, str) else exercise
    return Page(declared, language, html, Files(), undrawn())


def undrawn() -> Charts:
    return Charts(lambda name, chart: "<svg></svg>")


def prose(text: str) -> str:
    """A page without its marks, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))


def change(path: str, edit: Callable[[dict], None]) -> None:
    """Edit a JSON file."""
    content = read_json(Path(path))
    edit(content)
    write_json(Path(path), content)


def configure(section: str, **values: Any) -> None:
    """Set values of a section of params.yaml."""
    path = Path("params.yaml")
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content[section] |= values
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def redeclared(exercise: str, variants: Mapping[str, Mapping[str, Any]]) -> Exercise:
    """The exercise with other variants, compared as far as there are both of a pair; their results stay as they are."""
    declared = exercises()[exercise]

    def kept(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return tuple(pair for pair in pairs if set(pair) <= set(variants))

    return replace(
        declared,
        stage=replace(declared.stage, variants=variants),
        comparisons=tuple(
            replace(comparison, pairs=kept(comparison.pairs), headlines=kept(comparison.headlines))
            for comparison in declared.comparisons
        ),
    )


def without(exercise: str, *gone: str) -> Exercise:
    """The exercise without some of its variants, evaluated."""
    variants = exercises()[exercise].stage.variants
    found = redeclared(exercise, {name: variant for name, variant in variants.items() if name not in gone})
    evaluate(found)
    return found


def retrain(exercise: str, variant: str, **how: Any) -> None:
    """Write one variant anew, and evaluate: retrain("pooling", "mean", quality=0.5)."""
    write_variant(Path(), exercise, variant, **how)
    complete()
    evaluate(exercises()[exercise])


def in_both(name: str) -> Callable[..., tuple[str, ...]]:
    """A function that gives the prose of an exercise's section in both languages, as declared or otherwise."""

    def both(exercise: str | Exercise = name) -> tuple[str, ...]:
        return tuple(prose(section(exercise, language)) for language in LANGUAGES)

    return both


def sections(text: str) -> Iterator[tuple[str, str]]:
    for match in re.finditer(r'<section id="(\w+)".*?</section>', text, re.DOTALL):
        yield match[1], match[0]
