"""`make verify` notices any difference but measured times."""

import pytest
import yaml

from tools.verify import differences, recorded


def lock(project, **changed):
    hashes = {"data/raw/a": "1.dir", "pipeline/a.py": "2", "models/a": "3.dir", "metrics/timing/a.json": "4"} | changed
    outs = [{"path": path, "md5": md5} for path, md5 in hashes.items() if path != "pipeline/a.py"]
    deps = [{"path": "pipeline/a.py", "md5": hashes["pipeline/a.py"]}]
    project.mkdir()
    (project / "dvc.lock").write_text(yaml.safe_dump({"stages": {"a": {"cmd": "a", "deps": deps, "outs": outs}}}))
    return recorded(project)


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("models/a", 1),
        ("pipeline/a.py", 1),
        ("models/new", 1),
        ("metrics/timing/a.json", 0),
        ("metrics/report.html", 0),
    ],
)
def test_what_differs_is_named(tmp_path, path, lines):
    found = differences(lock(tmp_path / "one"), lock(tmp_path / "other", **{path: "9"}))
    assert len(found) == lines and all(line.startswith(path) for line in found)


def test_without_a_lock_it_says_so(tmp_path):
    with pytest.raises(SystemExit, match=r"dvc\.lock is missing: run `dvc repro`"):
        recorded(tmp_path)
