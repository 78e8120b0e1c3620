"""Where stages run: on this machine, or on the workers of a Dask cluster."""

import logging
import os
import re
import secrets
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple, NoReturn

import cloudpickle

from pipeline.core.errors import PipelineError
from tools.side_by_side import work

ADDRESS = "DASK_SCHEDULER_ADDRESS"
PATIENCE = 30  # seconds to wait for the first worker
ANSWER = 10  # seconds to wait for the scheduler
STAGE_MEMORY = 3 * 2**30  # bytes: up to three processes, one a seed
STAGE_CORES = 3
QUIET = {
    "distributed.worker.memory.target": False,  # the stages are processes of their own, which Dask cannot move
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.scheduler.work-stealing": False,
}


class Machines(NamedTuple):
    """A Dask client, and what its workers are to be told."""

    client: "distributed.Client"  # type: ignore[name-defined]  # noqa: F821
    folder: str | None  # the project, where all see its disk; None: each worker has a clone
    signature: dict[str, str] | None  # what a worker must be like; None: it is this machine
    variables: dict[str, str]  # of the stages' environment
    cards: list[str] = []  # the GPUs of this machine, of which each stage gets one

    def places(self) -> int:
        """How many stages may run at a time: the threads of the workers that are there."""
        return sum(self.client.nthreads().values())


def jobs_here() -> int:
    """How many stages run side by side on this machine if nobody says: one a GPU, else as cores and memory allow."""
    from dask.system import CPU_COUNT
    from distributed.system import MEMORY_LIMIT

    return len(cards()) or max(1, min(max(2, CPU_COUNT // STAGE_CORES), MEMORY_LIMIT // STAGE_MEMORY))


def cards() -> list[str]:
    """The GPUs that the stages may use, as CUDA_VISIBLE_DEVICES names them."""
    if (visible := os.environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        return [card for card in visible.split(",") if card not in ("", "-1")]
    try:
        listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True).stdout
    except FileNotFoundError:
        return []
    return re.findall(r"^GPU (\d+):", listed, flags=re.MULTILINE)


@contextmanager
def machines(project: Path, jobs: int, environment: Mapping[str, str]) -> Iterator[Machines]:
    """The cluster that DASK_SCHEDULER_ADDRESS names, or as many threads of this process.

    Raises:
        PipelineError: the cluster does not answer, has no workers, or some are not as they must be.
    """
    import dask
    from distributed import Client, LocalCluster

    cloudpickle.register_pickle_by_value(work)
    for name in ("distributed", "distributed.client"):  # what matters is said here, in a line
        logging.getLogger(name).setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", "Mismatched versions")  # so are versions
    address = environment.get(ADDRESS)
    with dask.config.set(QUIET):
        if not address:
            loopback = {"dashboard_address": "127.0.0.1:0", "worker_dashboard_address": "127.0.0.1:0"}
            with (
                LocalCluster(n_workers=1, threads_per_worker=jobs, processes=False, **loopback) as cluster,
                Client(cluster) as client,
            ):
                if find_spec("bokeh"):
                    print(f"Dask's dashboard: http://127.0.0.1:{cluster.scheduler.http_server.port}/status", flush=True)
                else:  # then nothing needs to listen
                    for server in (cluster.scheduler, *cluster.workers.values()):
                        cluster.loop.add_callback(server.http_server.stop)
                yield Machines(client, str(project), None, dict(environment), cards())
            return
        try:
            client = Client(address, timeout=ANSWER)
        except TypeError:  # there is no `ssl_context`
            raise PipelineError(f"this machine has no certificate for {address}: see docs/clusters.md") from None
        except (OSError, ValueError, RuntimeError) as error:  # the last: TLS there and not here
            raise PipelineError(f"no Dask scheduler answers at {address} ({error}): see docs/clusters.md") from None
        with client, _in_a_line(address):
            try:
                client.wait_for_workers(1, timeout=PATIENCE)
            except TimeoutError:
                raise PipelineError(
                    f"no worker came to {address} in {PATIENCE} s: start one, as docs/clusters.md says"
                ) from None
            _same_python(client)
            folder = str(project) if _shared(client, project) else None
            signature = work.describe(folder) if folder else _committed(project)
            several = [worker for worker, threads in client.nthreads().items() if threads > 1]
            if folder is None and several:
                raise PipelineError(
                    f"{several[0]} has several threads, but in a clone runs one stage at a time: use --nthreads 1"
                )
            for worker, found in client.run(work.describe, folder).items():
                if found != signature:
                    _refuse(worker, work.difference(signature, found))
            variables = {name: value for name, value in environment.items() if name.startswith("MLFLOW_")}
            yield Machines(client, folder, signature, variables)


def travelling(function: Callable) -> Callable:
    """The function as workers and scheduler can read it without its module, which Dask would name in a task."""
    code = cloudpickle.dumps(function)
    return lambda *arguments: cloudpickle.loads(code)(*arguments)


@contextmanager
def _in_a_line(address: str) -> Iterator[None]:
    """Raise what Dask raises when the scheduler, or a worker that is asked something, goes away as a PipelineError."""
    from distributed import CancelledError

    try:
        yield
    except (OSError, CancelledError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # of a file here
            raise
        raise PipelineError(
            f"the Dask scheduler at {address}, or a worker, went away ({error}): run the same command again"
        ) from None


def _refuse(worker: str, difference: str) -> NoReturn:
    raise PipelineError(
        f"{worker} has {difference}: its results would be other bytes; make it like this machine, or stop it "
        "(docs/clusters.md)"
    )


def _same_python(client: "distributed.Client") -> None:  # type: ignore[name-defined]  # noqa: F821
    """See that the workers can read the functions that travel to them.

    Raises:
        PipelineError: one has another Python.
    """
    ours = "{}.{}".format(*sys.version_info)
    for worker, versions in client.get_versions()["workers"].items():
        theirs = ".".join(versions["host"]["python"].split(".")[:2])
        if theirs != ours:
            _refuse(worker, work.difference({"python": ours}, {"python": theirs}))


def _shared(client: "distributed.Client", project: Path) -> bool:  # type: ignore[name-defined]  # noqa: F821
    """Whether the workers see this project's folder.

    Raises:
        PipelineError: some do, others do not.
    """
    token = secrets.token_hex(8)
    (project / work.MARK).write_text(token)  # in place: a file that takes another's name is seen late on NFS
    marks = client.run(work.mark_in, str(project))
    if len({mark == token for mark in marks.values()}) > 1:
        who = sorted(worker for worker, mark in marks.items() if mark != token)
        raise PipelineError(
            f"some workers see {project}, but not {', '.join(who)}: give all of them this disk, or none"
        )
    return token in marks.values()


def _committed(project: Path) -> dict[str, str]:
    """What a clone must be like; says what does not travel.

    Raises:
        PipelineError: the project is no clone that a worker could have, but a copy of it; or it has no DVC remote.
    """
    top = subprocess.run(["git", "rev-parse", "--show-toplevel"], cwd=project, capture_output=True, text=True)
    if not top.stdout.strip() or Path(top.stdout.strip()) != project.resolve():
        raise PipelineError(f"the workers do not see {project}, and it is no clone: unset {ADDRESS} to run it here")
    remote = subprocess.run(["dvc", "config", "core.remote"], cwd=project, capture_output=True, text=True).stdout
    if not remote.strip():
        raise PipelineError(
            f"the workers do not see {project}, and no DVC remote is set by which data could travel (docs/clusters.md)"
        )
    with chdir(project):
        signature = work.describe(None)
    if signature["revision"].endswith(work.CHANGED):
        print("warning: only commits travel: the workers do not have the changes in this folder", flush=True)
        signature["revision"] = signature["revision"].removesuffix(work.CHANGED)
    return signature
