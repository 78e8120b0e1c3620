"""Write what README and docs/ show of the graph, the results and the benchmarks, each between two markers.

    python -m tools.readme           write it
    python -m tools.readme --check   fail if what is committed differs

The check reads results and pages as git has them (committed or staged), so that it is valid for what others get,
whatever numbers a rebuild on this machine gave.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import networkx as nx
import yaml

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import write_text
from pipeline.declaration import Comparison, Exercise
from pipeline.registry import exercises
from pipeline.scoring.metrics import Metric
from pipeline.scoring.verdicts import deviation

ROOT = Path(__file__).parents[1]
Read = Callable[[str], str]  # the text of a file of the project


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
        count = len(next(iter(stage.get("matrix", {}).values()), ()))
        lines.append(f'    {name}["{name} × {count}"]' if count > 1 else f'    {name}["{name}"]')
    needed = nx.transitive_reduction(arrows)
    sharing: dict[tuple[str, ...], list[str]] = {}  # stages that lead to the same stages share a line
    for start in described:
        if ends := tuple(end for end in described if needed.has_edge(start, end)):
            sharing.setdefault(ends, []).append(start)
    lines += [f"    {' & '.join(starts)} --> {' & '.join(ends)}" for ends, starts in sharing.items()]
    return "\n".join(["```mermaid", "flowchart LR", *lines, "```", ""])


def headlines(read: Read) -> str:
    """The results of the comparisons that the sheet asks for by name."""
    lines = []
    for _, comparison, result in compared(read):
        verdicts = {(difference["a"], difference["b"]): difference["verdict"] for difference in result["differences"]}
        if comparison.headlines:
            lines += [f"- {comparison.question}", *(f"  - {verdicts[pair]}" for pair in comparison.headlines)]
    return "\n".join([*lines, ""])


def spanish_headlines(read: Read) -> str:
    """The same in Spanish: the titles and verdicts of the cards with which the Spanish report begins.

    Raises:
        PipelineError: the report does not begin with cards.
    """
    _, cards, *_ = re.split(r"^## ", read("metrics/report.es.md"), flags=re.MULTILINE)
    lines = []
    for card in re.split(r"^### ", cards, flags=re.MULTILINE)[1:]:
        title, *paragraphs = [part for part in card.split("\n\n") if part.strip()]
        verdicts = [part for part in paragraphs if not part.startswith("![")]
        if not verdicts:
            raise PipelineError(f"metrics/report.es.md: the card {title!r} has no verdict: run `dvc repro report`")
        sentences = re.split(r"(?<=\.) (?=\*\*|No )", verdicts[0].strip().replace("\n", " "))
        lines += [f"- {title}", *(f"  - {sentence}" for sentence in sentences)]
    return "\n".join([*lines, ""])


def comparisons(read: Read) -> str:
    """Every question, and a sentence for every difference."""
    lines = []
    for exercise, comparison, result in compared(read):
        lines += [f"- {comparison.question} (`{exercise.name}`)"]
        lines += [f"  - {difference['verdict']}" for difference in result["differences"]]
    return "\n".join([*lines, ""])


def scores(read: Read) -> str:
    """The mean score of every variant that is compared."""
    lines = ["| exercise | data | variant | test score | mean | sd over seeds |", "|---|---|---|---|---:|---:|"]
    for exercise, comparison, result in compared(read):
        metric = exercise.metric(comparison.metric)
        score = called(metric)
        for name, variant in result["variants"].items():
            sd = "-" if variant["sd"] is None else deviation(metric.scale * variant["sd"], metric.digits)
            mean = f"{metric.scale * variant['mean']:.{metric.digits}f}"
            line = f"| {exercise.name} | {result['edition']} | {name} | {score} | {mean} | {sd} |"
            if line not in lines:  # a variant may be in several comparisons
                lines.append(line)
    return "\n".join([*lines, ""])


def called(metric: Metric) -> str:
    """What a table calls a test score."""
    return metric.axis.removeprefix("test ") + (", lower is better" if metric.falls else "")


def times(read: Read) -> str:
    """How long an epoch of every variant took."""
    lines = [
        "| exercise | variant | seconds an epoch | fastest to slowest seed | tokens/s |",
        "|---|---|---:|---:|---:|",
    ]
    for exercise, variants in json.loads(read("metrics/timings.json")).items():
        for variant, row in variants.items():
            between = f"{row['lowest_seconds']:.2f} to {row['highest_seconds']:.2f}"
            lines.append(
                f"| {exercise} | {variant} | {row['seconds_per_epoch']:.2f} | {between} "
                f"| {row['tokens_per_second']:,.0f} |"
            )
    return "\n".join([*lines, ""])


def benchmarks(read: Read) -> str:
    """The machine and every figure."""
    taken = json.loads(read("benchmarks/results.json"))
    machine = taken["machine"]
    flags = ", ".join(machine["flags"]) or "no vector instructions of note"
    intro = [f"Taken on {machine['cores']} cores of {machine['processor']} ({flags}), torch {machine['torch']}."]
    if busy := [record["busy_before"] for record in taken["results"].values() if "busy_before" in record]:
        of = f"the {len(busy)} figures that recorded it" if len(busy) < len(taken["results"]) else "every benchmark"
        intro.append(f"Before {of}, other programs took {max(busy):.0%} of all cores at most.")
    lines = ["| benchmark | value | target | met |", "|---|---:|---:|---|"]
    for key, record in taken["results"].items():
        target = "" if record["target"] is None else f"{record['bound']} {record['target']:,g}"
        met = {True: "yes", False: "no", None: ""}[record["met"]]
        lines.append(f"| {key} | {record['value']:,g} {record['unit']} | {target} | {met} |")
    return "\n".join([*intro, "", *lines, ""])


PARTS: dict[str, dict[str, Callable[[Read], str]]] = {  # page -> name of the markers -> what stands between them
    "README.md": {"stages": stages, "headlines": headlines},
    "README.es.md": {"headlines": spanish_headlines},
    "docs/results.md": {"comparisons": comparisons, "scores": scores, "times": times},
    "docs/benchmarks.md": {"benchmarks": benchmarks},
}


def compared(read: Read) -> Iterator[tuple[Exercise, Comparison, dict[str, Any]]]:
    """Every comparison that was evaluated, in the order of the sheet, with its results.

    Raises:
        PipelineError: the evaluation lacks one, so it is older than the declarations.
    """
    results = json.loads(read("metrics/evaluation.json"))["comparisons"]
    for exercise in exercises().values():
        for comparison in exercise.comparisons:
            if not comparison.pairs:
                continue
            if comparison.name not in results:
                raise PipelineError(f"metrics/evaluation.json lacks {comparison.name!r}: run `dvc repro` and commit it")
            yield exercise, comparison, results[comparison.name]


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
