"""Draw the graph of stages that dvc.yaml describes: a box a stage, with its number of variants, in docs/stages.svg.

python -m tools.stages           draw it
python -m tools.stages --check   fail if the file shows another graph
"""

import io
import sys
from collections import Counter
from pathlib import Path

import matplotlib.style
import networkx as nx
from dvc.repo import Repo
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, PathPatch
from matplotlib.path import Path as Curve

from pipeline.core.errors import PipelineError, run_stage
from pipeline.report.style import BLACK, COLOURS, GREY, STYLE

ROOT = Path(__file__).parents[1]
FIGURE = ROOT / "docs/stages.svg"
WIDTH, HEIGHT, GAP, ROW = 1.45, 0.3, 0.75, 0.42  # of a box, between columns, from row to row; inches


def read_graph() -> tuple[Counter[str], dict[str, set[str]]]:
    """How many variants each stage has, and which stages it needs directly."""
    needs: dict[str, set[str]] = {}
    with Repo(str(ROOT)) as repo:
        names = {stage: stage.addressing.partition("@")[0] for stage in repo.index.stages}
        for stage, needed in repo.index.graph.edges:
            needs.setdefault(names[stage], set()).add(names[needed])
    return Counter(names.values()), needs


def columns(stages: list[str], needs: dict[str, set[str]]) -> dict[str, int]:
    """A stage stands to the right of all that it needs; in a column, those that are needed soonest come first."""
    graph = nx.DiGraph(needs).reverse()  # from what is needed to what needs it
    graph.add_nodes_from(stages)
    depth = {stage: column for column, names in enumerate(nx.topological_generations(graph)) for stage in names}
    soonest = {stage: min((depth[user] for user in graph[stage]), default=0) for stage in stages}
    return {stage: depth[stage] for stage in sorted(stages, key=lambda stage: (depth[stage], soonest[stage]))}


def arrows(needs: dict[str, set[str]]) -> list[tuple[str, str]]:
    """From stage to stage, without those that a longer way implies."""
    return sorted((needed, stage) for stage, needed in nx.transitive_reduction(nx.DiGraph(needs)).edges)


def draw() -> str:
    """The figure as SVG, the same text for the same graph."""
    counts, needs = read_graph()
    depth = columns(list(counts), needs)
    rows = Counter(depth.values())
    tallest, widest = max(rows.values()), max(depth.values())
    width, height = (widest + 1) * (WIDTH + GAP) - GAP + 0.2, tallest * ROW + 0.1
    with matplotlib.style.context(["default", STYLE, {"svg.fonttype": "none", "svg.hashsalt": "stages"}]):
        figure = Figure(figsize=(width, height))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(height, 0))
        axes.set_axis_off()
        place: dict[str, tuple[float, float]] = {}
        used = Counter[int]()
        for stage, column in depth.items():
            y = height / 2 + ROW * (used[column] - (rows[column] - 1) / 2)
            before = [needed for needed in needs.get(stage, ()) if depth[needed] == column - 1]
            if rows[column] == len(before) == 1:
                y = place[before[0]][1]
            place[stage] = (0.1 + column * (WIDTH + GAP), y)
            used[column] += 1
        for start, end in arrows(needs):
            (x, y), (to_x, to_y) = place[start], place[end]
            x, middle = x + WIDTH, (x + WIDTH + to_x) / 2
            curve = Curve([(x, y), (middle, y), (middle, to_y), (to_x, to_y)], [1, 4, 4, 4])
            axes.add_patch(PathPatch(curve, fill=False, edgecolor=GREY, linewidth=0.7, alpha=0.7))
        for stage, (x, y) in place.items():
            colour = COLOURS[depth[stage] % len(COLOURS)]
            box = FancyBboxPatch((x, y - HEIGHT / 2), WIDTH, HEIGHT, boxstyle="round,pad=0,rounding_size=0.06")
            box.set(facecolor="white", edgecolor=colour, linewidth=1.3)
            axes.add_patch(box)
            axes.text(x + 0.1, y, stage, va="center", color=BLACK)
            if counts[stage] > 1:
                axes.text(x + WIDTH - 0.1, y, f"× {counts[stage]}", va="center", ha="right", color=GREY)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return stream.getvalue().replace("'DejaVu Sans'", "'DejaVu Sans', Verdana, sans-serif")


def main() -> None:
    text = draw()
    if "--check" not in sys.argv[1:]:
        FIGURE.write_text(text, encoding="utf-8")
    elif not FIGURE.exists() or FIGURE.read_text(encoding="utf-8") != text:
        raise PipelineError("docs/stages.svg does not show the graph in dvc.yaml: run `make readme` and commit it")


if __name__ == "__main__":
    run_stage(main)
