"""Write README's results from metrics/evaluation.json, between its two markers.

python tools/readme.py           write them
python tools/readme.py --check   fail if README says anything else
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
MARKERS = re.compile(r"(<!-- results -->\n).*(<!-- end of results -->)", re.DOTALL)
TITLES = {"accuracy": "accuracy, %", "f1": "entity F1, %", "bleu": "BLEU"}


def results() -> str:
    """A table of every variant and a sentence for every difference."""
    comparisons = json.loads((ROOT / "metrics/evaluation.json").read_text(encoding="utf-8"))["comparisons"]
    lines = ["| exercise | data | variant | test score | mean | sd over seeds |", "|---|---|---|---|---:|---:|"]
    verdicts = []
    for comparison in comparisons.values():
        metric = comparison["metric"]
        scale = 1 if metric == "bleu" else 100
        for name, variant in comparison["variants"].items():
            sd = "-" if variant["sd"] is None else f"{scale * variant['sd']:.1f}"
            lines.append(
                f"| {comparison['exercise']} | {comparison['edition']} | {name} | {TITLES[metric]} "
                f"| {scale * variant['mean']:.1f} | {sd} |"
            )
        verdicts += [f"- {comparison['question']}"]
        verdicts += [f"  - {difference['verdict']}" for difference in comparison["differences"]]
    return "\n".join([*lines, "", *verdicts, ""])


def main() -> None:
    path = ROOT / "README.md"
    before = path.read_text(encoding="utf-8")
    after = MARKERS.sub(lambda match: f"{match[1]}{results()}{match[2]}", before)
    if "--check" not in sys.argv[1:]:
        path.write_text(after, encoding="utf-8")
    elif after != before:
        sys.exit("error: README.md does not show the results in metrics/: run `make readme` and commit it")


if __name__ == "__main__":
    main()
