"""Check params.yaml before anything runs, the editions that it names included.

python -m tools.check
"""

from pathlib import Path

from pipeline.core.errors import run_stage
from pipeline.core.params import PARAMS, Params, load
from pipeline.corpora.sources import editions as sources


def check(path: Path) -> Params:
    """The parameters, if there is no mistake in them.

    Raises:
        PipelineError: there is one.
    """
    params, known = load(path), sources.load()
    for corpus, settings in params.corpora:
        sources.edition(known, corpus, settings.edition)
    return params


if __name__ == "__main__":
    run_stage(lambda: print(f"{PARAMS} is valid: {len(check(PARAMS).seeds)} seeds"))
