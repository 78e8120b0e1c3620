"""The sheet's snippets do what the report says of them."""

import torch

from pipeline.exercises.parity import errata
from tests.reported_project import LANGUAGES, ROOT


def test_the_padding_is_a_digit_until_the_digits_begin_at_one() -> None:
    assert errata.printed("padding_is_a_digit") == "[[7, 0], [7, 0]]\n[[8, 0], [8, 1]]"


def test_each_direction_has_weights_of_its_own() -> None:
    names, same = errata.printed("directions_do_not_share").splitlines()
    assert names.count("_reverse") == 2 and same == "False"


def test_the_gru_of_pytorch_resets_after_the_product() -> None:
    assert errata.printed("where_the_gru_resets") == "False\nTrue"


def test_the_shared_layer_needs_one_size() -> None:
    message, shape = errata.printed("shared_layer_of_two_sizes").splitlines()
    assert message.startswith("mat1 and mat2 shapes cannot be multiplied") and shape == "(1, 128)"


def test_the_import_is_missing() -> None:
    message, name = errata.printed("import_that_is_missing").splitlines()
    assert message == "name 'pad_packed_sequence' is not defined" and name == "pad_packed_sequence"


def test_running_them_leaves_the_random_numbers_alone() -> None:
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    errata.printed.cache_clear()
    errata.printed("where_the_gru_resets")
    assert torch.equal(torch.rand(2), expected)


def test_every_one_is_shown_with_what_it_prints() -> None:
    for language in LANGUAGES:
        text = (ROOT / f"pipeline/exercises/parity/{language}.j2").read_text(encoding="utf-8")
        assert text.count("{{ printed(") == 5
