# Operators with one row of channels a sample, and their gradients by PyTorch, in double: tests/golden/torch/per_sample.npz.
#
#   OMP_NUM_THREADS=1 python tests/golden/torch/per_sample.py
#
# Each case NAME holds x, dy (channels last) and row [N, C], and y, dx, drow as torch computes them; h and dh where it is
# gated. "added": x + row; "gated": x + row h. `torch_version` is the version as character codes.
from pathlib import Path

import numpy as np
import torch

CASES = {
    "added_image": (2, 5, 3, 6),
    "added_token": (3, 1, 17),
    "gated_tokens": (3, 7, 9),
    "gated_image": (2, 3, 5, 4),
    "gated_long": (1, 260, 2),
}

arrays = {"torch_version": np.array([ord(c) for c in torch.__version__], dtype=np.int32)}
torch.manual_seed(1)


def normal(*shape):  # on a coarse grid: the file is small
    return ((torch.randn(*shape, dtype=torch.float64) * 64).round() / 64).requires_grad_()


for name, shape in CASES.items():
    n, c = shape[0], shape[-1]
    inputs = {"x": normal(*shape), "row": normal(n, c)}
    row = inputs["row"].reshape((n,) + (1,) * (len(shape) - 2) + (c,))
    if name.startswith("gated"):
        inputs["h"] = normal(*shape)
        y = inputs["x"] + row * inputs["h"]
    else:
        y = inputs["x"] + row
    dy = normal(*shape).detach()
    y.backward(dy)
    arrays[f"{name}.y"], arrays[f"{name}.dy"] = y.detach().numpy(), dy.numpy()
    for part, value in inputs.items():
        arrays[f"{name}.{part}"] = value.detach().numpy()
        arrays[f"{name}.d{part}"] = value.grad.numpy()
np.savez_compressed(Path(__file__).with_suffix(".npz"), **arrays)
