"""Run the benchmarks, print a table, and write benchmarks/results.json.

python -m benchmarks                     all of them, about forty minutes on 2 cores
python -m benchmarks engine_vs_packed    one or some; the others' results stay
"""

import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import answers, end_to_end, engine, memory, parallel, repro, steps, variants
from benchmarks.measure import RESULTS, Result, commit, machine, others, say
from pipeline.core.errors import PipelineError, run_stage
from pipeline.core.files import read_json, write_json

QUIET = 0.1  # share of the cores that other programs may use without disturbing a measurement much
BENCHMARKS: dict[str, Callable[[], Iterator[Result]]] = {
    "engine_vs_packed": engine.engine_vs_packed,
    "share_of_gemm_peak": engine.share_of_gemm_peak,
    "end_to_end_vs_tutorial": end_to_end.end_to_end_vs_tutorial,
    "against_keras": end_to_end.against_keras,
    "translation_step": steps.translation_step,
    "char_lm_step": steps.char_lm_step,
    "tagging_step": steps.tagging_step,
    "seeds_side_by_side": variants.seeds_side_by_side,
    "stage_startup": variants.stage_startup,
    "answers": answers.answers,
    "noop_repro": repro.noop_repro,
    "parallel": parallel.parallel,
    "parallel_quick": parallel.parallel_quick,
    "peak_memory": memory.peak_memory,
}
OPTIONAL = ("against_keras",)  # needs what this project does not install


def main() -> None:
    names = sys.argv[1:] or list(BENCHMARKS)
    if unknown := [name for name in names if name not in BENCHMARKS]:
        raise PipelineError(f"no benchmark {', '.join(unknown)}: there are {', '.join(BENCHMARKS)}")
    here, code = machine(), commit()
    results: dict[str, Any] = {}
    if RESULTS.exists() and (before := read_json(RESULTS))["machine"] == here:  # otherwise they are not comparable
        results = before["results"]
    left_out = []
    for number, name in enumerate(names, 1):
        say(f"[{number}/{len(names)}] {name}")
        if (busy := others()) > QUIET:
            say(f"  warning: other programs use {busy:.0%} of the cores: expect figures that do not repeat")
        started = time.perf_counter()
        found = {}
        try:
            for result in BENCHMARKS[name]():
                found[result.key] = {**result.record(), "busy_before": round(busy, 2), "commit": code}
                say(f"  {line(result.key, found[result.key])}")
        except PipelineError as error:
            say(f"  left out: {error}")
            if name not in OPTIONAL or name in sys.argv:
                left_out.append(name)
            continue
        results = merged(results, name, found)
        write_json(RESULTS, {"machine": here, "results": results})
        say(f"  took {time.perf_counter() - started:.0f} s")
    print("\n".join(line(key, record) for key, record in results.items() if benchmark(key) in names))
    if left_out:
        raise PipelineError(f"left out (see above), with whatever was taken earlier: {', '.join(left_out)}")


def merged(results: dict[str, Any], name: str, found: dict[str, Any]) -> dict[str, Any]:
    """The results with a benchmark's new figures in place of its old ones, in the order of BENCHMARKS."""
    rest = {key: record for key, record in results.items() if benchmark(key) in BENCHMARKS and benchmark(key) != name}
    order = list(BENCHMARKS)
    return dict(sorted((rest | found).items(), key=lambda item: order.index(benchmark(item[0]))))


def benchmark(key: str) -> str:
    return key.split("/")[0]


def line(key: str, record: dict[str, Any]) -> str:
    verdict = {True: "met", False: "MISSED", None: ""}[record["met"]]
    wanted = "" if record["target"] is None else f"{record['bound']} {record['target']:g}"
    return f"{key:48} {record['value']:>12,.4g} {record['unit']:<12} {wanted:16} {verdict}".rstrip()


if __name__ == "__main__":
    run_stage(main)
