"""The pages for people lead somewhere: links, paths and commands exist, and the first page stays short."""

import re
import subprocess
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
DOCS = [f"docs/{path.name}" for path in sorted((ROOT / "docs").glob("*.md"))]
PAGES = ["README.md", "README.es.md", "CONTRIBUTING.md", "data/README.md", *DOCS]
WRITTEN_BY_ITS_READER = "docs/extending.md"  # names files that are not there yet; another test carries it out
PATH = re.compile(r"(pipeline|tools|tests|benchmarks|docs|scales)/[a-z0-9_./]*|[a-z_./]+\.(py|lock|yaml|json|md|html)")
COMMAND = re.compile(r"(?:^|[`(]) *make ([a-z-]+)", re.MULTILINE)
MODULE = re.compile(r"python -m ((?:pipeline|tools)\.[a-z_0-9.]*[a-z_0-9])")


@cache
def tokens(page):
    """The tokens of a page's Markdown, those inside its paragraphs included."""
    parsed = MarkdownIt("commonmark").enable("table").parse((ROOT / page).read_text(encoding="utf-8"))
    return [token for block in parsed for token in (block, *(block.children or ()))]


@cache
def known():
    """Every file and folder that git holds, and every path that a stage writes."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text(encoding="utf-8"))["stages"].values()
    outputs = [out for stage in stages for kind in ("outs", "metrics", "plots") for out in stage.get(kind, ())]
    paths = [Path(file) for file in listed.splitlines() if (ROOT / file).exists()]
    paths += [Path(out if isinstance(out, str) else next(iter(out))) for out in outputs]
    return {place for path in paths for place in (path, *path.parents)}


def headings(page):
    """What a link to a heading of the page has after its #, as GitHub makes it."""
    found = tokens(page)
    titles = [after.content for token, after in zip(found, found[1:], strict=False) if token.type == "heading_open"]
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_a_file_and_its_heading(page):
    targets = [token.attrs.get("href") or token.attrs.get("src") for token in tokens(page)]
    for target in filter(None, targets):
        if re.match(r"https?:", target):
            continue
        name, _, heading = target.partition("#")
        to = (ROOT / page).parent.joinpath(name).resolve().relative_to(ROOT) if name else Path(page)
        assert to in known(), f"{page} links to {target}"
        assert not heading or unquote(heading) in headings(str(to)), f"{page} links to {target}"


@pytest.mark.parametrize("page", [page for page in PAGES if page != WRITTEN_BY_ITS_READER])
def test_files_that_are_named_exist(page):
    """A path from the project's root; a bare name is that of some file."""
    named = {token.content for token in tokens(page) if token.type == "code_inline" and PATH.fullmatch(token.content)}
    there = {str(path) for path in known()} | {path.name for path in known()}
    assert {name for name in named if name.rstrip("/") not in there} == set()


@pytest.mark.parametrize("page", [page for page in PAGES if page != WRITTEN_BY_ITS_READER])
def test_commands_exist(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(COMMAND.findall(text)) <= set(targets)
    modules = {Path(*module.split(".")).with_suffix(".py") for module in MODULE.findall(text)}
    assert modules <= known()


def test_the_first_page_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_the_spanish_first_page_keeps_step():
    """It has the sections, commands, exercises and answers of the English one; the graph is drawn there alone."""
    english, spanish = ((ROOT / page).read_text(encoding="utf-8") for page in ("README.md", "README.es.md"))

    def commands(text):
        lines = [line.strip() for line in text.splitlines() if line.startswith("    ") and "-->" not in line]
        return [line.split("  ")[0].split(" #")[0] for line in lines if "[" not in line[:12]]

    assert commands(spanish) == commands(english)
    assert spanish.count("\n## ") == english.count("\n## ")
    rows = [re.findall(r"^\|[^|]+\| (`.+?) \|", text, flags=re.MULTILINE) for text in (english, spanish)]
    assert rows[0] == rows[1] and len(rows[0]) == 12
