"""`make setup TORCH=cpu` takes PyTorch without CUDA from an index of its own, and checks every hash there is."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CUDA = ("triton", "nvidia-cublas", "cuda-toolkit")
PINS = {"numpy": "2.0.0", "torch": "2.11.0", "torchaudio": "2.11.0", "torchtext": "0.6.0", **dict.fromkeys(CUDA, "1.0")}
BACKEND = """import shutil

def build_editable(folder, config_settings=None, metadata_directory=None):
    return shutil.copy("project-0-py3-none-any.whl", folder).rpartition("/")[2]
"""


def wheel(folder, name, version, scripts=()):
    """A package of nothing but its name; gives its SHA-256."""
    plain = f"{name.replace('-', '_')}-{version}"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {f"{plain}.data/scripts/{script}": text for script, text in scripts}
    files[f"{plain}.dist-info/METADATA"] = metadata
    files[f"{plain}.dist-info/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    digests = {file: base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()) for file, text in files.items()}
    record = "".join(f"{file},sha256={digest.decode().rstrip('=')},\n" for file, digest in digests.items())
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{plain}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in {**files, f"{plain}.dist-info/RECORD": f"{record}{plain}.dist-info/RECORD,,\n"}.items():
            entry = zipfile.ZipInfo(file)
            entry.external_attr = 0o100755 << 16  # pip keeps a script executable that is so in the archive
            archive.writestr(entry, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """Two package indexes on loopback, /simple and /cpu: their address, folder, and the hashes of the first."""
    root = tmp_path_factory.mktemp("index")
    uv = f'#!/bin/sh\nexec {Path(sys.executable).parent / "uv"} "$@"\n'
    hashes = {name: wheel(root / "simple" / name, name, version) for name, version in PINS.items()}
    hashes["uv"] = wheel(root / "simple/uv", "uv", "0.1", [("uv", uv)])
    for name in ("torch", "torchaudio"):
        wheel(root / "cpu" / name, name, "2.11.0+cpu")
    for folder in [*(root / "simple").iterdir(), *(root / "cpu").iterdir()]:
        (file,) = folder.iterdir()
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        (folder / "index.html").write_text(f'<a href="{file.name}#sha256={digest}">{file.name}</a>')
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=root))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", hashes
    server.shutdown()


@pytest.fixture(params=["pip", "uv"])
def project(request, tmp_path, index, monkeypatch):
    """A project with few pins, and a way to run make in it."""
    address, hashes = index
    for name in ("Makefile", "torch-cpu.lock"):
        shutil.copy(ROOT / name, tmp_path)
    wheel(tmp_path, "project", "0")
    (tmp_path / "backend.py").write_text(BACKEND)
    build = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    (tmp_path / "pyproject.toml").write_text(f'{build}[project]\nname = "project"\nversion = "0"\n')
    lines = [f"{name}=={version} \\\n    --hash=sha256:{hashes[name]}\n" for name, version in PINS.items()]
    (tmp_path / "requirements.lock").write_text("".join([*lines, f"uv==0.1 \\\n    --hash=sha256:{hashes['uv']}\n"]))
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "UV_", "MAKE"))}
    environment |= {"PIP_INDEX_URL": f"{address}/simple", "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1",
                    "UV_DEFAULT_INDEX": f"{address}/simple", "UV_NO_CACHE": "1", "UV_NO_CONFIG": "1"}  # fmt: skip
    own = [f"PYTHON={sys.executable}", f"TORCH_INDEX={address}/cpu"]
    own += ["PIP_IS_SET=false"] if request.param == "uv" else []

    def make(*arguments):
        command = ["make", "--no-print-directory", *own, *arguments]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    make.folder, make.installer = tmp_path, request.param
    return make


def installed(project):
    found = (project.folder / ".venv").glob("lib/python*/site-packages/*.dist-info/METADATA")
    fields = [re.findall(r"^(?:Name|Version): (.+)", file.read_text(), re.MULTILINE) for file in found]
    return {name: version for name, version in fields if name not in ("pip", "setuptools")}


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere PyTorch comes without CUDA")
def test_set_up_without_cuda(project):
    done = project("setup", "TORCH=cpu")
    assert done.returncode == 0, done.stderr
    assert "about 2 GB" in done.stdout
    rest = {"numpy": "2.0.0", "torchtext": "0.6.0", "uv": "0.1", "project": "0"}
    assert installed(project) == {"torch": "2.11.0+cpu", "torchaudio": "2.11.0+cpu", **rest}
    assert "Setting up" not in project("setup").stdout  # what was chosen stays
    assert "Setting up" in project("setup", "TORCH=", "PYTHON=false", "--dry-run").stdout
    if project.installer == "uv":  # which the environment has: pin what the index has, and be refused something else
        pinned = project("lock-torch")
        assert pinned.returncode == 0, pinned.stderr
        lock = project.folder / "torch-cpu.lock"
        assert lock.read_text().count("+cpu") == lock.read_text().count("--hash=sha256:") == 2
        lock.write_text(re.sub("sha256:....", "sha256:0000", lock.read_text()))
        refused = project("setup")
        assert refused.returncode and "error: the packages of requirements.lock torch-cpu.lock" in refused.stderr
        assert not (project.folder / ".venv/installed.lock").exists()


@pytest.mark.parametrize("project", ["pip"], indirect=True)
def test_a_wrong_hash_and_an_unknown_choice_install_nothing(project):
    unknown = project("setup", "TORCH=gpu")
    assert "error: TORCH=gpu is not known" in unknown.stderr and not (project.folder / ".venv").exists()
    lock = project.folder / "requirements.lock"
    lock.write_text(re.sub("sha256:....", "sha256:0000", lock.read_text(), count=1))  # numpy's
    refused = project("setup", "TORCH=cpu")
    assert refused.returncode and "error: the packages of" in refused.stderr and "numpy" not in installed(project)


def test_what_is_left_out_is_what_torch_alone_needs():
    """By requirements.lock's own account of who needs what; and torch-cpu.lock has requirements.lock's versions."""
    lock = (ROOT / "requirements.lock").read_text()
    pattern = re.search(r"^ONLY_CUDA := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1]
    pins = {block.partition("==")[0]: block for block in re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]}
    out = {name for name in pins if re.fullmatch(pattern, name)}
    assert {"torch", "torchaudio", "triton", "nvidia-cublas"} < out and "torchtext" not in out
    for name in out - {"torch", "torchaudio"}:
        needed_by = re.findall(r"^    # +(?:via )?([a-z0-9-]+)$", pins[name], re.MULTILINE)
        assert needed_by and set(needed_by) - {"via"} <= out, name
    for name in ("torch", "torchaudio"):
        version = re.match(rf"{name}==(\S+)", pins[name])[1]
        assert f"\n{name}=={version}+cpu" in (ROOT / "torch-cpu.lock").read_text()
