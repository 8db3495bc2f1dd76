"""Makes the golden files of this folder: arrays as NumPy and Hugging Face's safetensors write them.

    python3 -m venv v && v/bin/pip install numpy==2.4.6 safetensors==0.8.0 && v/bin/python make.py

Every file but the named exceptions holds x[i, j, k] = i + j/4 - k/2 over (2, 3, 4), exact in all its types.
"""
import numpy as np
from numpy.lib import format as npy
from safetensors.numpy import save_file

i, j, k = np.meshgrid(np.arange(2), np.arange(3), np.arange(4), indexing="ij")
x = i + j / 4 - k / 2
whole = 4 * i + 7 * j - 9 * k
np.save("f4.npy", x.astype("<f4"))
np.save("f8.npy", x.astype("<f8"))
np.save("f2.npy", x.astype("<f2"))
np.save("fortran_f8.npy", np.asfortranarray(x.astype("<f8")))
np.save("scalar_f8.npy", np.float64(2.5))                      # shape ()
np.save("vector_i8.npy", np.array([-3, 0, 2**31 - 1], "<i8"))  # shape (3,)
np.save("empty_f4.npy", np.zeros((0, 2), "<f4"))
np.save("u1.npy", np.arange(6, dtype="u1").reshape(2, 3))
np.save("big_endian.npy", x.astype(">f4"))                     # refused
for version in ((2, 0), (3, 0)):
    with open(f"f4_version{version[0]}.npy", "wb") as file:
        npy.write_array(file, x.astype("<f4"), version=version)
np.savez("stored.npz", x=x.astype("<f4"), labels=whole.astype("<i4"))
np.savez_compressed("deflated.npz", x=x.astype("<f4"), labels=whole.astype("<i4"))
save_file({"a.weight": x.astype("<f4"), "b": x.astype("<f8"), "h": x.astype("<f2"), "n": whole.astype("<i8")},
          "mixed.safetensors", metadata={"made_by": "safetensors 0.8.0"})
