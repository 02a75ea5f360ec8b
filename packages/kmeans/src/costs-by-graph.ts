/**
 * The costs of many points by graphs: the cost is written down, autograd finds the derivatives, and compiled functions
 * go through the points once. Knows no algorithm.
 */
import { compile, concat, gradients, type Indices, indices, type Tensor, tensor } from "@protograd/autograd";
import { squaredDistances } from "./cost.js";
import { type Assessment, type Costs, type Derivatives, type Descent, MOST_OTHERS, type Nearest } from "./costs.js";
import { areFew, CostsInLoops, firstSmallest, withBestOfEach } from "./costs-in-loops.js";
import {
  type Arithmetic,
  type Arithmetics,
  type Frame,
  type Framed,
  inFrame,
  infinite,
  isMuch,
  pointAt,
  someOf,
} from "./frame.js";

export class CostsByGraph implements Costs {
  readonly frame: Frame;
  readonly weights: ArrayLike<number> | undefined;
  readonly #exact: Arithmetic;
  readonly #usual: Arithmetic;

  constructor({ exact, usual }: Arithmetics) {
    this.frame = exact.frame;
    this.weights = usual.weights?.data;
    this.#exact = exact;
    this.#usual = usual;
  }

  descent(W: Float64Array): Descent {
    const [exact, usual] = [this.#exact, this.#usual];
    const { points, weights } = usual;
    const place = placed(W, usual);
    // Who wants labels, one for each point, is not known yet: where they would be a good part of the work, they wait.
    const withLabels = W.length >= 32 || !isMuch(points.X.size);
    const { cost, labels, ...slopes } = derivatives(points, place, weights, withLabels);
    let found = labels ?? undefined;
    const nearest = (): Indices => {
      found ??= nearestOf(points, place);
      return found;
    };
    const refined = (given?: Int32Array): Derivatives =>
      read(derivativesWithin(exact.points, placed(W, exact), given ? indices(given) : nearest(), exact.weights));
    const single = usual === exact ? undefined : { W: Float64Array.from(place.data), refined };
    return Object.assign(assessed(cost, nearest), read(slopes), single && { single });
  }

  exactly(W: Float64Array): Assessment & Derivatives {
    const { points, weights } = this.#exact;
    const { cost, labels, ...slopes } = derivatives(points, placed(W, this.#exact), weights, true);
    return Object.assign(
      assessed(cost, () => labels as Indices),
      read(slopes),
    );
  }

  assess(W: Float64Array): Assessment {
    const [exact, usual] = [this.#exact, this.#usual];
    // Derivatives of few points take less time than another program.
    if (usual === exact && !isMuch(usual.points.X.size)) return this.exactly(W);
    const { cost, labels } = assessment(usual.points, placed(W, usual), usual.weights);
    const whole = usual === exact ? cost : costWithin(exact.points, placed(W, exact), labels, exact.weights);
    return assessed(whole, () => labels);
  }

  assign(W: Float64Array): Int32Array {
    return copyOf(nearestOf(this.#usual.points, placed(W, this.#usual)));
  }

  distances(W: Float64Array): ArrayLike<number> {
    const distances = squaredDistances(inFrame(this.#exact.points), placed(W, this.#exact)).sqrt();
    return distances.mul(this.frame.scale).data;
  }

  nearest(W: Float64Array): ArrayLike<number> {
    const { points, weights } = this.#usual;
    return nearest(points, placed(W, this.#usual), weights).data;
  }

  nowhere(): Nearest {
    return this.#nearest(infinite(this.#usual));
  }

  around(place: Float64Array): number {
    const usual = this.#usual;
    return nearestWith(usual.points, infinite(usual), placed(place, usual), null).total.item();
  }

  distancesTo(rows: readonly number[]): ArrayLike<number> {
    // Filled up with the first one, which then does not count: one program does for all.
    const whole = Array.from({ length: MOST_OTHERS }, (_, at) => rows[at] ?? (rows[0] as number));
    const counts = Float64Array.from(whole, (_, at) => (at < rows.length ? 1 : 0));
    const others = someOf(whole, this.#exact).points;
    return distanceSums(this.#exact.points, others, tensor(counts, undefined, { dtype: "float64", copy: false })).data;
  }

  point(row: number): Float64Array {
    return pointAt(row, this.#exact);
  }

  some(rows: readonly number[], k: number): Costs {
    if (areFew(rows.length * this.frame.origin.length * k)) return this.#reader()(rows);
    return new CostsByGraph({ exact: someOf(rows, this.#exact), usual: someOf(rows, this.#usual) });
  }

  stepByEach(rows: readonly number[], W: Float64Array, seen: Float64Array): void {
    const costsOf = this.#reader();
    for (let first = 0; first < rows.length; first += ROWS_AT_ONCE) {
      const block = rows.slice(first, first + ROWS_AT_ONCE);
      costsOf(block).stepByEach([...block.keys()], W, seen);
    }
  }

  /** What reads a few of the points. */
  #reader(): (rows: readonly number[]) => CostsInLoops {
    const { points, frame, weights } = this.#exact;
    const [all, origin, weightOf] = [points.X.data, points.origin?.data, weights?.data];
    const perScale = points.perScale?.item() ?? 1;
    const d = frame.origin.length;
    return (rows) => {
      const X = new Float64Array(rows.length * d);
      rows.forEach((row, at) => {
        for (let j = 0; j < d; j++) X[at * d + j] = ((all[row * d + j] as number) - (origin?.[j] ?? 0)) * perScale;
      });
      return new CostsInLoops(X, frame, weightOf && Float64Array.from(rows, (row) => weightOf[row] as number));
    };
  }

  #nearest(distances: Tensor, total?: Tensor): Nearest {
    const usual = this.#usual;
    const { points, weights } = usual;
    const nearest: Nearest = {
      get distances() {
        return distances.data;
      },
      get total() {
        return total?.item() ?? Infinity;
      },
      with: (place) => {
        const next = nearestWith(points, distances, placed(place, usual), weights);
        return this.#nearest(next.distances, next.total);
      },
      withBestOf: (places) => {
        // Where points are few, one program does for any number of places; where they are many, one pass for all of them.
        if (places.length === 1 || !isMuch(points.X.size)) return withBestOfEach(nearest, places);
        const tensors = places.map((place) => placed(place, usual));
        const which = firstSmallest(totalsWith(points, distances, tensors, weights).data);
        return { which, nearest: nearest.with(places[which] as Float64Array) };
      },
    };
    return nearest;
  }
}

/** How many points are read at once, where each is a step of its own. */
const ROWS_AT_ONCE = 1024;

/** Prototypes as an arithmetic has them. Shape [k, d]. */
function placed(W: Float64Array, { frame, dtype }: Arithmetic): Tensor {
  const d = frame.origin.length;
  return tensor(W, [W.length / d, d], { dtype });
}

/** `data` returns a copy already, and nobody else reads this one. */
const copyOf = (labels: Indices): Int32Array => labels.data as Int32Array;

/** Labels are copied once somebody asks for them. */
function assessed(cost: Tensor, labelsOf: () => Indices): Assessment {
  let labels: Int32Array | undefined;
  return {
    cost: cost.item(),
    get labels() {
      labels ??= copyOf(labelsOf());
      return labels;
    },
  };
}

/** Both come out of float64 sums. */
const read = ({ gradient, curvature }: Slopes): Derivatives => ({
  gradient: Float64Array.from(gradient.data),
  curvature: Float64Array.from(curvature.data),
});

interface Slopes {
  readonly gradient: Tensor;
  readonly curvature: Tensor;
}

const nearestOf = compile((points: Framed, W: Tensor) => squaredDistances(inFrame(points), W).argmin(1));

/** What an iteration goes by, from one pass. */
const derivatives = compile((points: Framed, W: Tensor, weights: Tensor | null, withLabels: boolean) => {
  const distances = squaredDistances(inFrame(points), W);
  const cost = weighted(distances.reduceMin(1), weights).reduceSum();
  return { cost, ...slopesOf(cost, W), labels: withLabels ? distances.argmin(1) : null };
});

/** The gradient of a cost, and the diagonal of its Hessian, which has nothing else: that times ones. */
function slopesOf(cost: Tensor, W: Tensor): Slopes {
  const [gradient] = gradients(cost, [W]) as [Tensor];
  const [curvature] = gradients(gradient.reduceSum(), [W]) as [Tensor];
  return { gradient, curvature };
}

const assessment = compile((points: Framed, W: Tensor, weights: Tensor | null) => {
  const distances = squaredDistances(inFrame(points), W);
  return { cost: weighted(distances.reduceMin(1), weights).reduceSum(), labels: distances.argmin(1) };
});

/** The same where the nearest are known: then it takes no longer for many prototypes than for few. */
const within = (points: Framed, W: Tensor, labels: Indices, weights: Tensor | null): Tensor => {
  const shares = weighted(inFrame(points).sub(W.take(labels)).square().reduceSum(1), weights);
  // For each cluster apart, so that fewer additions wait for the one before.
  return labels
    .oneHot(W.shape[0] as number)
    .mul(shares.expandDims(1))
    .reduceSum(0)
    .reduceSum();
};

const costWithin = compile(within);

const derivativesWithin = compile((points: Framed, W: Tensor, labels: Indices, weights: Tensor | null) =>
  slopesOf(within(points, W, labels, weights), W),
);

const weighted = (values: Tensor, weights: Tensor | null): Tensor => (weights === null ? values : values.mul(weights));

const nearest = compile((points: Framed, W: Tensor, weights: Tensor | null) =>
  weighted(squaredDistances(inFrame(points), W).reduceMin(1), weights),
);

/** The squared distances once there is one place more, and their total. */
const nearestWith = compile((points: Framed, distances: Tensor, place: Tensor, weights: Tensor | null) => {
  const least = squaredDistances(inFrame(points), place).squeeze(1).minimum(distances);
  return { distances: least, total: weighted(least, weights).reduceSum() };
});

/** The totals of that for each of several places, of which one is to be chosen. */
const totalsWith = compile(
  (points: Framed, distances: Tensor, places: readonly Tensor[], weights: Tensor | null): Tensor => {
    const least = squaredDistances(inFrame(points), concat(places, 0)).minimum(distances.expandDims(1));
    return (weights === null ? least : least.mul(weights.expandDims(1))).reduceSum(0);
  },
);

/** For each point the sum of its distances to some others, each times how much it counts. Shape [n]. */
const distanceSums = compile((points: Framed, others: Framed, counts: Tensor) =>
  inFrame(points).expandDims(1).sub(inFrame(others)).square().reduceSum(2).sqrt().mul(counts).reduceSum(1),
);
