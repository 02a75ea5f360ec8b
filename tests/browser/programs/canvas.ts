/** Takes the pixels of a canvas as it gives them: its left half is red, the right one blue. */
import { tensor } from "@protograd/autograd";
import { kmeans } from "@protograd/kmeans";

const canvas = document.createElement("canvas");
const context = canvas.getContext("2d") as CanvasRenderingContext2D;
for (const [x, colour] of ["#ff0000", "#0000ff"].entries()) {
  context.fillStyle = colour;
  context.fillRect(2 * x, 0, 2, 2);
}
const { data } = context.getImageData(0, 0, 4, 2);
const { centroids, labels } = kmeans({ data: data as unknown as Float32Array, shape: [8, 4] }, { k: 2, seed: 1 });
Object.assign(globalThis, {
  answer: {
    pixels: tensor(data, [8, 4]).toArray(),
    centroids: centroids.sort(),
    isLeft: [...labels].map((label) => label === labels[0]),
  },
});
