"""Run the benchmarks, print a table, and write benchmarks/results.json.

python -m benchmarks                     all of them, about twenty minutes on 2 cores
python -m benchmarks engine_vs_packed    one or some; the others' results stay
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import end_to_end, engine, memory, repro, steps, variants
from benchmarks.measure import ROOT, Result, machine, say
from pipeline.errors import PipelineError, run_stage
from pipeline.files import read_json, write_json

RESULTS = ROOT / "benchmarks/results.json"
QUIET = 0.5  # processes at work, on average over the last minute, that hardly disturb a measurement
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
    "noop_repro": repro.noop_repro,
    "peak_memory": memory.peak_memory,
}


def main() -> None:
    names = sys.argv[1:] or list(BENCHMARKS)
    if unknown := [name for name in names if name not in BENCHMARKS]:
        raise PipelineError(f"no benchmark {', '.join(unknown)}: there are {', '.join(BENCHMARKS)}")
    here = machine()
    load = os.getloadavg()[0]
    if load > QUIET:
        say(f"warning: the machine is not quiet (load average {load:.1f}): expect figures that do not repeat")
    results: dict[str, Any] = {}
    if RESULTS.exists() and (before := read_json(RESULTS))["machine"] == here:  # else they are not comparable
        results = before["results"]
    for number, name in enumerate(names, 1):
        say(f"[{number}/{len(names)}] {name}")
        started = time.perf_counter()
        results = {key: record for key, record in results.items() if key.split("/")[0] != name}
        try:
            for result in BENCHMARKS[name]():
                results[result.key] = {**result.record(), "load_before": round(load, 2)}
                say(f"  {line(result.key, results[result.key])}")
        except PipelineError as error:
            say(f"  left out: {error}")
        order = list(BENCHMARKS)
        results = dict(sorted(results.items(), key=lambda item: order.index(item[0].split("/")[0])))
        write_json(RESULTS, {"machine": here, "results": results})
        say(f"  took {time.perf_counter() - started:.0f} s")
    print("\n".join(line(key, record) for key, record in results.items() if key.split("/")[0] in names))


def line(key: str, record: dict[str, Any]) -> str:
    verdict = {True: "met", False: "MISSED", None: ""}[record["met"]]
    wanted = "" if record["target"] is None else f"{record['bound']} {record['target']:g}"
    return f"{key:48} {record['value']:>12,.4g} {record['unit']:<12} {wanted:16} {verdict}".rstrip()


if __name__ == "__main__":
    run_stage(main)
