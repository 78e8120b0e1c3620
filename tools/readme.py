"""Write what README and docs/ show of the graph, the results and the benchmarks, each between two markers.

    python -m tools.readme           write it
    python -m tools.readme --check   fail if what is committed differs

The check reads results and pages as git has them (committed or staged), so that it is valid for what others get,
whatever numbers a rebuild on this machine gave.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import yaml

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import write_text
from tools import tables
from tools.tables import Read

ROOT = Path(__file__).parents[1]


def stages(read: Read) -> str:
    """DVC's graph for GitHub to draw: each stage with its number of variants, without arrows that a path implies.

    Raises:
        PipelineError: DVC cannot read the graph.
    """
    command = [sys.executable, "-m", "dvc", "dag", "--mermaid", "--collapse-foreach-matrix"]
    drawn = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if drawn.returncode:
        raise PipelineError(f"DVC cannot draw the graph: {drawn.stderr}")
    names = dict(re.findall(r'(node\d+)\["(.+)"\]', drawn.stdout))
    arrows = nx.DiGraph([(names[a], names[b]) for a, b in re.findall(r"(node\d+)-->(node\d+)", drawn.stdout)])
    described = yaml.safe_load(read("dvc.yaml"))["stages"]
    lines = []
    for name, stage in described.items():
        if (count := len(next(iter(stage.get("matrix", {}).values()), ()))) > 1:
            lines.append(f'    {name}["{name} × {count}"]')
    needed = nx.transitive_reduction(arrows)
    sharing: dict[tuple[str, ...], list[str]] = {}  # stages that lead to the same stages share a line
    for start in described:
        if ends := tuple(end for end in described if needed.has_edge(start, end)):
            sharing.setdefault(ends, []).append(start)
    lines += [f"    {' & '.join(starts)} --> {' & '.join(ends)}" for ends, starts in sharing.items()]
    return "\n".join(["```mermaid", "flowchart LR", *lines, "```", ""])


PARTS: dict[str, dict[str, Callable[[Read], str]]] = {  # page -> name of the markers -> what stands between them
    "README.md": {"stages": stages, "headlines": tables.headlines, "published": tables.published},
    "README.es.md": {"headlines": tables.spanish_headlines, "published": tables.spanish_published},
    "docs/results.md": {"comparisons": tables.comparisons, "scores": tables.scores, "times": tables.times},
    "docs/published.md": {
        "beside literature": tables.beside_literature,
        "changed": tables.changed,
        "all scores": tables.all_scores,
    },
    "docs/benchmarks.md": {"benchmarks": tables.benchmarks},
}


def filled(text: str, name: str, content: str, page: str = "README.md") -> str:
    """`text` with `content` between the markers of that name."""
    markers = re.compile(rf"(<!-- {name} -->\n).*(<!-- end of {name} -->)", re.DOTALL)
    after, count = markers.subn(lambda match: f"{match[1]}{content}{match[2]}", text)
    if count != 1:
        raise PipelineError(f"{page} lacks the lines `<!-- {name} -->` and `<!-- end of {name} -->`: put them back")
    return after


def on_disk(path: str) -> str:
    """The text of a file.

    Raises:
        PipelineError: it is missing.
    """
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PipelineError(f"{path} is missing: `dvc repro` writes metrics, `make bench` the benchmarks") from None


def in_git(path: str) -> str:
    """The text of a file as it is committed or staged; of a project that git does not hold, as it is.

    Raises:
        PipelineError: git does not hold the file.
    """
    if not (ROOT / ".git").exists():
        return on_disk(path)
    shown = subprocess.run(["git", "show", f":{path}"], cwd=ROOT, capture_output=True)
    if shown.returncode:
        raise PipelineError(f"{path} is not in git: commit it")
    return shown.stdout.decode("utf-8")


def main() -> None:
    check = "--check" in sys.argv[1:]
    for page, parts in PARTS.items():
        for name, part in parts.items():
            read = in_git if check and part is not stages else on_disk  # a rebuild changes numbers, not the graph
            before = read(page)
            after = filled(before, name, part(read), page)
            if not check:
                write_text(ROOT / page, after)
            elif after != before:
                raise PipelineError(f"{page} does not show its {name} as they are: run `make readme` and commit it")


if __name__ == "__main__":
    run_stage(main)
