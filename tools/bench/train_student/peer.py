"""The same student in Python PyTorch: reads weights and batches that train_student_bench wrote, answers on stdout.

usage: peer.py EXCHANGE_DIRECTORY THREADS   (needs torch and safetensors; started by train_student_bench)
Lines in: "losses N" -> N losses from fresh weights; "time FIRST COUNT" -> seconds of COUNT steps.
"""
import sys
import time

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

folder, threads = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(threads)
weights = load_file(folder + "/student.safetensors")
data = load_file(folder + "/batches.safetensors")


class Student(nn.Module):
    def __init__(self):
        super().__init__()
        vocabulary, width = weights["embeddings.weight"].shape
        hidden = weights["lstm.weight_hh_l0"].shape[1]
        self.embeddings = nn.Embedding(vocabulary, width)
        self.lstm = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
        self.projection = nn.Linear(2 * hidden, weights["projection.weight"].shape[0])

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(self.embeddings(ids), lengths, batch_first=True, enforce_sorted=False)
        states, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        pooled = states.sum(1) / lengths.unsqueeze(1)
        return nn.functional.normalize(self.projection(pooled), dim=1)


def fresh():
    model = Student()
    model.load_state_dict(weights)
    return model, torch.optim.Adam(model.parameters(), lr=1e-3)


def batch(index):
    index %= int(data["batches"].item())
    lengths = data[f"lengths{index}"]
    rows = torch.split(data[f"ids{index}"], lengths.tolist())
    return nn.utils.rnn.pad_sequence(rows, batch_first=True), lengths, data[f"targets{index}"]


def step(model, optimizer, index):
    ids, lengths, targets = batch(index)
    loss = (1 - nn.functional.cosine_similarity(model(ids, lengths), targets)).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


model, optimizer = fresh()
for line in sys.stdin:
    words = line.split()
    if words[0] == "losses":
        model, optimizer = fresh()
        print(" ".join(f"{step(model, optimizer, i):.9g}" for i in range(int(words[1]))), flush=True)
    else:
        first, count = int(words[1]), int(words[2])
        begin = time.perf_counter()
        for i in range(first, first + count):
            step(model, optimizer, i)
        print(time.perf_counter() - begin, flush=True)
