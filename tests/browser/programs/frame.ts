/** Takes arrays that were made in another document, whose `Float32Array` and `Array` are not those of this one. */
import { tensor } from "@protograd/autograd";
import { kmeans } from "@protograd/kmeans";

const frame = document.body.appendChild(document.createElement("iframe"));
const there = frame.contentWindow as Window & typeof globalThis;
const values = [1, 2, 9, 8];
const kinds = [there.Float32Array, there.Float64Array, there.Int32Array, there.Uint8ClampedArray];
const answer = {
  flat: kinds.map((kind) => tensor(new kind(values), [2, 2]).reduceSum(1).toArray()),
  nested: tensor(there.Array.of(there.Array.of(1, 2), there.Array.of(9, 8))).toArray(),
  sizes: [
    ...kmeans({ data: new there.Float32Array(values), shape: there.Array.of(4, 1) }, { k: 2, seed: 1 }).clusterSizes,
  ],
};
Object.assign(globalThis, { answer });
