"""Write README's tables: results from metrics/, between two markers, and benchmarks/results.json, between two more.

python -m tools.readme           write them
python -m tools.readme --check   fail if README says anything else
"""

import re
import sys
from pathlib import Path

from pipeline.errors import PipelineError, run_stage
from pipeline.evaluation.scoring import METRICS
from pipeline.files import read_json

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks/results.json"


def results() -> str:
    """A sentence for every difference and a table of every variant."""
    comparisons = read_json(ROOT / "metrics/evaluation.json")["comparisons"]
    lines = ["| exercise | data | variant | test score | mean | sd over seeds |", "|---|---|---|---|---:|---:|"]
    verdicts = []
    for comparison in comparisons.values():
        metric = comparison["metric"]
        scale, digits = METRICS[metric].scale, METRICS[metric].digits
        score = METRICS[metric].axis.removeprefix("test ") + (", lower is better" if METRICS[metric].falls else "")
        for name, variant in comparison["variants"].items():
            sd = "-" if variant["sd"] is None else f"{scale * variant['sd']:.{digits}f}"
            lines.append(
                f"| {comparison['exercise']} | {comparison['edition']} | {name} | {score} "
                f"| {scale * variant['mean']:.{digits}f} | {sd} |"
            )
        verdicts += [f"- {comparison['question']}"]
        verdicts += [f"  - {difference['verdict']}" for difference in comparison["differences"]]
    table = ["<details><summary>The scores of every variant</summary>", "", *lines, "", "</details>"]
    return "\n".join([*verdicts, "", *batching(), "", *table, ""])


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
    lines = [f"Taken on {machine['cores']} cores of {machine['processor']} ({flags}), torch {machine['torch']}.", ""]
    lines += [
        "<details><summary>Every figure</summary>",
        "",
        "| benchmark | value | target | met |",
        "|---|---:|---:|---|",
    ]
    for key, record in taken["results"].items():
        target = "" if record["target"] is None else f"{record['bound']} {record['target']:,g}"
        met = {True: "yes", False: "no", None: ""}[record["met"]]
        lines.append(f"| {key} | {record['value']:,g} {record['unit']} | {target} | {met} |")
    return "\n".join([*lines, "", "</details>", ""])


def filled(text: str, name: str, content: str) -> str:
    """`text` with `content` between the markers of that name."""
    markers = re.compile(rf"(<!-- {name} -->\n).*(<!-- end of {name} -->)", re.DOTALL)
    return markers.sub(lambda match: f"{match[1]}{content}{match[2]}", text)


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
