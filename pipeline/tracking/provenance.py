"""Where a run comes from: the commit of the code, the state of the data, the stage."""

import subprocess
from collections.abc import Sequence

from pipeline.core.lock import file_md5, read_lock
from pipeline.core.stage import Results
from pipeline.corpora.prepared.tables import PREPARED

INPUTS = ("pipeline", "params.yaml", "dvc.yaml", "requirements.lock")  # what a commit must hold to rebuild a result
DESCRIPTION = """Stage `{stage}`. To bring its state back: `git checkout {commit}`, then `dvc repro {stage}`, which
takes the files from DVC's cache where it has them; the artifact `dvc/dvc.lock` names the data that the run began
from. To find the run of a result: the tags `dvc.metrics`, `dvc.history` and `dvc.predictions` hold the MD5 that
dvc.lock has for those files."""


def dataset_digests(corpora: Sequence[str]) -> dict[str, str]:
    """The DVC hash of each prepared corpus, from dvc.lock; without an entry there, the MD5 of its meta.json.

    A DVC hash is the MD5 of the directory's listing with `.dir` behind it: 36 characters, the most MLflow takes.
    """
    outs = [out for stage in read_lock().get("stages", {}).values() for out in stage.get("outs", [])]
    hashes = {out["path"]: out["md5"] for out in outs if "md5" in out}
    return {
        corpus: hashes.get(f"{PREPARED}/{corpus}") or file_md5(PREPARED / corpus / "meta.json") for corpus in corpora
    }


def result_digests(results: Results) -> dict[str, str]:
    """The MD5 in dvc.lock of each result that holds no measured times."""
    return {name: file_md5(getattr(results, name)) for name in ("metrics", "history", "predictions")}


def how_to_return(stage: str, commit: str | None) -> str:
    """A run's way back to its state, and a result's to its run, for the run's description."""
    return DESCRIPTION.format(stage=stage, commit=commit or "COMMIT")


def git_tags() -> dict[str, str]:
    """The commit, and whether the code or the parameters differ from it; empty outside a repository."""
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return {}
    changes = _git("status", "--porcelain", "--", *INPUTS)
    # MLflow does not find this out by itself for `python -m`.
    return {"mlflow.source.git.commit": commit, "mlflow.source.git.dirty": str(changes != "").lower()}


def _git(*arguments: str) -> str | None:
    try:
        command = ["git", "--no-optional-locks", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None
