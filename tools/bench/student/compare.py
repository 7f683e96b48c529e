"""Times a student against its teacher in ONNX Runtime, one sentence at a time and in batches, in one interleaved run.

    python compare.py --bench build/.../student_bench --student DIR --teacher DIR --sentences SST-2/dev.tsv [--pairs STS-B/dev.tsv]

Needs torch, transformers, onnxruntime, onnx, tokenizers, safetensors, scipy, numpy in an environment of its own. Everything
starts from strings (tokenization is timed). Before anything is timed, the student's float32 vectors are compared with
torch.nn.LSTM on the same weights. --pairs: Spearman of the cosines with the human scores, for each precision.
"""
import argparse
import csv
import json
import os
import pathlib
import statistics
import subprocess
import tempfile
import time

parser = argparse.ArgumentParser()
parser.add_argument("--bench", required=True)
parser.add_argument("--student", required=True)
parser.add_argument("--teacher", required=True)
parser.add_argument("--sentences", required=True)
parser.add_argument("--pairs")
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--rounds", type=int, default=7)
parser.add_argument("--limit", type=int, default=300, help="sentences timed one at a time")
parser.add_argument("--work", default=None, help="folder for the exported teacher, kept when given")
arguments = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["RAYON_NUM_THREADS"] = str(arguments.threads)

import numpy
import onnxruntime
import safetensors.torch
import scipy.stats
import tokenizers
import torch
import transformers

PRECISIONS = ("float32", "bfloat16", "int8")
torch.set_num_threads(arguments.threads)


def column(path, name):
    with open(path, encoding="utf-8") as file:
        return [row[name] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]


class Student:
    def __init__(self, sentences):
        self.file = tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8")
        self.file.write("".join(sentence + "\n" for sentence in sentences))
        self.file.flush()
        self.process = subprocess.Popen([arguments.bench, arguments.student, self.file.name, str(arguments.threads)],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return [float(word) for word in self.process.stdout.readline().split()]

    def vectors(self, precision):
        with tempfile.NamedTemporaryFile() as file:
            rows, width = self.ask(f"save {precision} {file.name}")
            return numpy.fromfile(file.name, dtype=numpy.float32).reshape(int(rows), int(width))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Teacher:
    def __init__(self, work):
        path = work / "teacher.onnx"
        if not path.exists():
            self.export(path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = arguments.threads
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self.tokenizer = tokenizers.Tokenizer.from_file(str(pathlib.Path(arguments.teacher) / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(128)

    @staticmethod
    def export(path):
        class States(torch.nn.Module):
            def __init__(self):
                super().__init__()
                self.model = transformers.AutoModel.from_pretrained(arguments.teacher, attn_implementation="eager").eval()

            def forward(self, ids, mask):
                return self.model(input_ids=ids, attention_mask=mask).last_hidden_state

        ones = torch.ones(2, 9, dtype=torch.int64)
        axes = {name: {0: "b", 1: "t"} for name in ("ids", "mask", "states")}
        with torch.no_grad():
            torch.onnx.export(States(), (ones, ones), str(path), input_names=["ids", "mask"], output_names=["states"],
                              dynamic_axes=axes, opset_version=17, dynamo=False)

    def single_ms(self, sentences):
        times = []
        for sentence in sentences:
            start = time.perf_counter()
            ids = numpy.array([self.tokenizer.encode(sentence).ids], dtype=numpy.int64)
            states = self.session.run(None, {"ids": ids, "mask": numpy.ones_like(ids)})[0]
            vector = states[0].mean(0)
            vector /= numpy.linalg.norm(vector)
            times.append(1e3 * (time.perf_counter() - start))
        return times


def torch_vectors(sentences):
    """torch.nn.LSTM on the student's weights, mean or max pooling only."""
    directory = pathlib.Path(arguments.student)
    config = json.loads((directory / "config.json").read_text())
    state = safetensors.torch.load_file(directory / "model.safetensors")
    if config["pooling"] not in ("mean", "max"):
        return None
    lstm = torch.nn.LSTM(config["embedding_width"], config["hidden_width"], config["layers"], batch_first=True,
                         bidirectional=True)
    lstm.load_state_dict({name[5:]: value for name, value in state.items() if name.startswith("lstm.")})
    tokenizer = transformers.AutoTokenizer.from_pretrained(arguments.teacher)
    rows = []
    with torch.no_grad():
        for sentence in sentences:
            ids = tokenizer(sentence, add_special_tokens=False).input_ids[: config["max_length"]] or [tokenizer.unk_token_id]
            states = lstm(state["embeddings.weight"][ids].unsqueeze(0))[0][0]
            vector = states.mean(0) if config["pooling"] == "mean" else states.max(0).values
            if config["projection_width"]:
                vector = torch.nn.functional.linear(vector, state["projection.weight"], state["projection.bias"])
            rows.append(torch.nn.functional.normalize(vector, dim=0) if config["normalize"] else vector)
    return torch.stack(rows).numpy()


def check(sentences):
    student = Student(sentences)
    float32 = student.vectors("float32")
    want = torch_vectors(sentences)
    if want is not None:
        worst = float(numpy.abs(float32 - want).max())
        print(f"largest difference from torch.nn.LSTM, {len(sentences)} sentences: {worst:.1e}")
        assert worst <= 1e-5
    for precision in PRECISIONS[1:]:
        low = student.vectors(precision)
        cosine = (low * float32).sum(1) / numpy.linalg.norm(low, axis=1) / numpy.linalg.norm(float32, axis=1)
        print(f"{precision}: cosine with float32: mean {cosine.mean():.6f}, least {cosine.min():.6f}")
    student.close()


def spearman():
    first, second = column(arguments.pairs, "sentence1"), column(arguments.pairs, "sentence2")
    scores = [float(value) for value in column(arguments.pairs, "score")]
    student = Student(first + second)
    for precision in PRECISIONS:
        vectors = student.vectors(precision)
        vectors /= numpy.linalg.norm(vectors, axis=1, keepdims=True)
        cosine = (vectors[: len(first)] * vectors[len(first):]).sum(1)
        print(f"{precision}: Spearman {scipy.stats.spearmanr(cosine, scores).statistic:.4f}")
    student.close()


def percentile(values, percent):
    return float(numpy.percentile(values, percent))


def main():
    sentences = column(arguments.sentences, "sentence")
    check(sentences)
    if arguments.pairs:
        spearman()
    with tempfile.TemporaryDirectory() as temporary:
        teacher = Teacher(pathlib.Path(arguments.work or temporary))
        few = sentences[: arguments.limit]
        student, all_sentences = Student(few), Student(sentences)
        times = {name: [] for name in (*PRECISIONS, "teacher")}
        ratios = {precision: [] for precision in PRECISIONS}
        rates = {precision: [] for precision in PRECISIONS}
        for round_number in range(arguments.rounds + 1):
            of_round = {"teacher": teacher.single_ms(few)}
            for precision in PRECISIONS:
                of_round[precision] = student.ask(f"single {precision}")
                seconds = all_sentences.ask(f"encode {precision}")[0]
                if round_number > 0:
                    rates[precision].append(len(sentences) / seconds)
            if round_number == 0:
                continue  # warm-up
            for name, values in of_round.items():
                times[name] += values
            for precision in PRECISIONS:
                ratios[precision].append(statistics.median(of_round["teacher"]) / statistics.median(of_round[precision]))
        print(f"{len(few)} sentences one at a time, {arguments.rounds} rounds, {arguments.threads} thread(s), tokenization included")
        print(f"teacher, ONNX Runtime {onnxruntime.__version__} float32: p50 {percentile(times['teacher'], 50):.3f} ms, "
              f"p95 {percentile(times['teacher'], 95):.3f} ms")
        for precision in PRECISIONS:
            print(f"student {precision}: p50 {percentile(times[precision], 50):.3f} ms, p95 {percentile(times[precision], 95):.3f} ms, "
                  f"{statistics.median(ratios[precision]):.1f} times the teacher (rounds {min(ratios[precision]):.1f} to "
                  f"{max(ratios[precision]):.1f}); all {len(sentences)} at once {statistics.median(rates[precision]):.0f} sentences/s")
        student.close()
        all_sentences.close()


main()
