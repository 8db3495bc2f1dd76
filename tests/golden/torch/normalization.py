# Norms, their modulation and SiLU, and all gradients by PyTorch, in double: tests/golden/torch/normalization.npz.
#
#   OMP_NUM_THREADS=1 python tests/golden/torch/normalization.py
#
# Each case NAME holds its inputs x (channels last), weight, bias, scale, shift (those that it has), dy, and y and d...
# of each input as torch computes them; options = [kind (0 layer, 1 RMS, 2 group), groups, has SiLU] and epsilon.
# `torch_version` is the version as character codes.
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

CASES = {  # kind, shape (channels last), groups, epsilon, inputs besides x, SiLU
    "layer": ("layer", (2, 3, 5), 1, 1e-5, "weight bias", False),
    "layer_modulated": ("layer", (3, 4, 17), 1, 1e-6, "scale shift", False),
    "layer_all": ("layer", (2, 2, 3, 9), 1, 1e-3, "weight bias scale shift", True),
    "rms": ("rms", (2, 3, 33), 1, 1e-5, "weight", False),
    "rms_all": ("rms", (3, 7), 1, 1e-5, "weight scale shift", True),
    "group": ("group", (2, 5, 3, 6), 3, 1e-5, "weight bias", False),
    "group_one": ("group", (1, 260, 2), 1, 1e-5, "weight bias", True),
    "group_each": ("group", (1, 4, 4, 5), 5, 1e-5, "", False),
    "group_all": ("group", (3, 7, 2, 8), 2, 1e-5, "weight bias scale shift", True),
}
KINDS = ["layer", "rms", "group"]

arrays = {"torch_version": np.array([ord(c) for c in torch.__version__], dtype=np.int32)}
torch.manual_seed(1)


def normal(*shape):  # on a coarse grid: the file is small
    return ((torch.randn(*shape, dtype=torch.float64) * 64).round() / 64).requires_grad_()


for name, (kind, shape, groups, epsilon, parts, silu) in CASES.items():
    n, c = shape[0], shape[-1]
    inputs = {"x": normal(*shape)}
    for part in parts.split():
        inputs[part] = normal(c) if part in ("weight", "bias") else normal(n, c)
    weight, bias = inputs.get("weight"), inputs.get("bias")
    if kind == "layer":
        y = F.layer_norm(inputs["x"], (c,), weight, bias, epsilon)
    elif kind == "rms":
        y = F.rms_norm(inputs["x"], (c,), weight, epsilon)
    else:
        y = F.group_norm(inputs["x"].movedim(-1, 1), groups, weight, bias, epsilon).movedim(1, -1)
    per_sample = (n,) + (1,) * (len(shape) - 2) + (c,)
    if "scale" in inputs:
        y = y * (1 + inputs["scale"].reshape(per_sample)) + inputs["shift"].reshape(per_sample)
    if silu:
        y = F.silu(y)
    dy = normal(*shape).detach()
    y.backward(dy)
    arrays[f"{name}.options"] = np.array([KINDS.index(kind), groups, silu], dtype=np.int32)
    arrays[f"{name}.epsilon"] = np.array(epsilon)
    arrays[f"{name}.y"] = y.detach().numpy()
    arrays[f"{name}.dy"] = dy.numpy()
    for part, value in inputs.items():
        arrays[f"{name}.{part}"] = value.detach().numpy()
        arrays[f"{name}.d{part}"] = value.grad.numpy()
np.savez_compressed(Path(__file__).with_suffix(".npz"), **arrays)
