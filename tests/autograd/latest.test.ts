/** What is kept: the latest, as much of it as may be. */
import { expect, test } from "vitest";
import { Latest } from "../../packages/autograd/src/latest.js";

const keptOf = (latest: Latest<number>, names: readonly string[]): string[] =>
  names.filter((name) => latest.get(name) !== undefined);

test("the one whose use lies farthest back goes first", () => {
  const latest = new Latest<number>(3);
  for (const name of ["a", "b", "c"]) latest.set(name, 1, 1);
  latest.get("a");
  latest.set("d", 1, 1);
  expect(keptOf(latest, ["a", "b", "c", "d"])).toEqual(["a", "c", "d"]);
});

test("what is set again takes the place of what was there: its value, weight and age", () => {
  const latest = new Latest<number>(3);
  for (const name of ["a", "b", "c"]) latest.set(name, 1, 1);
  for (let again = 0; again < 9; again++) latest.set("a", 2, 1);
  expect(keptOf(latest, ["b", "c", "a"])).toEqual(["b", "c", "a"]);
  expect(latest.get("a")).toBe(2);
  latest.set("d", 1, 1);
  expect(keptOf(latest, ["a", "b", "c", "d"])).toEqual(["a", "c", "d"]);
});

test("the latest stays, whatever it weighs", () => {
  const latest = new Latest<number>(3);
  latest.set("a", 1, 1);
  latest.set("b", 1, 9);
  expect(keptOf(latest, ["a", "b"])).toEqual(["b"]);
});
