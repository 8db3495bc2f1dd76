# Cross-entropy and its gradient by PyTorch, in double: tests/golden/torch/cross_entropy.npz.
#
#   OMP_NUM_THREADS=1 python tests/golden/torch/cross_entropy.py
#
# logits [N, C] and labels [N]; each case NAME holds the loss, summed over N, and dlogits. `torch_version` is the version
# as character codes.
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

torch.manual_seed(3)
logits = 4 * torch.randn(9, 11, dtype=torch.float64)
logits[2] += 300  # a common shift changes nothing
labels = torch.randint(0, 11, (9,))
arrays = {
    "torch_version": np.array([ord(c) for c in torch.__version__], dtype=np.int32),
    "logits": logits.numpy(),
    "labels": labels.numpy().astype(np.int32),
}
for name, smoothing in {"plain": 0.0, "smoothed": 0.1}.items():
    x = logits.clone().requires_grad_()
    loss = F.cross_entropy(x, labels, reduction="sum", label_smoothing=smoothing)
    loss.backward()
    arrays[f"{name}.loss"] = loss.detach().numpy()
    arrays[f"{name}.dlogits"] = x.grad.numpy()
np.savez_compressed(Path(__file__).with_suffix(".npz"), **arrays)
