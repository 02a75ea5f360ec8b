/** Which lines of the loop make the value of a tensor, for a state. */
import type { TensorName } from "../explorable/costs.js";
import { listingOf } from "../explorable/listing.js";
import { pointsOf, startIn } from "../explorable/scene.js";
import type { State } from "../explorable/state.js";

export const kernelLines = (state: State, name: TensorName): string[] =>
  listingOf(pointsOf(state), startIn(state))
    .filter(({ title }) => title.startsWith("kernel"))
    .flatMap(({ lines }) => lines)
    .filter(({ makes }) => makes.includes(name))
    .map(({ text }) => text);
