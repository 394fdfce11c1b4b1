"""Reads a capture that linetwin wrote, with NumPy alone, and writes it again in other ways."""
import json
import sys

import numpy as np

source, target = sys.argv[1:]
z = np.load(source, allow_pickle=False)
a = {name: z[name] for name in z.files}
assert a["depth"].dtype == np.float32 and a["depth"].shape == (5, 7), a["depth"]
assert a["color"].dtype == np.uint8 and a["color"].shape == (3, 4, 3)
assert a["mask"].dtype == np.uint8 and a["mask"].sum() == 17
assert a["tolerance"].shape == (2, 5, 7) and np.isinf(a["tolerance"][1, 0, 4])
assert a["depth_K"][0, 0] == 505.28 and a["depth_K"][1, 2] == 2
assert list(a["depth_distortion"]) == [8.69, 4.468, 1e-4, -5e-5, 0.1729, 9.017, 7.379, 1.056]
assert list(a["depth_size"]) == [7, 5] and list(a["color_size"]) == [4, 3]
assert np.allclose(a["depth_in_color"][:3, 3], [-0.0325, -0.001, 0.0019], atol=1e-15)
assert np.allclose(a["pose"] @ [0, 0, 0.9, 1], [0, 0, 0, 1], atol=1e-15)
meta = json.loads(str(a["meta"]))
assert meta["serial"] == "CL8FC3100RM" and meta["frames"] == 30 and meta["note"] == 'Flasche "A", \u74f6 <1>', meta
print("depth", a["depth"].sum(dtype=np.float64))

# Big-endian, in Fortran's order, wider or narrower, compressed, with what others may add.
a["depth"] = np.asfortranarray(a["depth"].astype(">f8"))
a["color"] = np.asfortranarray(a["color"])
a["mask"] = a["mask"] != 0
a["tolerance"] = a["tolerance"].astype(">f4")
a["pose"] = np.asfortranarray(a["pose"])
a["depth_size"] = a["depth_size"].astype(np.uint16)
a["depth_distortion"] = a["depth_distortion"].reshape(1, 8)
a["meta"] = np.array(json.dumps(meta)).astype(">U%d" % len(json.dumps(meta)))
a["mine"] = np.arange(3) * 1j
np.savez_compressed(target, **a)
