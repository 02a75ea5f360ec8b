"""Default fits by scikit-learn: takes a file of float32 points, n, d, k, and seeds."""

import json
import sys
from time import perf_counter

import numpy
from sklearn.cluster import KMeans, kmeans_plusplus

file, *numbers = sys.argv[1:]
n, d, k, *seeds = map(int, numbers)
points = numpy.fromfile(file, dtype=numpy.float32).reshape(n, d)


def timed(run):
    began = perf_counter()
    result = run()
    return 1000 * (perf_counter() - began), result


def fit(seed):
    # One start is the default since version 1.4; before, it was ten.
    return KMeans(n_clusters=k, n_init=1, random_state=seed).fit(points)


def default_fit(seed):
    time, model = timed(lambda: fit(seed))
    start, _ = timed(lambda: kmeans_plusplus(points, k, random_state=seed))
    return {
        "seed": seed,
        "fit": time,
        "start": start,
        "iterations": int(model.n_iter_),
        "inertia": float(model.inertia_),
    }


fit(0)
print(json.dumps([default_fit(seed) for seed in seeds]))
