"""Write README's tables: results from metrics/, between two markers, and benchmarks/results.json, between two more.

python -m tools.readme           write them
python -m tools.readme --check   fail if README says anything else
"""

import re
import sys
from pathlib import Path

from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import read_json
from pipeline.report.figures import deviation
from pipeline.report.report import HEADLINES
from pipeline.scoring.metrics import METRICS

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks/results.json"


def results() -> str:
    """A sentence for every difference, those of the sheet's own comparisons first, and a table of every variant."""
    comparisons = read_json(ROOT / "metrics/evaluation.json")["comparisons"]
    lines = ["| exercise | data | variant | test score | mean | sd over seeds |", "|---|---|---|---|---:|---:|"]
    asked, others = list[str](), list[str]()
    for key, comparison in comparisons.items():
        metric = comparison["metric"]
        scale, digits = METRICS[metric].scale, METRICS[metric].digits
        score = METRICS[metric].axis.removeprefix("test ") + (", lower is better" if METRICS[metric].falls else "")
        for name, variant in comparison["variants"].items():
            sd = "-" if variant["sd"] is None else deviation(scale * variant["sd"], digits)
            line = (
                f"| {comparison['exercise']} | {comparison['edition']} | {name} | {score} "
                f"| {scale * variant['mean']:.{digits}f} | {sd} |"
            )
            if line not in lines:  # a variant may be in several comparisons
                lines.append(line)
        verdicts = asked if key in HEADLINES else others
        verdicts += [f"- {comparison['question']}"]
        verdicts += [f"  - {difference['verdict']}" for difference in comparison["differences"]]
    more = [*folded("Every comparison", others), "", *folded("The scores of every variant", lines)]
    return "\n".join([*asked, "", *batching(), "", *more, ""])


def folded(summary: str, lines: list[str]) -> list[str]:
    """Lines that a reader unfolds."""
    return [f"<details><summary>{summary}</summary>", "", *lines, "", "</details>"]


def batching() -> list[str]:
    """The table of exercise 6."""
    rows = read_json(ROOT / "metrics/timing/summary.json")["packing"]
    lines = ["| exercise 6, on a CPU | seconds an epoch | tokens/s | computed padding | accuracy, % |"]
    lines += ["|---|---:|---:|---:|---:|"]
    for way, row in rows.items():
        lines.append(
            f"| {way} | {row['seconds_per_epoch']:.1f} | {row['tokens_per_second']:,.0f} "
            f"| {100 * row['padding_share']:.0f}% | {100 * row['accuracy']:.1f} |"
        )
    return lines


def benchmarks() -> str:
    """The machine and every figure, once they have been taken."""
    if not BENCHMARKS.exists():
        return "`make bench` has not been run yet.\n"
    taken = read_json(BENCHMARKS)
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
    return "\n".join([*intro, "", *folded("Every figure", lines), ""])


def filled(text: str, name: str, content: str) -> str:
    """`text` with `content` between the markers of that name."""
    markers = re.compile(rf"(<!-- {name} -->\n).*(<!-- end of {name} -->)", re.DOTALL)
    after, count = markers.subn(lambda match: f"{match[1]}{content}{match[2]}", text)
    if count != 1:
        raise PipelineError(f"README.md lacks the lines `<!-- {name} -->` and `<!-- end of {name} -->`: put them back")
    return after


def main() -> None:
    path = ROOT / "README.md"
    before = path.read_text(encoding="utf-8")
    after = filled(filled(before, "results", results()), "benchmarks", benchmarks())
    if "--check" not in sys.argv[1:]:
        path.write_text(after, encoding="utf-8")
    elif after != before:
        raise PipelineError(
            "README.md does not show the results in metrics/ and benchmarks/: run `make readme` and commit it"
        )


if __name__ == "__main__":
    run_stage(main)
