"""Splits made from content, so that they depend neither on the order of a file nor on a random seed.

Every example belongs to a group: the SHA-256 of its normalised content, or of a whole set of examples that
share content. Groups are ordered by that hash and never cross a split, so no copy of a training example is tested on.
"""

import hashlib
import unicodedata
from collections.abc import Sequence

import numpy as np

from pipeline.core.errors import PipelineError
from pipeline.corpora.prepared.tables import SPLITS


def canonical(text: str) -> str:
    """What counts as the same text: Unicode form, case and white space make no difference."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def content_hash(content: str | bytes) -> str:
    """SHA-256 of normalised text, or of bytes as they are, in hexadecimal."""
    data = canonical(content).encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()


def by_share(groups: Sequence[str], validation: float, test: float) -> dict[str, np.ndarray]:
    """Split by where a group's hash falls in [0, 1): a group keeps its split when others come or go.

    Args:
        groups: (examples,) hexadecimal hashes.
        validation: share of the groups for validation, about.
        test: share of the groups for testing, about.

    Returns:
        split -> row numbers, in the order of the hashes.
    """
    place = np.array([int(group[:13], 16) / 16**13 for group in groups])
    number = np.where(place < test, 2, np.where(place < test + validation, 1, 0))
    order = np.array(in_hash_order(groups), dtype=np.int64)
    return {split: order[number[order] == i] for i, split in enumerate(SPLITS)}


def by_count(groups: Sequence[str], validation: int, test: int, largest: int | None = None) -> dict[str, np.ndarray]:
    """Split into counts: groups in the order of their hashes fill the test split, then validation.

    A group that does not fit whole in what remains of a split goes on to the next one, so validation and test
    never exceed their counts.

    Args:
        groups: (examples,) hexadecimal hashes.
        validation: examples for validation, at most.
        test: examples for testing, at most.
        largest: groups of more examples than this go to training.

    Returns:
        split -> row numbers, in the order of the hashes.
    """
    sizes: dict[str, int] = {}
    for group in groups:
        sizes[group] = sizes.get(group, 0) + 1
    left = {"test": test, "validation": validation, "train": len(groups)}
    split_of = {}
    for group in sorted(sizes):
        small = largest is None or sizes[group] <= largest
        split = next(name for name in left if name == "train" or (small and sizes[group] <= left[name]))
        left[split] -= sizes[group]
        split_of[group] = split
    order = in_hash_order(groups)
    return {split: np.array([i for i in order if split_of[groups[i]] == split], dtype=np.int64) for split in SPLITS}


def stratified(groups: Sequence[str], labels: Sequence[int], validation: int, test: int) -> dict[str, np.ndarray]:
    """`by_count` within each class, so that every split has the same mix of classes.

    A group whose copies have different labels counts as its smallest label.

    Args:
        groups: (examples,) hexadecimal hashes.
        labels: (examples,) classes.
        validation: examples for validation, of all classes together.
        test: examples for testing, of all classes together.
    """
    least: dict[str, int] = {}
    for group, label in zip(groups, labels, strict=True):
        least[group] = min(label, least.get(group, label))
    classes, sizes = np.unique([least[group] for group in groups], return_counts=True)
    quotas = zip(classes.tolist(), apportion(sizes, validation), apportion(sizes, test), strict=True)
    chosen: dict[str, list[int]] = {split: [] for split in SPLITS}
    for label, for_validation, for_test in quotas:
        rows = [i for i, group in enumerate(groups) if least[group] == label]
        for split, part in by_count([groups[i] for i in rows], for_validation, for_test).items():
            chosen[split] += [rows[i] for i in part]
    return {
        split: np.array(sorted(rows, key=lambda i: (groups[i], i)), dtype=np.int64) for split, rows in chosen.items()
    }


def apportion(sizes: np.ndarray, total: int) -> list[int]:
    """Divide `total` in proportion to `sizes`, by the largest remainders."""
    exact = sizes * total / sizes.sum()
    quotas = np.floor(exact).astype(np.int64)
    quotas[np.argsort(quotas - exact, kind="stable")[: total - quotas.sum()]] += 1
    return quotas.tolist()


def pair_groups(left: Sequence[str], right: Sequence[str]) -> list[str]:
    """A group for each pair, such that pairs that share a text on either side share the group.

    The groups are the connected components of the bipartite graph whose edges are the pairs; a component is
    named by the smallest hash of its pairs.

    Args:
        left: (pairs,) content hashes of one side.
        right: (pairs,) content hashes of the other.

    Returns:
        (pairs,) hexadecimal hashes.
    """
    from scipy.sparse import coo_array  # slow to import, and only pairs need it
    from scipy.sparse.csgraph import connected_components

    left_number = {text: i for i, text in enumerate(sorted(set(left)))}
    right_number = {text: i + len(left_number) for i, text in enumerate(sorted(set(right)))}
    edges = [left_number[text] for text in left], [right_number[text] for text in right]
    nodes = len(left_number) + len(right_number)
    _, component = connected_components(coo_array((np.ones(len(left)), edges), shape=(nodes, nodes)), directed=False)
    pairs = [content_hash(f"{a} {b}") for a, b in zip(left, right, strict=True)]
    of_pair = [int(component[node]) for node in edges[0]]
    name: dict[int, str] = {}
    for number, pair in zip(of_pair, pairs, strict=True):
        name[number] = min(pair, name.get(number, pair))
    return [name[number] for number in of_pair]


def in_hash_order(groups: Sequence[str]) -> list[int]:
    """Row numbers in the order of the hashes: a shuffle that needs no seed."""
    return sorted(range(len(groups)), key=lambda i: (groups[i], i))


def limited(rows: dict[str, np.ndarray], limit: int | None) -> dict[str, np.ndarray]:
    """The first `limit` rows of training, and a quarter as many (50 at least) of the other splits.

    Raises:
        PipelineError: a split is empty.
    """
    sizes = ", ".join(f"{split} {len(chosen)}" for split, chosen in rows.items())
    if not all(len(chosen) for chosen in rows.values()):
        raise PipelineError(f"too few examples ({sizes}): every split needs one; use a larger edition")
    if limit is None:
        return rows
    return {split: chosen[: allowed(split, limit)] for split, chosen in rows.items()}


def allowed(split: str, limit: int) -> int:
    """How many examples of a split a quick run takes."""
    return limit if split == "train" else max(limit // 4, 50)
