"""Write the code dependencies of every stage in dvc.yaml: the import closure of the module it runs.

    python tools/graph.py           write them
    python tools/graph.py --check   fail if they are not what would be written

What is not Python (data, templates) is listed by hand and kept. DVC does not follow Python imports, so the closure is
listed file by file; a package of which a stage imports every module stands for them, for DVC's own time grows with the
list. A module that imports a sibling by the name on its command line (`prepare`, the corpora) depends on that sibling,
as `a/${item.x}.py`, and on what any of them imports.
"""

import io
import re
import subprocess
import sys
from pathlib import Path

import grimp
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[1]
NUMERICS = "numerics.lock"  # the versions that can change a number


def closure(graph: grimp.ImportGraph, module: str) -> set[str]:
    """The files that importing `module` runs; packages' own only where they hold code."""
    modules = {module} | graph.find_upstream_modules(module)
    files = set()
    for name in modules:
        path = Path(*name.split("."))
        files.add(f"{path}.py" if (ROOT / f"{path}.py").exists() else f"{path}/__init__.py")
        files |= {f"{parent}/__init__.py" for parent in path.parents if parent != Path(".")}
    return {file for file in files if (ROOT / file).read_text(encoding="utf-8").strip()}


def whole(package: str, files: set[str]) -> set[str]:
    """The package's files, if all that hold code are among those given and git tracks no others there; else none."""
    code = {file.relative_to(ROOT).as_posix() for file in (ROOT / package).rglob("*.py") if file.read_bytes().strip()}
    if len(code) < 2 or not code <= files:
        return set()
    listed = subprocess.run(["git", "ls-files", package], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return code if all(file.endswith(".py") for file in listed.splitlines()) else set()


def code_of(graph: grimp.ImportGraph, stage: dict, reads_data: bool) -> list[str]:
    """A stage's code dependencies, sorted."""
    command = re.search(r"-m ([\w.]+)(?: \$\{item\.(\w+)\})?", stage["cmd"])
    assert command is not None, stage["cmd"]
    module, item = command.groups()
    files = closure(graph, module)
    folder = Path(*module.split(".")).parent
    if "import_module" in (ROOT / folder / f"{module.rpartition('.')[2]}.py").read_text(encoding="utf-8"):
        siblings = stage["matrix"][item]
        for name in siblings:
            files |= closure(graph, f"{module.rpartition('.')[0]}.{name}")
        files -= {f"{folder}/{name}.py" for name in siblings}
        files.add(f"{folder}/${{item.{item}}}.py")
    for package in {str(Path(file).parent) for file in files}:
        if inside := whole(package, files):
            files = files - inside | {package}
    # What reads no data computes nothing: no version changes it.
    return [*sorted(files), NUMERICS] if reads_data else sorted(files)


def is_code(dep: str) -> bool:
    return dep.endswith(".py") or (ROOT / dep / "__init__.py").exists()


def main() -> None:
    path = ROOT / "dvc.yaml"
    yaml = YAML()
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    before = path.read_text(encoding="utf-8")
    document = yaml.load(before)
    sys.path.insert(0, str(ROOT))
    graph = grimp.build_graph("pipeline", cache_dir=None)
    for stage in document["stages"].values():
        data = [dep for dep in stage.get("deps", []) if not is_code(dep) and dep != NUMERICS]
        if "deps" not in stage:
            stage.insert(list(stage).index("cmd") + 1, "deps", [])
        stage["deps"][:] = [*data, *code_of(graph, stage, bool(data))]
    out = io.StringIO()
    yaml.dump(document, out)
    if "--check" not in sys.argv[1:]:
        path.write_text(out.getvalue(), encoding="utf-8")
    elif out.getvalue() != before:
        sys.exit("error: dvc.yaml does not list what the stages import: run `make graph` and commit the result")


if __name__ == "__main__":
    main()
