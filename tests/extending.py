"""docs/extending.md, for those who carry it out."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXERCISE, CORPUS = (ROOT / "docs/extending.md").read_text(encoding="utf-8").split("\n## A corpus\n")
FOLDER = "pipeline/exercises/averaged"


def blocks(text):
    """The blocks of code of a page: (language, what is said before it, code)."""
    parts = re.split(r"^```(\w+)\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    return list(zip(parts[1::3], parts[0::3], parts[2::3], strict=False))


def commands(text):
    """The commands of a page, without what is said of them."""
    outside = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return [line.split("  # ")[0].strip() for line in re.findall(r"^    (.+)$", outside, re.MULTILINE)]


def write_exercise(project):
    """The folder and the section of params.yaml, as the page has them."""
    (project / FOLDER).mkdir()
    (project / FOLDER / "__init__.py").touch()
    section = None
    for _, said, code in blocks(EXERCISE):
        if names := re.findall(rf"`({FOLDER}/\w+\.\w+)`", said):
            (project / names[-1]).write_text(code, encoding="utf-8")
        else:
            assert section is None
            section = code
    with (project / "params.yaml").open("a", encoding="utf-8") as stream:
        stream.write(f"\n{section}")
