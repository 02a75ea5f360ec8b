/** The public names of `@protograd/autograd`. */
export { type AdjointComparison, type AdjointOptions, type AdjointReport, checkAdjoint } from "./adjoint.js";
export type { Axes } from "./arrangement.js";
export { checkGradients, checkTaylor, type GradientCheckOptions, type TaylorOptions } from "./check.js";
export { arange, full, indices, ones, type TensorOptions, tensor, zeros } from "./creation.js";
export { einsum } from "./einsum.js";
export { explain } from "./explain.js";
export { hessian, type JacobianOf, jacobian, jvp } from "./forward.js";
export { concat, stack, stopGradient, where } from "./functions.js";
export { type LeafObject, type LeafOf, mapStructure, type WithLeaves } from "./leaves.js";
export type { NestedArray, NestedNumbers, ReadonlyFloats, ReadonlyIntegers } from "./nested.js";
export {
  type AdamOptions,
  adam,
  type MomentumOptions,
  momentum,
  type Optimizer,
  type OptimizerState,
} from "./optimizers.js";
export {
  checkGradientOf,
  checkTaylorOf,
  type GradientClaim,
  type GradientClaimCheck,
  type TaylorClaimCheck,
} from "./plain.js";
export { type NormalOptions, randomNormal, randomUniform, type UniformOptions } from "./random.js";
export type { ReduceOptions, VarianceOptions } from "./reductions.js";
export { GradientCheckError, type GradientComparison, type GradientReport } from "./report.js";
export { load, save } from "./safetensors.js";
export type { SelectionOptions, ToleranceOptions } from "./settings.js";
export type { Shape } from "./shape.js";
export type { TaylorDirection, TaylorReport } from "./taylor.js";
export { type IndexLike, Indices, type Operand, Tensor } from "./tensor.js";
export { stopThreads, useThreads } from "./threads.js";
export {
  compile,
  type GradientDescentOptions,
  grad,
  gradientDescent,
  gradients,
  hessianVectorProduct,
  type ScalarFunction,
  valueAndGrad,
} from "./transforms.js";
