"""For all tests: hypothesis without a clock, and code run as on another processor."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import settings

settings.register_profile("unhurried", deadline=None)  # other work on the machine must not fail a test
settings.load_profile("unhurried")

KERNELS = ["Nehalem", "Haswell"] + ["SkylakeX"] * (torch.backends.cpu.get_cpu_capability() == "AVX512")


@pytest.fixture
def outputs():
    """What a script prints with the kernels of OpenBLAS (numpy's, scipy's) for this processor, and with others."""

    def run(script):
        plain = {name: value for name, value in os.environ.items() if name != "OPENBLAS_CORETYPE"}
        environments = [plain, *(plain | {"OPENBLAS_CORETYPE": kernels} for kernels in KERNELS)]
        return [
            subprocess.run(
                [sys.executable, "-c", script],
                cwd=Path(__file__).parents[1], env=environment, stdout=subprocess.PIPE, text=True, check=True,
            ).stdout
            for environment in environments
        ]  # fmt: skip

    return run
