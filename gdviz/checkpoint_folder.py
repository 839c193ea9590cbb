"""A folder of checkpoints as a training run: `.npz`, `.pt`, `.pth` and `.safetensors` files; nothing in them is run."""

import json
import math
import re
import zipfile
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gdviz.descent.models import array_of
from gdviz.descent.training_run import MEASURES, TrainingRun
from gdviz.problems import BadData, MissingPackage, choose, counted
from gdviz.recorder import Recorder, aloud

_NESTED = ("model_state_dict", "state_dict", "model")  # where PyTorch's users keep the parameters beside other things
_NUMBER = re.compile(r"(?:(step|iteration|iter|epoch)s?)?[-_=. ]*(\d{1,15})", re.IGNORECASE)
_TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
_LONGEST_HEADER = 100_000_000

Tensors = Mapping[str, Any]


def checkpoints(
    folder: str | Path, *, budget: int | str = "64 MB", name: str = "", tell: Callable[[str], object] = aloud
) -> TrainingRun:
    """Read a folder of checkpoints of one model as a training run: `Scene(gdviz.checkpoints("folder"))`.

    folder: its files that end in .npz, .pt, .pth or .safetensors. The step of each is the number in its name, that
        after `step` or `epoch` where there are several, else the last. Of a file of PyTorch that holds more than the
        parameters they are looked for under `model_state_dict`, `state_dict` and `model`; a `loss`, `test_loss`,
        `accuracy` or `test_accuracy` beside them is read too, as are such single numbers in .npz files.
    budget, tell: as for `gdviz.record`. name: what the run is called beside the step; after the folder unless given.

    Raises `BadData` for what can't be read, and for a checkpoint of another model than the first one, naming the file
    and what differs; `MissingPackage` for files of PyTorch where it is not installed. Pickled objects are never loaded.
    """
    place = Path(folder)
    if not place.is_dir():
        raise BadData(place, "there is no such folder")
    files = [path for path in sorted(place.iterdir()) if path.suffix.lower() in READERS and path.is_file()]
    if len(files) < 2:
        raise BadData(place, f"it has {counted(len(files), 'checkpoint')}, and a film needs two; {choose('', READERS)}")
    numbered = _numbered(files)
    recorder = Recorder(budget=budget, name=name or place.resolve().name, tell=tell)
    first: dict[str, tuple[int, ...]] = {}
    for step, path in numbered:
        params, measures = _split(path, READERS[path.suffix.lower()](path))
        shapes = {one: value.shape for one, value in params.items()}
        first = first or shapes
        _check_same(path, shapes, numbered[0][1].name, first)
        recorder.log(step, {one: params[one] for one in first}, **measures)
    recorder.close()
    return recorder.training_run(place)


def _numbered(files: list[Path]) -> list[tuple[int, Path]]:
    """Return the files in the order of their steps."""
    found: dict[int, Path] = {}
    for path in files:
        numbers = [(word.lower(), int(digits)) for word, digits in _NUMBER.findall(path.stem)]
        if not numbers:
            raise BadData(path, "there is no number in its name, which would say its step")
        named = sorted((number for number in numbers if number[0]), key=lambda pair: pair[0] == "epoch")
        step = (named or numbers[-1:])[0][1]
        if step in found:
            raise BadData(path, f"its name says step {step}, and so does that of {found[step].name}")
        found[step] = path
    return sorted(found.items())


def _split(path: Path, tensors: Tensors) -> tuple[dict[str, NDArray[Any]], dict[str, float]]:
    """Return the parameters of a checkpoint, and what was measured there."""
    inner = next((tensors[key] for key in _NESTED if isinstance(tensors.get(key), Mapping)), tensors)
    arrays = {str(name): array_of(value) for name, value in inner.items() if not isinstance(value, Mapping | str)}
    params = {name: value for name, value in arrays.items() if value.dtype.kind == "f" and name not in MEASURES}
    if not params:
        raise BadData(path, "there are no parameters in it: no arrays of real numbers by name")
    given = {name: tensors[name] for name in MEASURES if name in tensors and np.size(tensors[name]) == 1}
    return params, {name: float(array_of(value).reshape(())) for name, value in given.items()}


def _check_same(
    path: Path, shapes: Mapping[str, tuple[int, ...]], first: str, wanted: Mapping[str, tuple[int, ...]]
) -> None:  # fmt: skip
    """Raise `BadData` for a checkpoint of another model."""
    for name in (*wanted, *shapes):
        if name not in shapes:
            raise BadData(path, f"this is another model: there is no {name!r} in it, which {first} has")
        if name not in wanted:
            raise BadData(path, f"this is another model: it has {name!r}, which {first} has not")
        if shapes[name] != wanted[name]:
            sizes = f"has the shape {shapes[name]}, and {wanted[name]} in {first}"
            raise BadData(path, f"this is another model: {name!r} {sizes}")


def _read_npz(path: Path) -> Tensors:
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile) as error:
        raise BadData(path, f"this is no NPZ file of plain arrays: {_first_line(error)}") from None


def _read_torch(path: Path) -> Tensors:
    try:
        torch: Any = import_module("torch")
    except ModuleNotFoundError as error:
        raise MissingPackage("torch", f"reading {path.name}", "pip install torch") from error
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise BadData(path, f"PyTorch does not read it as weights alone: {_first_line(error)}") from None
    if not isinstance(found, Mapping):
        raise BadData(path, f"it holds a {type(found).__name__}; allowed: what torch.save(model.state_dict()) writes")
    return found


def _read_safetensors(path: Path) -> Tensors:
    """Read a file of the format safetensors: the length of its header, the header in JSON, and the numbers."""
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    try:
        if not 2 <= length <= min(len(content) - 8, _LONGEST_HEADER):
            raise ValueError(f"its header would be {length:,} bytes long")
        header = json.loads(content[8 : 8 + length])
        numbers = memoryview(content)[8 + length :]
        return {
            name: _tensor(entry, numbers)
            for name, entry in header.items()
            if name != "__metadata__" and entry["dtype"] in _TYPES
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BadData(path, f"this is no safetensors file: {_first_line(error)}") from None


def _tensor(entry: Mapping[str, Any], numbers: memoryview) -> NDArray[Any]:
    begin, end = entry["data_offsets"]
    kind, shape = np.dtype(_TYPES[entry["dtype"]]), tuple(entry["shape"])
    if not 0 <= begin <= end <= len(numbers) or math.prod(shape) * kind.itemsize != end - begin:
        raise ValueError(f"a tensor of the shape {shape} lies at bytes {begin} to {end}")
    found = np.frombuffer(numbers[begin:end], dtype=kind)
    if entry["dtype"] == "BF16":  # the upper half of a float32
        found = (found.astype(np.uint32) << 16).view(np.float32)
    return found.reshape(shape)


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:120] or type(error).__name__


READERS: dict[str, Callable[[Path], Tensors]] = {
    ".npz": _read_npz,
    ".pt": _read_torch,
    ".pth": _read_torch,
    ".safetensors": _read_safetensors,
}
"""The readers by the ends of names."""
