#!/usr/bin/python3
"""Seconds of an SGD epoch, or of a full-batch gradient step, in PyTorch without autograd. One JSON line per batch.

This is the fastest form that we know: two matrix products with out=, the softmax in place, index_select as the gather.
The environment sets the number of threads before the import, so that compare runs one process for each number.
"""
import argparse
import json
import time


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--folder", required=True)
    options.add_argument("--n", type=int, required=True)
    options.add_argument("--d", type=int, required=True)
    options.add_argument("--classes", type=int, required=True)
    options.add_argument("--threads", type=int, required=True)
    options.add_argument("--batches", required=True)
    options.add_argument("--most-steps", type=int, default=4096)
    given = options.parse_args()

    import numpy
    import torch

    torch.set_num_threads(given.threads)
    torch.set_flush_denormal(True)
    raw = numpy.fromfile(given.folder + "/train-images-idx3-ubyte", dtype=numpy.uint8, offset=16)
    inputs = torch.from_numpy(raw.reshape(given.n, given.d).astype(numpy.float32) / 255)
    labels = torch.from_numpy(numpy.fromfile(given.folder + "/train-labels-idx1-ubyte", dtype=numpy.uint8, offset=8).astype(numpy.int64))
    order = torch.from_numpy(numpy.fromfile(given.folder + "/order", dtype=numpy.uint32).astype(numpy.int64))
    rate, l2 = 1e-3, 1e-4

    def step(x, y, weights, scores):
        rows = x.shape[0]
        s = scores[:rows]
        torch.mm(x, weights.t(), out=s)
        s.sub_(torch.logsumexp(s, 1, keepdim=True)).exp_()
        s.scatter_add_(1, y[:, None], minus_one[:rows])
        weights.addmm_(s.t(), x, beta=1 - rate * l2, alpha=-rate / rows)

    with torch.no_grad():
        for batch in map(int, given.batches.split(",")):
            weights = torch.zeros(given.classes, given.d)
            scores, minus_one = torch.empty(batch, given.classes), torch.full((batch, 1), -1.0)
            steps = min(given.n // batch, given.most_steps)

            def epoch():
                if batch == given.n:
                    step(inputs, labels, weights, scores)
                    return
                for k in range(steps):
                    rows = order[k * batch:(k + 1) * batch]
                    step(inputs.index_select(0, rows), labels.index_select(0, rows), weights, scores)

            epoch()
            start = time.perf_counter()
            epoch()
            seconds = (time.perf_counter() - start) * given.n / (steps * batch)
            print(json.dumps({"peer": "pytorch", "batch": batch, "threads": given.threads, "seconds": seconds}), flush=True)


main()
