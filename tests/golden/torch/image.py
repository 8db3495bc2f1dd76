# Pooling and resampling and their gradients by PyTorch, in double: tests/golden/torch/image.npz.
#
#   OMP_NUM_THREADS=1 python tests/golden/torch/image.py
#
# Each case NAME holds x and dy (channels last), and y and dx as torch computes them; options = [kind, a, b, c, d]: kind
# 0 average and 1 maximum pooling (size, stride, padding, count_include_pad), 2 nearest (factor), 3 bilinear (height,
# width), 4 global average. Maximum pooling is given whole numbers from -2 to 2, so that ties abound. `torch_version` is
# the version as character codes.
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

CASES = {  # kind, N, H, W, C, options
    "average": (0, 2, 6, 4, 3, (2, 2, 0, 1)),
    "average_padded": (0, 2, 7, 5, 3, (3, 2, 1, 1)),
    "average_inside": (0, 1, 7, 6, 2, (3, 2, 1, 0)),
    "maximum": (1, 2, 6, 4, 3, (2, 2, 0, 1)),
    "maximum_overlapping": (1, 2, 7, 5, 3, (3, 1, 1, 1)),
    "nearest": (2, 2, 3, 4, 3, (2, 0, 0, 0)),
    "nearest_three": (2, 1, 2, 5, 1, (3, 0, 0, 0)),
    "bilinear_double": (3, 2, 4, 3, 3, (8, 6, 0, 0)),
    "bilinear_odd": (3, 1, 5, 4, 2, (7, 3, 0, 0)),
    "bilinear_smaller": (3, 1, 9, 7, 2, (4, 5, 0, 0)),
    "global": (4, 3, 5, 3, 4, (0, 0, 0, 0)),
}

arrays = {"torch_version": np.array([ord(c) for c in torch.__version__], dtype=np.int32)}
torch.manual_seed(1)


def normal(*shape):  # on a coarse grid: the file is small
    return (torch.randn(*shape, dtype=torch.float64) * 64).round() / 64


for name, (kind, n, h, w, c, o) in CASES.items():
    values = normal(n, c, h, w)
    x = (torch.randint(-2, 3, (n, c, h, w)).to(torch.float64) if kind == 1 else values).requires_grad_()
    if kind == 0:
        y = F.avg_pool2d(x, o[0], o[1], o[2], count_include_pad=bool(o[3]))
    elif kind == 1:
        y = F.max_pool2d(x, o[0], o[1], o[2])
    elif kind == 2:
        y = F.interpolate(x, scale_factor=o[0], mode="nearest")
    elif kind == 3:
        y = F.interpolate(x, size=o[:2], mode="bilinear", align_corners=False)
    else:
        y = F.adaptive_avg_pool2d(x, 1)
    dy = normal(*y.shape)
    y.backward(dy)
    arrays[f"{name}.options"] = np.array((kind,) + o, dtype=np.int32)
    for part, value in {"x": x, "y": y, "dy": dy, "dx": x.grad}.items():
        arrays[f"{name}.{part}"] = np.ascontiguousarray(value.detach().permute(0, 2, 3, 1).numpy())
np.savez_compressed(Path(__file__).with_suffix(".npz"), **arrays)
