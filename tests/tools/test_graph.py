"""`make graph` writes the exercises' stages and leaves alone what is written by hand."""

import ast
import re
from dataclasses import replace

import pytest

from pipeline.core.errors import PipelineError
from pipeline.registry import exercises
from tools import declared
from tools.closure import ROOT, Imports, parts_asked, shown
from tools.graph import check_named, link, links, links_of
from tools.graph import written as all_written

SPEECH = exercises()["speech"]
BEFORE = (ROOT / "dvc.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def imports():
    return Imports()


def written(*arguments):
    return all_written(*arguments)[0]


def blocks(text):
    """The lines of each stage."""
    return {block[0]: block[1] for block in re.findall(r"^  (\w+):\n((?:(?:    .*)?\n)*)", text, re.MULTILINE)}


def test_writing_twice_changes_nothing(imports):
    assert written(BEFORE, exercises(), imports) == BEFORE


def test_a_new_exercise_has_a_place_and_one_that_is_gone_has_none(imports):
    without = {name: exercise for name, exercise in exercises().items() if name != "pooling"}
    after = written(BEFORE, without, imports)
    gone = blocks(BEFORE)
    lines = gone.pop("pooling").splitlines()
    assert blocks(after) == gone
    assert written(after, exercises(), imports) == BEFORE
    assert "    cmd: python -m pipeline.exercises.pooling.train ${item.variant}" in lines
    assert {"      - data/prepared/imdb", "      - imports/pooling", "      - pooling"} <= set(lines)


def test_what_a_declaration_says_is_what_the_stage_says(imports):
    stage = replace(
        SPEECH.stage, description="Words: spoken", variants={"a": {}, "b": {}}, corpora=("speech", "vectors"),
        reads=("models/mine",), extra="samples", curve="validation_loss",
    )  # fmt: skip
    changed = replace(SPEECH, stage=stage, comparisons=())
    block = blocks(written(BEFORE, exercises() | {"speech": changed}, imports))["speech"]
    for text in (
        "    desc: 'Words: spoken'\n    matrix:\n      variant: [a, b]\n",
        "    deps:\n      - data/prepared/speech\n      - data/prepared/vectors\n      - models/mine\n",
        "      - data/samples/speech/${item.variant}.json\n",
        "          x: epoch\n          y: validation_loss\n",
    ):
        assert block.count(text) == 1


def test_the_report_depends_on_what_exercises_show_and_name_and_on_nothing_that_none_makes(imports):
    def changed(**others):
        """The dependencies of the report that come or go."""
        block = blocks(written(BEFORE, {**exercises(), **others}, imports))["report"]
        return {line[8:] for line in set(block.splitlines()) ^ set(blocks(BEFORE)["report"].splitlines())}

    shows = replace(SPEECH, stage=replace(SPEECH.stage, extra="alignments"), reads=("data/prepared/imdb",))
    assert changed(speech=shows) == {"data/alignments", "data/prepared/imdb"}
    silent = replace(exercises()["char_lm"], stage=replace(exercises()["char_lm"].stage, extra=None))
    assert changed(char_lm=silent) == {"data/samples"}
    reads_less = replace(exercises()["tagging"], reads=("data/prepared/vectors",))
    assert changed(tagging=reads_less) == {"data/prepared/conll2003"}


def test_remarks_and_stages_written_by_hand_stay_as_they_are(imports):
    mine = "  # My own stage,\n  # which none writes.\n  mine:\n    cmd: python -m pipeline.core.errors  # remark\n\n"
    with_mine = BEFORE.replace("\n  evaluate:\n", f"\n{mine}  # Closes the graph\n  evaluate:\n")
    after, files = all_written(with_mine, exercises(), imports)
    assert files["mine"] == {"pipeline/core/errors.py"}
    assert "  # My own stage,\n  # which none writes.\n  mine:\n" in after
    assert "      - imports/mine\n    cmd: python -m pipeline.core.errors  # remark\n\n" in after
    assert "\n  # Closes the graph\n  evaluate:\n" in after
    assert written(after, exercises(), imports) == after


def test_what_cannot_be_written_is_one_line(imports):
    with pytest.raises(PipelineError, match="dvc.yaml is not valid YAML: (?s:.*)line 3"):
        written("stages:\n  - [\n", exercises(), imports)
    with pytest.raises(PipelineError, match="dvc.yaml has no stage 'evaluate'"):
        written(BEFORE.replace("\n  evaluate:\n", "\n  judge:\n"), exercises(), imports)
    with pytest.raises(PipelineError, match="'report' is an exercise's: rename the one written by hand"):
        report = replace(SPEECH, stage=replace(SPEECH.stage, name="report"))
        written(BEFORE, exercises() | {"report": report}, imports)


def test_a_corpus_or_a_command_that_does_not_exist_is_one_line():
    check_named(exercises())
    wrong = replace(SPEECH.stage, corpora=("speech", "speach"))
    with pytest.raises(PipelineError, match="speech/stage.py: there is no corpus speach; corpora: imdb, "):
        check_named({"speech": replace(SPEECH, stage=wrong)})
    with pytest.raises(PipelineError, match="^pipeline/exercises/speech/exercise.py: speach has no command.py$"):
        check_named({"speech": replace(SPEECH, command="speach")})


def test_a_module_that_does_not_exist_is_one_line(imports):
    with pytest.raises(PipelineError, match="pipeline/exercises/speech/training.py is missing, which a stage runs"):
        imports.closure("pipeline.exercises.speech.training")
    gone = BEFORE.replace("embeddings.word2vec\n", "embeddings.gone\n")  # as where the folder was removed
    with pytest.raises(PipelineError, match="pipeline/exercises/embeddings/gone.py is missing, which a stage runs"):
        written(gone, exercises(), imports)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = (", r"ours.py line 1 is not Python: '\(' was never closed"),
        ("x = 1\nimport nothere", "ours.py line 2: ModuleNotFoundError: No module named 'nothere'"),
        ("x = {}['key']", "ours.py line 1: KeyError: 'key'"),
    ],
)
def test_a_mistake_in_an_exercise_is_one_line(tmp_path, monkeypatch, code, message):
    ours = tmp_path / "pipeline/ours.py"
    ours.parent.mkdir()
    ours.write_text(code)
    monkeypatch.setattr(declared, "ROOT", tmp_path)
    monkeypatch.setattr(declared, "exercises", lambda: exec(compile(code, ours, "exec")))
    with pytest.raises(PipelineError, match=f"^pipeline/{message}$"):
        declared.declared()


def test_what_is_asked_of_the_registry_is_read_from_the_source():
    code = 'from pipeline import registry\nregistry.part(name, "report").draw()\npart(x, "answers")\npart(x, y)\nf("z")'
    assert set(parts_asked(ast.parse(code))) == {"report", "answers"}


def test_the_report_depends_on_the_code_that_it_shows(imports):
    assert {"pipeline/layers/cells.py", "pipeline/models/seq2seq.py"} <= shown()
    assert shown() <= imports.closure("pipeline.report.report")


def test_links_are_those_of_the_imports_and_none_else(tmp_path):
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline/a.py").write_text("a = 1\n")
    wanted = links_of({"stage": {"pipeline/a.py"}})
    (tmp_path / "imports/gone").mkdir(parents=True)
    (tmp_path / "imports/gone/b.py").touch()
    assert links(tmp_path) == {"imports/gone/b.py": ""}
    link(tmp_path, wanted)
    assert links(tmp_path) == wanted == {"imports/stage/pipeline/a.py": "../../../pipeline/a.py"}
    assert (tmp_path / "imports/stage/pipeline/a.py").read_text() == "a = 1\n"
