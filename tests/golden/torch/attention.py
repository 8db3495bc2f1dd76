# Attention and its gradients by PyTorch, in double: tests/golden/torch/attention.npz.
#
#   OMP_NUM_THREADS=1 python tests/golden/torch/attention.py
#
# Each case NAME holds q [N, Lq, heads D], k and v [N, Lk, heads D], dy, and y, dq, dk, dv as torch computes them; mask
# [N, Lk] where there is one. `torch_version` is the version as character codes.
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

CASES = {  # samples, queries, keys, heads, channels of a head, causal, masked, scale
    "self": (2, 5, 5, 2, 3, False, False, None),
    "cross_masked": (2, 3, 7, 1, 4, False, True, None),
    "causal": (1, 9, 9, 2, 5, True, False, None),
    "causal_end_masked": (2, 4, 70, 1, 3, True, True, 0.3),
}

arrays = {"torch_version": np.array([ord(c) for c in torch.__version__], dtype=np.int32)}
torch.manual_seed(1)
for name, (n, lq, lk, heads, d, causal, masked, scale) in CASES.items():
    q, k, v = (torch.randn(n, length, heads * d, dtype=torch.float64, requires_grad=True) for length in (lq, lk, lk))
    dy = torch.randn(n, lq, heads * d, dtype=torch.float64)
    seen = torch.ones(n, 1, lq, lk, dtype=torch.bool)
    if causal:  # aligned to the end
        seen &= torch.arange(lk) <= torch.arange(lq)[:, None] + lk - lq
    if masked:
        mask = torch.rand(n, lk) < 0.6
        mask[:, 0] = True
        seen &= mask[:, None, None, :]
        arrays[f"{name}.mask"] = mask.numpy().astype(np.int32)
    split = lambda x: x.reshape(n, -1, heads, d).transpose(1, 2)
    y = F.scaled_dot_product_attention(split(q), split(k), split(v), attn_mask=seen, scale=scale)
    y = y.transpose(1, 2).reshape(n, lq, heads * d)
    y.backward(dy)
    for part, value in {"q": q, "k": k, "v": v, "dy": dy, "y": y, "dq": q.grad, "dk": k.grad, "dv": v.grad}.items():
        arrays[f"{name}.{part}"] = value.detach().numpy()
np.savez_compressed(Path(__file__).with_suffix(".npz"), **arrays)
