/**
 * Gradients of TensorFlow.js, checked: those that it finds itself, and one that somebody wrote for it with an error in it.
 * The functions take and return plain arrays; they compute in float32, which `at`, a Float32Array, tells the check.
 */
import { checkGradientOf, checkTaylorOf } from "@protograd/autograd";
import tf from "@tensorflow/tfjs";

await tf.setBackend("cpu");

/** x · sigmoid(x), whose gradient has two terms. This one has lost the second. */
const swishByHand = tf.customGrad((input, save) => {
  const x = input as tf.Tensor;
  (save as tf.GradSaveFunc)([x]);
  return {
    value: tf.mul(x, tf.sigmoid(x)),
    gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => tf.mul(dy, tf.sigmoid(saved as tf.Tensor)),
  };
});

const swish = (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.sigmoid(x));

/** The weights of a layer of 3 outputs by 2 inputs, and the loss of two examples that goes through an activation. */
const lossWith =
  (activation: (x: tf.Tensor) => tf.Tensor) =>
  (weights: tf.Tensor): tf.Scalar => {
    const inputs = tf.tensor2d([1, -2, 0.5, 3], [2, 2]);
    const outputs = activation(tf.matMul(inputs, tf.reshape(weights, [2, 3])));
    return tf.mean(tf.square(outputs)) as tf.Scalar;
  };

/** What the checks take: a function of numbers, its gradient, and a place. */
function claimOf(activation: (x: tf.Tensor) => tf.Tensor) {
  const loss = lossWith(activation);
  return {
    value: (weights: Float32Array) => tf.tidy(() => loss(tf.tensor1d(weights)).dataSync()[0] as number),
    gradient: (weights: Float32Array) => tf.tidy(() => tf.grad(loss)(tf.tensor1d(weights)).dataSync()),
    at: Float32Array.of(0.5, -1, 0.25, 1.5, 0.75, -0.5),
  };
}

for (const [name, activation] of Object.entries({ "its own gradient": swish, "one by hand": swishByHand })) {
  for (const check of [checkGradientOf, checkTaylorOf]) {
    try {
      console.log(`${name}: ${check(claimOf(activation))}`);
    } catch (error) {
      console.log(`${name}, found: ${(error as Error).message}`);
    }
  }
}
