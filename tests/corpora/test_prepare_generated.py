"""Corpora without files: the sunspots of statsmodels, and parity."""

from pipeline.corpora import parity, series
from pipeline.corpora.prepared.tables import flat, ragged, read_table
from tests.corpora.editions import config, digest, source


def run(module, tmp_path, reader, name="out", limit=None):
    out = tmp_path / name
    out.mkdir()
    edition = {"statsmodels": "packaged"}.get(reader, reader)
    return module.prepare(source(tmp_path / "raw", "any", reader, {}, edition), config(limit), out), out


def test_series(tmp_path):
    statistics, out = run(series, tmp_path, "statsmodels")
    sunspots = read_table(out / "sunspots.arrow")
    assert flat(sunspots, "year").tolist() == list(range(1700, 2009))
    assert flat(sunspots, "value")[:3].tolist() == [5.0, 11.0, 16.0]
    assert statistics["series"]["sunspots"] == {
        "examples": 309, "first": "1700", "last": "2008", "mean": 49.7521, "sd": 40.4526
    }  # fmt: skip


def test_a_limit_keeps_the_latest_values(tmp_path):
    _, out = run(series, tmp_path, "statsmodels", limit=9)
    assert flat(read_table(out / "sunspots.arrow"), "year").tolist() == list(range(2000, 2009))


def sequences(out, name):
    table = read_table(out / f"{name}.arrow")
    return [tuple(row.tolist()) for row in ragged(table, "digits")], flat(table, "label")


def test_a_single_value_has_no_standard_deviation(tmp_path):
    statistics, _ = run(series, tmp_path, "statsmodels", limit=1)
    assert statistics["series"]["sunspots"]["examples"] == 1 and statistics["series"]["sunspots"]["sd"] is None


def test_parity(tmp_path):
    _, out = run(parity, tmp_path, "generated")
    seen = {}
    for name in ("train", "validation", "test_10", "test_40", "test_100", "test_500"):
        rows, labels = sequences(out, name)
        assert labels.tolist() == [sum(row) % 2 for row in rows]
        assert all(0 <= digit <= 9 for row in rows for digit in row)
        seen[name] = rows
    assert [len(rows) for rows in seen.values()] == [20_000] + [2_000] * 5
    assert {len(row) for row in seen["train"]} == set(range(1, 11))
    assert {len(row) for name in ("test_40", "test_100", "test_500") for row in seen[name]} == {40, 100, 500}
    far, far_labels = sequences(out, "validation_500")
    assert {len(row) for row in far} == {500} and not set(far) & set(seen["test_500"])
    assert far_labels.tolist() == [sum(row) % 2 for row in far]
    short = [set(seen[name]) for name in ("train", "validation", "test_10")]
    assert len(set.union(*short)) == sum(map(len, short)) == 24_000


def test_parity_is_the_same_every_time(tmp_path):
    assert digest(run(parity, tmp_path, "generated", "one")[1]) == digest(run(parity, tmp_path, "generated", "two")[1])
