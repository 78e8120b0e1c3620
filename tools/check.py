"""Check params.yaml before anything runs, the editions that it names included.

python -m tools.check
"""

from pipeline.corpora import sources
from pipeline.errors import run_stage
from pipeline.params import PARAMS, load


def main() -> None:
    params, known = load(), sources.load()
    for corpus, settings in params.corpora:
        sources.edition(known, corpus, settings.edition)
    print(f"{PARAMS} is valid: {len(params.seeds)} seeds")


if __name__ == "__main__":
    run_stage(main)
