"""Checkpoints: one safetensors file for each run, replaced as a whole after every epoch, checked by its own digest."""

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as to_bytes
from torch import Tensor

from pipeline.core.files import replacing


def digest(tensors: dict[str, Tensor], progress: str) -> str:
    """SHA-256 over names, bytes and progress."""
    total = hashlib.sha256(progress.encode())
    for name in sorted(tensors):
        total.update(name.encode())
        total.update(tensors[name].detach().contiguous().cpu().reshape(-1).view(torch.uint8).numpy().tobytes())
    return total.hexdigest()


def save(path: Path, tensors: dict[str, Tensor], progress: dict[str, Any]) -> None:
    """Write tensors and JSON progress, whole or not at all."""
    tensors = {name: tensor.detach().contiguous().cpu() for name, tensor in tensors.items()}
    text = json.dumps(progress)
    with replacing(path) as temporary:
        # As bytes, so that a full disk is an OSError and the file is synced like any other.
        temporary.write_bytes(to_bytes(tensors, {"progress": text, "sha256": digest(tensors, text)}))


def load(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """Read a checkpoint; None if there is none, or, with a warning, if it is damaged."""
    if not path.exists():
        return None
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a mapping)
        if digest(tensors, metadata["progress"]) != metadata["sha256"]:
            raise ValueError("its digest does not match")
        return tensors, json.loads(metadata["progress"])
    except (SafetensorError, ValueError, KeyError) as error:  # no OSError: then the disk is at fault, not the file
        print(f"warning: checkpoint {path} is damaged ({error}); training starts over", file=sys.stderr)
        path.unlink()
        return None


def pack(model: torch.nn.Module, best: dict[str, Tensor], optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """All tensors a run needs to go on: the weights now, the best weights, the optimiser's moments."""
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    tensors |= {f"best.{name}": value for name, value in best.items()}
    for index, state in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value for name, value in state.items()}
    return tensors


def unpack(tensors: dict[str, Tensor], model: torch.nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Put the tensors back where `pack` took them from; returns the best weights."""
    model.load_state_dict({n.removeprefix("model."): v for n, v in tensors.items() if n.startswith("model.")})
    state: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        if name.startswith("optimizer."):
            _, index, key = name.split(".", 2)
            state.setdefault(int(index), {})[key] = value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return {n.removeprefix("best."): v for n, v in tensors.items() if n.startswith("best.")}
