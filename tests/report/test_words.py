"""Words and templates of every exercise: the same in both languages, and without decisions."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from jinja2 import Environment, nodes

from pipeline.core.errors import PipelineError
from pipeline.core.params import read_yaml
from pipeline.registry import FOLDER, exercises
from pipeline.report.words import TEMPLATES, Words

PROSE = {"en": TEMPLATES / "trust.en.j2", "es": TEMPLATES / "trust.es.j2"}


def keys(value: dict, before: str = "") -> set[str]:
    """Every key, those of mappings in it with a dot between."""
    return {key for name, item in value.items() for key in (
        keys(item, f"{before}{name}.") if isinstance(item, dict) else {f"{before}{name}"})}  # fmt: skip


def test_the_languages_have_the_same_words() -> None:
    english, spanish = (keys(read_yaml(TEMPLATES / f"words.{language}.yaml", "")) for language in ("en", "es"))
    assert english == {key for key in spanish if not key.startswith("metrics.")}


def test_names_are_listed_as_one_says_them() -> None:
    lists = (["gru"], ["gru", "rnn"], ["gru", "rnn", "lstm"])
    assert [Words("en").listed(names) for names in lists] == ["gru", "gru and rnn", "gru, rnn and lstm"]
    assert [Words("es").listed(names) for names in lists] == ["gru", "gru y rnn", "gru, rnn y lstm"]


def test_a_variant_that_the_pattern_does_not_fit_has_a_name_of_its_own() -> None:
    speech = exercises()["speech"]
    words = Words("en", replace(speech, stage=replace(speech.stage, variants={**speech.stage.variants, "odd": {}})))
    assert words.variant("layers_2") == "2 layers"
    with pytest.raises(
        PipelineError, match="speech/en.yaml: odd has no 'layers' for variant_pattern: name it in varia"
    ):
        words.variant("odd")
    words.rename({"odd": "another"})
    assert words.variant("odd") == "another"


def test_a_title_or_a_question_that_is_not_written_is_one_line(tmp_path, monkeypatch) -> None:
    (tmp_path / "speech").mkdir()
    for language, text in (("en", "variants: {}\n"), ("es", "title: Palabras\n")):
        (tmp_path / f"speech/{language}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr("pipeline.report.words.FOLDER", tmp_path)
    with pytest.raises(PipelineError, match="speech/en.yaml has no 'title': write it"):
        Words("en", exercises()["speech"])
    with pytest.raises(PipelineError, match="speech/es.yaml has no questions.depth: write it"):
        Words("es", exercises()["speech"]).question("depth")


@pytest.mark.parametrize("name", exercises())
def test_an_exercise_has_the_same_words_in_both_languages(name: str) -> None:
    exercise = exercises()[name]
    own = {language: keys(read_yaml(FOLDER / name / f"{language}.yaml", "")) for language in ("en", "es")}
    assert own["en"] == {key for key in own["es"] if not key.startswith(("questions.", "metrics."))}
    spanish = Words("es", exercise)
    for comparison in exercise.comparisons:
        assert spanish.get("questions", comparison.name, "") and spanish["metrics"][comparison.metric]
        assert set(spanish["metrics"][comparison.metric]) == {"axis", "points", "curve"}
        assert not comparison.headlines or spanish.get("headlines", comparison.name, "")
    for language in own:
        words = Words(language, exercise)
        assert all(words.variant(variant) for variant in exercise.variants)
        assert all(words.get("columns", column.key, "") for column in exercise.columns)


def decisions(text: str) -> list[str]:
    """The tags of a template in their order."""
    return re.findall(r"{%-? *(.*?) *-?%}", text)


def called(node: nodes.Node) -> Iterator[nodes.Node]:
    """Whatever in an output is not a name, a constant, or a call of a name with names and constants."""
    if isinstance(node, nodes.Call):
        yield from called(node.node)
        for argument in (*node.args, *(keyword.value for keyword in node.kwargs)):
            yield from called(argument)
    elif isinstance(node, nodes.Filter):
        assert node.name == "sentence"
        yield from called(node.node)
    elif isinstance(node, nodes.Getattr):
        yield from called(node.node)
    elif not isinstance(node, nodes.TemplateData | nodes.Name | nodes.Const):
        yield node


@pytest.mark.parametrize("name", [*exercises(), ""])
def test_templates_hold_prose_only(name: str) -> None:
    """Sentences follow from names that report.py decides, once for both languages."""
    texts = [
        (FOLDER / name / f"{language}.j2" if name else PROSE[language]).read_text(encoding="utf-8")
        for language in ("en", "es")
    ]
    assert decisions(texts[0]) == decisions(texts[1])
    for tag in decisions(texts[0]):
        assert re.fullmatch(r'(el)?if [a-z_]+( == "[a-z_ ]+")?|else|endif|for [a-z_]+ in [a-z_]+|endfor', tag), tag
    for text in texts:
        tree = Environment().parse(text)
        for output in tree.find_all(nodes.Output):
            for node in output.nodes:
                assert not list(called(node)), f"line {node.lineno}"
        assert not re.search(r"{{[^}]*outcome\(", text)
