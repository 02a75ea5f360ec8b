/** One iteration at a time, progress, and an end before the end. */
import {
  KMeansModel,
  type KMeansOptions,
  type KMeansState,
  kmeans,
  kmeansSteps,
  makeBlobs,
  type Points,
} from "@protograd/kmeans";
import { describe, expect, test } from "vitest";

const { points } = makeBlobs({ samples: 80, centers: 4, clusterStd: 3, randomState: 6 });
const options = { k: 4, seed: 3, tolerance: 0 };
const full = kmeans(points, options);

const algorithms = ["lloyd", "gradient-descent", "online", "mini-batch"] as const;

/** Runs steps to their end, and does something with each state on the way. */
function finish(steps: Generator<KMeansState, KMeansModel, void>, meet: (state: KMeansState) => void): KMeansModel {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    meet(value);
  }
}

/** What the generator yields, and what it returns. */
function stepsOf(given: Points, options: KMeansOptions): { states: KMeansState[]; model: KMeansModel } {
  const states: KMeansState[] = [];
  const model = finish(kmeansSteps(given, options), (state) => states.push(state));
  return { states, model };
}

function errorOf(act: () => unknown): Error & { cause: KMeansModel } {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(Error);
    return error as Error & { cause: KMeansModel };
  }
  throw new Error("nothing was thrown");
}

describe.each(algorithms)("kmeansSteps, %s", (algorithm) => {
  test("run to its end is kmeans", () => {
    const each = { ...options, algorithm, maxIterations: 12, restarts: 2 };
    expect(stepsOf(points, each).model.toJSON()).toEqual(kmeans(points, each).toJSON());
  });

  test("yields after each iteration, and the last state is the model's", () => {
    const { states, model } = stepsOf(points, { ...options, algorithm, maxIterations: 12 });
    expect(states.map(({ iteration, restart }) => [iteration, restart])).toEqual(
      Array.from({ length: model.iterations }, (_, before) => [before + 1, 0]),
    );
    expect(states.map(({ inertia }) => inertia)).toEqual(model.history);
    const { centroids, labels, inertia } = states.at(-1) as KMeansState;
    expect({ centroids, labels, inertia }).toEqual({
      centroids: model.centroids,
      labels: model.labels,
      inertia: model.inertia,
    });
  });

  test("counts restarts, and returns the best of them", () => {
    const { states, model } = stepsOf(points, { ...options, algorithm, init: "random", restarts: 4, maxIterations: 3 });
    const ends = [0, 1, 2, 3].map((restart) => states.filter((state) => state.restart === restart));
    for (const each of ends) {
      expect(each.map(({ iteration }) => iteration)).toEqual(each.map((_, before) => before + 1));
    }
    const last = ends.map((each) => each.at(-1) as KMeansState);
    const best = last.reduce((a, b) => (a.inertia <= b.inertia ? a : b));
    expect(model.inertia).toBe(best.inertia);
    expect(model.centroids).toEqual(best.centroids);
    expect(model.history).toEqual((ends[best.restart] as KMeansState[]).map(({ inertia }) => inertia));
    expect(new Set(last.map(({ inertia }) => inertia)).size).toBeGreaterThan(1);
  });

  test("states are the caller's own: changing them changes nothing else", () => {
    const spoil = (state: KMeansState): void => {
      for (const row of state.centroids) row.fill(Number.NaN);
      state.centroids.length = 0;
      state.labels.fill(-1);
    };
    const each = { ...options, algorithm, maxIterations: 5 };
    const clean = kmeans(points, each).toJSON();
    const model = finish(kmeansSteps(points, { ...each, onIteration: spoil }), (state) => {
      expect(state.centroids).toHaveLength(4);
      spoil(state);
    });
    expect(model.toJSON()).toEqual(clean);
  });

  test("what the caller does to points, init and weights between two iterations changes nothing", () => {
    const each = { algorithm, seed: 1, maxIterations: 5 };
    const copy = () => points.map((row) => [...row]);
    const given = { points: copy(), init: copy().slice(0, 4), weights: points.map((_, i) => 1 + (i % 3)) };
    const clean = kmeans(points, { ...each, init: points.slice(0, 4), weights: [...given.weights] }).toJSON();
    const spoil = (): void => {
      for (const row of [...given.points, ...given.init, given.weights]) row.fill(7);
    };
    const steps = kmeansSteps(given.points, { ...each, init: given.init, weights: given.weights });
    spoil();
    expect(finish(steps, spoil).toJSON()).toEqual(clean);
  });

  test("aborted inside onIteration: an AbortError, whose cause is the model so far", () => {
    const controller = new AbortController();
    const error = errorOf(() =>
      kmeans(points, {
        ...options,
        algorithm,
        signal: controller.signal,
        onIteration: ({ iteration }) => {
          if (iteration === 2) controller.abort();
        },
      }),
    );
    expect(error.name).toBe("AbortError");
    expect(error.message).toBe("kmeans: aborted after 2 iterations; the best model so far is the cause");
    expect(error.cause).toBeInstanceOf(KMeansModel);
    const two = kmeans(points, { ...options, algorithm, maxIterations: 2 });
    expect(error.cause.toJSON()).toEqual({ ...two.toJSON(), converged: false });
    expect(error.cause.predict(points)).toEqual(two.labels);
  });
});

describe("kmeansSteps", () => {
  test("checks what it is given at once, not when it is first asked for a state", () => {
    expect(() => kmeansSteps([[1], [Number.NaN]], { k: 1 })).toThrow(
      "kmeansSteps: points, row 1, column 0 is NaN; expected a finite number",
    );
    expect(() => kmeansSteps([[1]], { k: 2 })).toThrow("kmeansSteps: k is 2 for 1 points; expected at most 1");
  });

  test("may be left at any time", () => {
    let seen = 0;
    for (const { iteration } of kmeansSteps(points, options)) {
      seen = iteration;
      if (iteration === 2) break;
    }
    expect(seen).toBe(2);
  });

  test("two at once do not disturb each other", () => {
    const [a, b] = [kmeansSteps(points, options), kmeansSteps(points.slice(0, 50), { ...options, seed: 5 })];
    const alone = {
      a: stepsOf(points, options).states,
      b: stepsOf(points.slice(0, 50), { ...options, seed: 5 }).states,
    };
    const together = { a: [a.next().value], b: [b.next().value] };
    for (let i = 0; i < 2; i++) {
      together.a.push(a.next().value);
      together.b.push(b.next().value);
    }
    expect(together).toEqual({ a: alone.a.slice(0, 3), b: alone.b.slice(0, 3) });
  });
});

describe("onIteration", () => {
  test("is called with what kmeansSteps yields", () => {
    const seen: KMeansState[] = [];
    const model = kmeans(points, { ...options, onIteration: (state) => seen.push(state) });
    expect(seen).toEqual(stepsOf(points, options).states);
    expect(seen).toHaveLength(model.iterations);
  });

  test("what it throws comes through", () => {
    const error = new Error("enough");
    const onIteration = (): never => {
      throw error;
    };
    expect(errorOf(() => kmeans(points, { ...options, onIteration }))).toBe(error);
  });
});

describe("signal", () => {
  test("aborted before: the cause is the model of the start, not of nothing", () => {
    const error = errorOf(() => kmeans(points, { ...options, signal: AbortSignal.abort() }));
    expect([error.name, error.message]).toEqual([
      "AbortError",
      "kmeans: aborted after 0 iterations; the best model so far is the cause",
    ]);
    expect(error.cause).toBeInstanceOf(KMeansModel);
    expect(error.cause.iterations).toBe(0);
    expect(error.cause.predict(points)).toEqual(error.cause.labels);
    expect(error.cause.inertia).toBeGreaterThan(full.history[0] as number);
  });

  test("aborted between two steps", () => {
    const controller = new AbortController();
    const steps = kmeansSteps(points, { ...options, signal: controller.signal });
    const state = steps.next().value as KMeansState;
    controller.abort();
    const error = errorOf(() => steps.next());
    expect(error.message).toBe("kmeansSteps: aborted after 1 iterations; the best model so far is the cause");
    expect(error.cause.centroids).toEqual(state.centroids);
  });

  test("aborted in a later restart: the cause is the best of all, not the one under way", () => {
    const controller = new AbortController();
    const random = { ...options, init: "random", restarts: 9 } as const;
    const seen: KMeansState[] = [];
    const error = errorOf(() =>
      kmeans(points, {
        ...random,
        signal: controller.signal,
        onIteration: (state) => {
          seen.push(state);
          if (state.restart === 3 && state.iteration === 1) controller.abort();
        },
      }),
    );
    expect(error.message).toContain("aborted after 1 iterations");
    expect(error.cause.inertia).toBe(Math.min(...seen.map(({ inertia }) => inertia)));
    expect(error.cause.inertia).toBeLessThan(seen.at(-1)?.inertia as number);
    expect(error.cause.toJSON()).toEqual(kmeans(points, { ...random, restarts: 3 }).toJSON());
  });

  test("never aborted changes nothing", () => {
    const { signal } = new AbortController();
    expect(kmeans(points, { ...options, signal }).toJSON()).toEqual(full.toJSON());
  });
});
