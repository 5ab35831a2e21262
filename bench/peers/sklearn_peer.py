#!/usr/bin/python3
"""Seconds of an epoch of scikit-learn's SGDClassifier: logistic loss, one-versus-rest, batch 1. One JSON line."""
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
    given = options.parse_args()

    import numpy
    from sklearn.linear_model import SGDClassifier

    raw = numpy.fromfile(given.folder + "/train-images-idx3-ubyte", dtype=numpy.uint8, offset=16)
    rows = min(given.n, 10000)  # the time is extrapolated to all rows, since an epoch takes seconds
    inputs = (raw.reshape(given.n, given.d)[:rows] / 255).astype(numpy.float32)
    labels = numpy.fromfile(given.folder + "/train-labels-idx1-ubyte", dtype=numpy.uint8, offset=8)[:rows]
    model = SGDClassifier(loss="log_loss", alpha=1e-4, learning_rate="constant", eta0=1e-3, n_jobs=given.threads)
    classes = numpy.arange(given.classes)
    model.partial_fit(inputs, labels, classes)
    start = time.perf_counter()
    model.partial_fit(inputs, labels, classes)
    seconds = (time.perf_counter() - start) * given.n / rows
    print(json.dumps({"peer": "scikit-learn", "batch": 1, "threads": given.threads, "seconds": seconds}))


main()
