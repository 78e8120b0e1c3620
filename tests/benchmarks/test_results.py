"""benchmarks/results.json: what it says of a figure's circumstances, and what becomes of earlier figures."""

import pytest

from benchmarks import __main__ as bench
from benchmarks.measure import Result
from pipeline.core.errors import PipelineError
from pipeline.core.files import read_json


def fails():
    yield Result("second/a", 9, "s", {}, 1)
    raise PipelineError("no such thing here")


@pytest.fixture
def run(tmp_path, monkeypatch):
    benchmarks = {
        "first": lambda: iter([Result("first", 1, "s", {}, 1)]),
        "second": lambda: iter([Result("second/a", 2, "s", {}, 1), Result("second/b", 3, "s", {}, 1)]),
    }
    monkeypatch.setattr(bench, "BENCHMARKS", benchmarks)
    monkeypatch.setattr(bench, "RESULTS", tmp_path / "results.json")
    monkeypatch.setattr(bench, "others", lambda: 0.25)

    def run(*names):
        monkeypatch.setattr("sys.argv", ["benchmarks", *names])
        bench.main()
        return figures()

    def figures():
        return {key: record["value"] for key, record in read_json(bench.RESULTS)["results"].items()}

    run.benchmarks, run.figures = benchmarks, figures
    return run


def test_new_figures_take_the_place_of_a_benchmarks_old_ones(run):
    assert run("second") == {"second/a": 2, "second/b": 3}
    run.benchmarks["second"] = lambda: iter([Result("second/c", 4, "s", {}, 1)])
    assert list(run().items()) == [("first", 1), ("second/c", 4)]


def test_what_is_left_out_keeps_its_old_figures_and_is_an_error(run):
    before = run()
    run.benchmarks["second"] = fails
    run.benchmarks["first"] = lambda: iter([Result("first", 5, "s", {}, 1)])
    with pytest.raises(PipelineError, match="left out .*: second$"):
        run()
    assert run.figures() == before | {"first": 5}


def test_a_figure_says_how_busy_the_machine_was_and_which_code_it_is_of(run, capsys):
    run("first")
    record = read_json(bench.RESULTS)["results"]["first"]
    assert record["busy_before"] == 0.25 and record["commit"] == bench.commit()
    assert "warning: other programs use 25% of the cores" in capsys.readouterr().err
