"""Write README's results from metrics/evaluation.json, between its two markers.

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
MARKERS = re.compile(r"(<!-- results -->\n).*(<!-- end of results -->)", re.DOTALL)


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


def main() -> None:
    path = ROOT / "README.md"
    before = path.read_text(encoding="utf-8")
    after = MARKERS.sub(lambda match: f"{match[1]}{results()}{match[2]}", before)
    if "--check" not in sys.argv[1:]:
        path.write_text(after, encoding="utf-8")
    elif after != before:
        raise PipelineError("README.md does not show the results in metrics/: run `make readme` and commit it")


if __name__ == "__main__":
    run_stage(main)
