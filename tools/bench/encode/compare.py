"""Encodes the sentences of a GLUE file with limbeck and its peers in one interleaved run.

    python compare.py --bench build/.../encode_bench --model MODEL_DIRECTORY --sentences SST-2/dev.tsv

Needs torch, transformers, sentence-transformers, onnxruntime, onnx, ctranslate2, numpy in an environment of its own.
Every program starts from strings (tokenization is timed) and ends with sentence vectors. The peers that leave batching to
the caller get length-sorted batches of 32. Vectors are compared with sentence-transformers before anything is timed.
"""

import argparse
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("--bench", required=True)
parser.add_argument("--model", required=True)
parser.add_argument("--sentences", required=True)
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--rounds", type=int, default=7, help="rounds of all sentences; 0 for none")
parser.add_argument("--single-rounds", type=int, default=3, help="rounds of one sentence at a time; 0 for none")
parser.add_argument("--work", default=None, help="folder for the exported models, kept when given")
arguments = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["MKL_NUM_THREADS"] = str(arguments.threads)
os.environ["RAYON_NUM_THREADS"] = str(arguments.threads)
os.environ["TOKENIZERS_PARALLELISM"] = "true"

import ctranslate2
import numpy
import onnxruntime
import sentence_transformers
import tokenizers
import torch
import transformers

torch.set_num_threads(arguments.threads)
SINGLE_STRIDE = 4  # latency is taken from every fourth sentence


def read_sentences(path):
    lines = pathlib.Path(path).read_text(encoding="utf-8").split("\n")
    return [line.split("\t")[0] for line in lines[1:] if line]


def mean_and_normalise(states, mask):
    mask = mask[:, :, None].astype(numpy.float32)
    vectors = (states * mask).sum(1) / mask.sum(1)
    return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)


class Limbeck:
    """The C++ bench, driven over pipes."""

    def __init__(self, precision, process):
        self.name, self.precision, self.process = f"limbeck {precision}", precision, process

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().split()

    def vectors(self):
        with tempfile.NamedTemporaryFile() as file:
            rows, width = self.ask(f"save {self.precision} {file.name}")
            return numpy.fromfile(file.name, dtype=numpy.float32).reshape(int(rows), int(width))

    def encode_seconds(self):
        return float(self.ask(f"encode {self.precision}")[0])

    def single_ms(self):
        return [float(value) for value in self.ask(f"single {self.precision}")][::SINGLE_STRIDE]


class Peer:
    def __init__(self, name, encode, sentences):
        self.name, self.encode, self.sentences = name, encode, sentences

    def vectors(self):
        return self.encode(self.sentences)

    def encode_seconds(self):
        start = time.perf_counter()
        self.encode(self.sentences)
        return time.perf_counter() - start

    def single_ms(self):
        times = []
        for sentence in self.sentences[::SINGLE_STRIDE]:
            start = time.perf_counter()
            self.encode([sentence])
            times.append(1e3 * (time.perf_counter() - start))
        return times


def batched(run, sentences, tokenizer, size=32):
    """run(ids, mask) over length-sorted, padded batches."""
    encodings = tokenizer.encode_batch(sentences)
    order = sorted(range(len(encodings)), key=lambda i: -len(encodings[i].ids))
    result = [None] * len(encodings)
    for begin in range(0, len(order), size):
        part = order[begin : begin + size]
        longest = len(encodings[part[0]].ids)
        ids = numpy.zeros((len(part), longest), dtype=numpy.int64)
        mask = numpy.zeros((len(part), longest), dtype=numpy.int64)
        for row, i in enumerate(part):
            ids[row, : len(encodings[i].ids)] = encodings[i].ids
            mask[row, : len(encodings[i].ids)] = 1
        for row, vector in zip(part, run(ids, mask)):
            result[row] = vector
    return numpy.stack(result)


def onnx_runner(directory, work):
    path = work / "model.onnx"
    if not path.exists():

        class States(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.model = transformers.AutoModel.from_pretrained(directory, attn_implementation="eager").eval()

            def forward(self, input_ids, attention_mask):
                return self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

        example = (torch.ones(2, 9, dtype=torch.int64), torch.ones(2, 9, dtype=torch.int64))
        axes = {"input_ids": {0: "b", 1: "t"}, "attention_mask": {0: "b", 1: "t"}, "states": {0: "b", 1: "t"}}
        with torch.no_grad():
            torch.onnx.export(States(), example, str(path), input_names=["input_ids", "attention_mask"],
                              output_names=["states"], dynamic_axes=axes, opset_version=17, dynamo=False)
    plain = onnxruntime.SessionOptions()
    plain.intra_op_num_threads = arguments.threads
    plain.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    fused = work / "model-fused.onnx"
    if not fused.exists():
        from onnxruntime.transformers import optimizer

        heads, width = 12, 384
        optimizer.optimize_model(str(path), model_type="bert", num_heads=heads, hidden_size=width).save_model_to_file(str(fused))
    session = onnxruntime.InferenceSession(str(fused), plain, providers=["CPUExecutionProvider"])
    return lambda ids, mask: mean_and_normalise(
        session.run(None, {"input_ids": ids, "attention_mask": mask})[0], mask)


def ctranslate2_runner(directory, work, compute):
    path = work / "ctranslate2"
    if not path.exists():
        ctranslate2.converters.TransformersConverter(directory).convert(str(path))
    encoder = ctranslate2.Encoder(str(path), device="cpu", compute_type=compute, intra_threads=arguments.threads)

    def run(ids, mask):
        tokens = [row[: int(count)].tolist() for row, count in zip(ids, mask.sum(1))]
        states = numpy.array(encoder.forward_batch(tokens).last_hidden_state)
        return mean_and_normalise(states, mask)

    return run


def main():
    sentences = read_sentences(arguments.sentences)
    work = pathlib.Path(arguments.work or tempfile.mkdtemp())
    work.mkdir(parents=True, exist_ok=True)
    tokenizer = tokenizers.Tokenizer.from_file(arguments.model + "/tokenizer.json")
    tokenizer.no_padding()
    tokenizer.enable_truncation(256)
    process = subprocess.Popen([arguments.bench, arguments.model, arguments.sentences, str(arguments.threads)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    reference = sentence_transformers.SentenceTransformer(arguments.model, device="cpu")
    onnx = onnx_runner(arguments.model, work)
    float32 = ctranslate2_runner(arguments.model, work, "float32")
    int8 = ctranslate2_runner(arguments.model, work, "int8")
    programs = [
        Peer("sentence-transformers", lambda s: reference.encode(s, batch_size=32), sentences),
        Peer("onnxruntime float32", lambda s: batched(onnx, s, tokenizer), sentences),
        Peer("ctranslate2 float32", lambda s: batched(float32, s, tokenizer), sentences),
        Peer("ctranslate2 int8", lambda s: batched(int8, s, tokenizer), sentences),
    ] + [Limbeck(precision, process) for precision in ("float32", "bfloat16", "int8")]

    print("versions:", "torch", torch.__version__, "sentence-transformers", sentence_transformers.__version__,
          "onnxruntime", onnxruntime.__version__, "ctranslate2", ctranslate2.__version__, "| threads", arguments.threads)
    want = programs[0].vectors()
    print(f"{'vectors against sentence-transformers':38s} {'max difference':>15s} {'least cosine':>13s}")
    for program in programs[1:]:
        got = program.vectors()
        print(f"  {program.name:36s} {numpy.abs(got - want).max():15.2e} {(got * want).sum(1).min():13.6f}", flush=True)

    seconds = {program.name: [] for program in programs}
    single = {program.name: [] for program in programs}
    floors = []
    for round_number in range(arguments.rounds + 1 if arguments.rounds else 0):  # the first round warms up
        floors.append([float(rate) for rate in programs[-1].ask("floor")])
        for program in programs:
            time.sleep(0.1)  # worker threads of the one before stop spinning
            taken = program.encode_seconds()
            if round_number:
                seconds[program.name].append(taken)
    for _ in range(arguments.single_rounds):
        for program in programs:
            time.sleep(0.1)
            single[program.name] += program.single_ms()
    floors = floors or [[float(rate) for rate in programs[-1].ask("floor")]]
    floors = dict(zip(("float32", "bfloat16", "int8"), (max(rates) for rates in zip(*floors))))

    print(f"{len(sentences)} sentences{'':22s} {'median /s':>10s} {'min':>8s} {'max':>8s} {'one: p50 ms':>12s} {'p95 ms':>8s}")
    for program in programs:
        rates = sorted(len(sentences) / value for value in seconds[program.name]) or [float("nan")]
        times = sorted(single[program.name])
        latency = f"{times[len(times) // 2]:12.2f} {times[len(times) * 95 // 100]:8.2f}" if times else ""
        print(f"  {program.name:36s} {statistics.median(rates):10.0f} {rates[0]:8.0f} {rates[-1]:8.0f} {latency}")
    flops = products_of(arguments.model, sentences, tokenizer)
    for precision, rate in floors.items():
        print(f"  floor of the products, {precision:14s} {rate * 1e9 / flops:10.0f} /s at {rate:.0f} GFLOP/s")
    process.stdin.close()
    process.wait()


def products_of(directory, sentences, tokenizer):
    """Floating-point operations of the linear layers for a mean sentence."""
    config = transformers.AutoConfig.from_pretrained(directory)
    token = 2 * config.num_hidden_layers * config.hidden_size * (4 * config.hidden_size + 2 * config.intermediate_size)
    tokens = sum(len(encoding.ids) for encoding in tokenizer.encode_batch(sentences))
    return token * tokens / len(sentences)


main()
