"""Nothing that is read can run code: no pickles, no shells, no unpacking to disk, no YAML beyond plain values."""

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = {"pickle", "cloudpickle", "dill", "marshal", "shelve"}
CALLS = {
    "torch.load", "torch.save", "torch.hub.load", "joblib.load", "joblib.dump", "numpy.fromfile",
    "eval", "exec", "os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput",
    "yaml.full_load", "yaml.unsafe_load", "yaml.Loader", "yaml.FullLoader", "yaml.UnsafeLoader", "yaml.CLoader",
    "pandas.read_pickle",
}  # fmt: skip
METHODS = {"extract", "extractall"}  # of archives


def findings(code):
    """What in the source of a module is not allowed."""
    tree = ast.parse(code)
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname or alias.name.split(".")[0]: alias.name for alias in node.names if alias.asname}
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
            yield from (node.module for _ in "x" if (node.module or "").split(".")[0] in MODULES)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name) and (name := full_name(node, names)) in CALLS:
            yield name
        if isinstance(node, ast.Call):
            name = full_name(node.func, names)
            options = {word.arg: getattr(word.value, "value", None) for word in node.keywords}
            if name == "numpy.load" and options.get("allow_pickle") is not False:
                yield "numpy.load without allow_pickle=False"
            if options.get("shell", False) is not False:
                yield f"{name} with a shell"
            if name.rpartition(".")[2] in METHODS:
                yield name


def full_name(node, names):
    """`np.load` as `numpy.load`; of what is not a plain name, the last part."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    first = names.get(node.id, node.id) if isinstance(node, ast.Name) else ""
    return ".".join([first, *reversed(parts)])


@pytest.mark.parametrize(
    "code",
    [
        "import pickle", "from pickle import loads", "import cloudpickle as c", "import torch; torch.load('x')",
        "from torch import load as read; read('x')", "import numpy as np; np.load('x')", "eval('1')",
        "import numpy as np; np.load('x', allow_pickle=True)", "import subprocess as s; s.run('ls', shell=True)",
        "import yaml; yaml.load('', yaml.Loader)", "import tarfile; tarfile.open('x').extractall('y')",
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_found(code):
    assert list(findings(code))


@pytest.mark.parametrize(
    "code", ["import numpy as np; np.load('x', allow_pickle=False)", "import yaml; yaml.safe_load('')"]
)
def test_what_is_allowed_is_not(code):
    assert not list(findings(code))


def test_no_code_of_ours_runs_what_it_reads():
    files = [path for folder in ("pipeline", "tools") for path in sorted((ROOT / folder).rglob("*.py"))]
    assert len(files) > 50
    found = {str(path.relative_to(ROOT)): list(findings(path.read_text(encoding="utf-8"))) for path in files}
    del found["tools/side_by_side/machines.py"]  # it sends functions to a cluster's workers, which can be no plain data
    assert {path: what for path, what in found.items() if what} == {}


def test_the_ui_is_for_this_machine_alone():
    shown = subprocess.run(["make", "--dry-run", "ui"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "--host 127.0.0.1" in shown
