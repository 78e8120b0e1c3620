"""What DVC would run, and in which order it is best begun."""

import json
import re
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import chdir, suppress
from pathlib import Path

from pipeline.core.errors import PipelineError
from pipeline.core.files import replacing
from pipeline.core.stage import Results
from pipeline.registry import exercises

ROOT = Path(__file__).parents[2]
SHORT = 5.0  # seconds that every stage takes besides, and one of which no time is known takes in all
BEFORE = Path(".cache/lock_before.json")  # the stages that dvc.lock had, as long as its new ones are in no order


def plan(project: Path, targets: Sequence[str]) -> dict[str, list[str]]:
    """Ask DVC, under its lock, what it would run.

    Returns:
        Every stage that changed or lies behind one that did, and those of them that it waits for.

    Raises:
        PipelineError: there is no such target, or DVC cannot read the graph.
    """
    from dvc.exceptions import DvcException
    from dvc.repo import Repo
    from dvc.repo.reproduce import collect_stages, get_active_graph, plan_repro

    with chdir(project):
        try:
            with Repo(_wait_for_lock=True) as repo, repo.lock:
                graph = get_active_graph(repo.index.graph)
                stages = plan_repro(graph, collect_stages(repo, targets or ["dvc.yaml"]))
                waits: dict[str, list[str]] = {}
                for stage in stages:
                    before = [other.addressing for other in graph.successors(stage) if other.addressing in waits]
                    if before or stage.changed():
                        waits[stage.addressing] = before
        except DvcException as error:
            raise PipelineError(f"DVC: {error}") from None
    return waits


def without(waits: Mapping[str, list[str]], left_out: Iterable[str]) -> dict[str, list[str]]:
    """A plan without some stages and all that lies behind them."""
    out, kept = set(left_out), {}
    for stage, before in waits.items():
        if stage in out or not out.isdisjoint(before):
            out.add(stage)
        else:
            kept[stage] = before
    return kept


def expected(project: Path) -> Callable[[str], float]:
    """Stage -> the seconds, by its device's clock, that it took when it was last recorded in this project.

    What a copy at another scale has not recorded yet is taken from the project of this code.
    """
    known = _recorded(ROOT) | _recorded(project)
    return lambda stage: known.get(stage, SHORT)


def _recorded(project: Path) -> dict[str, float]:
    """Stage -> those seconds, of the stages whose times the project has."""
    known: dict[str, float] = {}
    for name, exercise in exercises().items():
        for variant in exercise.stage.variants:
            with suppress(OSError, ValueError, KeyError):
                path = project / Results.of(name, variant).timing
                seeds = json.loads(path.read_text(encoding="utf-8"))["seeds"]
                known[f"{name}@{variant}"] = SHORT + sum(seed["attempt_seconds"] for seed in seeds)
    return known


def alone() -> set[str]:
    """The stages beside which no other may run, for what they measure is speed."""
    return {
        f"{name}@{variant}"
        for name, exercise in exercises().items()
        if exercise.stage.timed
        for variant in exercise.stage.variants
    }


def urgency(waits: Mapping[str, Sequence[str]], seconds: Callable[[str], float]) -> dict[str, float]:
    """Stage -> the seconds from its beginning to the end of the longest chain behind it (the critical path)."""
    behind = dict.fromkeys(waits, 0.0)
    found: dict[str, float] = {}
    for stage in reversed(list(waits)):
        found[stage] = behind[stage] + seconds(stage)
        for before in waits[stage]:
            behind[before] = max(behind[before], found[stage])
    return found


def note_order(project: Path) -> None:
    """Note which stages dvc.lock has, unless a build that was stopped has noted it before."""
    if not (project / BEFORE).exists():
        with replacing(project / BEFORE) as temporary:
            temporary.write_text(json.dumps(list(_locked(project / "dvc.lock"))), encoding="utf-8")


def settle_order(project: Path, environment: Mapping[str, str]) -> None:
    """Put the stages that are new in dvc.lock into DVC's order, behind the others; they came in as they ended.

    DVC is asked in a process of its own: among stages that do not wait for each other, its order may differ in a
    process that has done much else.

    Raises:
        PipelineError: it failed; the next `make repro` does this.
    """
    from dvc.repo import Repo
    from dvc.utils.serialize import dump_yaml, parse_yaml_for_update

    command = ["dvc", "--wait-for-lock", "repro", "--dry", "--force"]
    dry = subprocess.run(command, cwd=project, env=dict(environment), capture_output=True, text=True)
    if dry.returncode:
        why = (dry.stderr.strip().splitlines() or ["it was killed"])[-1]
        raise PipelineError(f"DVC could not tell the order of dvc.lock ({why}): run the same command again")
    order = re.findall(r"^Running stage '(.+)':$", dry.stdout, flags=re.MULTILINE)
    lock, place = project / "dvc.lock", {stage: number for number, stage in enumerate(order)}
    with Repo(str(project), _wait_for_lock=True) as repo, repo.lock:
        before = json.loads((project / BEFORE).read_text(encoding="utf-8"))
        now = list(_locked(lock))
        new = sorted(set(now) - set(before), key=lambda stage: (place.get(stage, len(place)), now.index(stage)))
        wanted = [stage for stage in before if stage in now] + new  # as before, even if dvc.lock was lost since
        if now != wanted:
            content = parse_yaml_for_update(lock.read_text(encoding="utf-8"), str(lock))
            for stage in wanted:
                content["stages"].move_to_end(stage)
            with replacing(lock) as temporary:
                dump_yaml(temporary, content)
    (project / BEFORE).unlink()


def _locked(lock: Path) -> dict[str, object]:
    """The stages in a dvc.lock, in its order."""
    from dvc.utils.serialize import load_yaml

    return (load_yaml(lock) if lock.exists() else {}).get("stages", {})
