/** The explorable without a page: addresses, lines of the loop, sections and races. */
import { kmeans, makeBlobs } from "@protograd/kmeans";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressOf, stateFrom, toHundredths } from "../explorable/address.js";
import { distancesOf, pointGraphOf, surveyOf, TENSORS } from "../explorable/costs.js";
import { listingOf } from "../explorable/listing.js";
import { lineOfStep } from "../explorable/moving.js";
import { costText, placeText, scientific, short } from "../explorable/numbers.js";
import { flatOf, type Place, placesOf, rounded } from "../explorable/place.js";
import { preset, startOf } from "../explorable/presets.js";
import { fitOptions, Races } from "../explorable/races.js";
import { lineOver, sectionAlong } from "../explorable/section.js";
import { ALGORITHMS, EDGES, initialState, PRESETS, type State } from "../explorable/state.js";
import { View, windowAround } from "../explorable/view.js";

const place = fc.record({
  x: fc.double({ min: -300, max: 300, noNaN: true }),
  y: fc.double({ min: -300, max: 300, noNaN: true }),
});

const states: fc.Arbitrary<State> = fc
  .record({
    preset: fc.constantFrom(...PRESETS),
    moved: fc
      .dictionary(fc.nat(500).map(String), place.map(rounded))
      .map((entries) => new Map(Object.entries(entries).map(([at, each]) => [Number(at), each]))),
    added: fc.array(place.map(toHundredths), { maxLength: 30 }),
    start: fc.option(fc.array(place.map(rounded), { minLength: 1, maxLength: 8 }), { nil: undefined }),
    k: fc.integer({ min: 1, max: 8 }),
    algorithm: fc.constantFrom(...ALGORITHMS),
    iteration: fc.nat(40),
    rate: fc.constantFrom(0.05, 0.5, 1.2, 3),
    chosen: fc.nat(2000),
    back: fc.nat(EDGES),
    step: fc.constantFrom(-10, -2.5, -0.3, 0),
    line: fc.option(
      fc.record({
        subject: fc.oneof(fc.constant("point" as const), fc.nat(7)),
        from: place.map(rounded),
        to: place.map(rounded),
      }),
      { nil: undefined },
    ),
  })
  .map((state) => ({ ...state, k: state.start?.length ?? state.k }));

describe("an address", () => {
  test("holds the whole state", () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(stateFrom(addressOf(state))).toEqual(state);
      }),
    );
  });

  test("holds nothing that a browser would write in another way", () => {
    fc.assert(
      fc.property(states, (state) => {
        const address = addressOf(state);
        expect(new URL(`https://example.org/#${address}`).hash.slice(1)).toBe(address);
      }),
    );
  });

  test("is read whatever it says, as a state that has an address of its own", () => {
    const names = fc.constantFrom(
      "points",
      "moved",
      "added",
      "start",
      "k",
      "iteration",
      "rate",
      "point",
      "back",
      "h",
      "line",
    );
    const text = fc
      .array(fc.tuple(names, fc.string()), { maxLength: 5 })
      .map((parts) => parts.map((part) => part.join("=")).join("&"));
    fc.assert(
      fc.property(fc.oneof(fc.string(), text), (address) => {
        const state = stateFrom(address);
        expect(stateFrom(addressOf(state))).toEqual(state);
      }),
    );
  });

  test("of the initial state is empty", () => expect(addressOf(initialState)).toBe(""));

  test.each([
    ["points=nowhere&k=5", { k: 5 }],
    ["k=9", {}],
    ["k=2.5", {}],
    ["k=", {}],
    ["start=1,2;3,x", {}],
    [
      "start=1,2;3,4&k=5",
      {
        start: [
          { x: 1, y: 2 },
          { x: 3, y: 4 },
        ],
        k: 2,
      },
    ],
    ["h=1", {}],
    ["added=!", {}],
    ["line=point;1,2", {}],
    ["moved=-1,0,0", {}],
  ])("%s: what makes no sense is left out", (address, change) => {
    expect(stateFrom(address)).toEqual({ ...initialState, ...change });
  });
});

describe("what explain prints", () => {
  const points = flatOf(preset("blobs").points);
  describe.each([1, 2, 3, 4, 5, 6, 7, 8])("for k = %d", (k) => {
    const sections = listingOf(points, startOf("blobs", k));
    const made = (title: RegExp) =>
      sections
        .filter((section) => title.test(section.title))
        .flatMap(({ lines }) => lines.flatMap(({ makes }) => makes));

    test("has a line of the graph for each tensor of chapter 3", () => {
      expect(made(/^graph/).sort()).toEqual([...TENSORS].sort());
    });

    test("has a line of the graph of the gradient for each gradient", () => {
      const names = TENSORS.filter((name) => name !== "x" && name !== "cost");
      expect([...new Set(made(/^gradient/))].sort()).toEqual(names.map((name) => `∂${name}`).sort());
    });

    test("has a line of the loop for what the loop computes", () => {
      const values = k === 1 ? ["x", "W", "differences", "squares", "distances", "cost"] : [...TENSORS];
      expect(made(/^kernel/)).toEqual(expect.arrayContaining(values));
      expect(made(/^kernel/)).toContain("∂W");
    });
  });
});

describe("the section along a line", () => {
  const prototypes = fc.array(place.map(rounded), { minLength: 2, maxLength: 8 });

  test("is the lowest of the distances, with a kink wherever the nearest changes", () => {
    fc.assert(
      fc.property(place, prototypes, (point, among) => {
        const line = lineOver(point, among);
        if (line === undefined) return;
        const { distances, labels, kinks } = sectionAlong(line, point, among);
        expect(kinks).toHaveLength(labels.slice(1).filter((label, at) => label !== labels[at]).length);
        for (const [at, row] of distances.entries()) expect(row[labels[at] as number]).toBe(Math.min(...row));
      }),
    );
  });

  test.each(["point", 1] as const)("has the slope of the graph, where %s moves", (subject) => {
    const [point, among] = [
      { x: 2, y: 1 },
      placesOf([
        [1, 1],
        [2, 3],
        [4, 0],
      ]),
    ];
    const line = { subject, from: subject === "point" ? point : (among[1] as Place), to: { x: 3, y: 1 } };
    const { now } = sectionAlong(line, point, among);
    expect(now.at).toBe(0);
    expect(now.cost).toBe(1);
    // ∂e/∂x is (2, 0), and the nearest is not w₂.
    expect(now.slope).toBe(subject === "point" ? 2 : 0);
  });
});

describe("a view", () => {
  const places = fc.array(place, { minLength: 1, maxLength: 20 });
  const size = fc.integer({ min: 50, max: 2000 });

  test("shows all that its window was made around, and finds each place again", () => {
    fc.assert(
      fc.property(places, places, size, size, (points, others, width, height) => {
        const view = new View(windowAround(flatOf(points), others), width, height);
        for (const each of [...points, ...others]) {
          expect(view.shows(each)).toBe(true);
          const { x, y } = view.inPlane(view.onScreen(each));
          expect(Math.hypot(x - each.x, y - each.y)).toBeLessThan(1e-9);
        }
      }),
    );
  });

  test("has one unit for both axes", () => {
    const view = new View({ left: 0, right: 10, bottom: 0, top: 1 }, 100, 100);
    expect([view.x(1) - view.x(0), view.y(0) - view.y(1)]).toEqual([10, 10]);
  });
});

test("a step by key stays on the line of the steps before it", () => {
  const first = lineOfStep(undefined, 0, { x: 0, y: 0 }, { x: 0.25, y: 0 }, 5);
  expect(first).toEqual({ subject: 0, from: { x: 0, y: 0 }, to: { x: 5, y: 0 } });
  expect(lineOfStep(first, 0, { x: 0.25, y: 0 }, { x: 0.5, y: 0 }, 5)).toBe(first);
  expect(lineOfStep(first, 0, { x: 0.25, y: 0 }, { x: 0.25, y: 1 }, 5)).not.toBe(first);
  expect(lineOfStep(first, 1, { x: 0.25, y: 0 }, { x: 0.5, y: 0 }, 5)).not.toBe(first);
});

test("the graph of a point has the numbers of chapter 3", () => {
  const { tensors, label } = pointGraphOf(
    { x: 2, y: 1 },
    placesOf([
      [1, 1],
      [2, 3],
      [4, 0],
    ]),
  );
  expect(label).toBe(0);
  expect(tensors.distances).toEqual({ value: [[1, 4, 5]], gradient: [[1, 0, 0]] });
  expect(tensors.squares.value).toEqual([
    [1, 0, 4],
    [0, 4, 1],
  ]);
  expect(tensors.W.gradient.map((row) => row.map((each) => each + 0))).toEqual([
    [-2, 0],
    [0, 0],
    [0, 0],
  ]);
  expect(tensors.x).toEqual({ value: [[2, 1]], gradient: [[2, 0]] });
  expect(
    distancesOf(
      { x: 2, y: 1 },
      placesOf([
        [1, 1],
        [2, 3],
      ]),
    ),
  ).toEqual([1, 4]);
});

test("Newton's step leads to the middle of a prototype's points, and none where it has none", () => {
  const points = flatOf(
    placesOf([
      [0, 0],
      [2, 0],
      [1, 3],
    ]),
  );
  const { newton, gradient, safeRate, cost } = surveyOf(
    points,
    placesOf([
      [0, 0],
      [50, 50],
    ]),
    1,
  );
  expect(newton).toEqual([
    { x: 1, y: 1 },
    { x: 0, y: 0 },
  ]);
  expect(gradient[0]).toEqual({ x: -6, y: -6 });
  expect(safeRate).toBeCloseTo(1 / 6, 7);
  expect(cost).toBe(14);
});

test("races that cannot begin have ended", () => {
  const races = new Races(
    flatOf([{ x: 0, y: 0 }]),
    placesOf([
      [0, 0],
      [1, 1],
    ]),
    0,
    0.1,
  );
  expect(races.haveEnded).toBe(true);
  expect(races.length).toBe(0);
});

test("races end where the package's fits do", () => {
  const points = flatOf(placesOf(makeBlobs({ samples: 90, randomState: 1 }).points));
  const start = placesOf([
    [0, 0],
    [1, 1],
  ]);
  const races = new Races(points, start, 1, 0.01);
  while (!races.haveEnded) races.advance();
  for (const algorithm of ALGORITHMS) {
    const model = kmeans({ data: points, shape: [90, 2] }, fitOptions(algorithm, start, 0.01));
    expect(races.of[algorithm].reached.slice(1).map(({ cost }) => cost)).toEqual(model.history);
  }
  expect(races.lowest).toBe(
    Math.min(1, ...ALGORITHMS.flatMap((each) => races.of[each].reached.map(({ cost }) => cost))),
  );
});

test.each([
  [short(-0.004), "0"],
  [short(-1.256), "−1.26"],
  [short(1234.567), "1234.6"],
  [short(Number.NEGATIVE_INFINITY), "−∞"],
  [costText(29488.708), "29\u202f488.71"],
  [costText(940.45032), "940.4503"],
  [costText(1234567.8), "1\u202f234\u202f568"],
  [scientific(0.00032), "3.2 · 10⁻⁴"],
  [scientific(-0), "0"],
  [placeText({ x: -1, y: 0.5 }), "(−1, 0.5)"],
])("numbers are written as people write them: %s", (text, expected) => expect(text).toBe(expected));
