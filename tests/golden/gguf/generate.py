"""Writes every_type.gguf (one tensor of each type that limbeck reads) and expected.safetensors, what PyPI gguf makes of it.

  python generate.py     in this folder; needs gguf, numpy, safetensors
"""

import json

import gguf
import numpy as np
from safetensors.numpy import save_file

SEED = 5
TYPES = ["F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K", "Q5_K", "Q6_K"]
HALVES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82], "Q3_K": [108],
          "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208]}


def blocks(rng, name, rows, width):
    """Random bytes with finite half-precision scales: every bit of a block counts."""
    kind = gguf.GGMLQuantizationType[name]
    values, size = gguf.GGML_QUANT_SIZES[kind]
    if name not in HALVES:
        return gguf.quants.quantize(rng.normal(size=(rows, width)).astype(np.float32), kind)
    data = rng.integers(0, 256, size=(rows * width // values, size), dtype=np.uint8)
    for at in HALVES[name]:
        data[:, at:at + 2] = rng.normal(size=len(data)).astype(np.float16).view(np.uint8).reshape(-1, 2)
    return data.reshape(rows, -1)


def main():
    rng = np.random.default_rng(SEED)
    writer = gguf.GGUFWriter("every_type.gguf", "llama")
    writer.add_uint32("test.integer", 7)
    writer.add_float32("test.real", 0.5)
    writer.add_bool("test.flag", True)
    writer.add_array("test.texts", ["one", "", "drei"])
    writer.add_array("test.numbers", [3, -1, 2])
    expected = {}
    for name in TYPES:
        kind = gguf.GGMLQuantizationType[name]
        data = blocks(rng, name, 2, 512)
        expected[name] = gguf.quants.dequantize(data, kind).astype(np.float32).reshape(2, 512)
        writer.add_tensor(name, data, raw_dtype=None if name in ("F32", "F16") else kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    save_file(expected, "expected.safetensors")
    with open("origin.json", "w", encoding="utf-8") as file:
        json.dump({"tool": "PyPI gguf " + __import__("importlib.metadata").metadata.version("gguf"),
                   "command": "python generate.py", "seed": SEED, "dtype": "float32",
                   "tolerance": "1 ulp: the reference may round a scale's product in another order"}, file, indent=2)
        file.write("\n")


if __name__ == "__main__":
    main()
