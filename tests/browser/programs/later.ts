/** Computes, forbids WebAssembly to the page, and computes on: what was compiled before, and what was not. */
import { compile, type Tensor, tensor } from "@protograd/autograd";

const violations: SecurityPolicyViolationEvent[] = [];
addEventListener("securitypolicyviolation", (violation) => violations.push(violation));

const square = compile((x: Tensor) => x.square());
const cube = compile((x: Tensor) => x.square().mul(x));
const squares = [square(tensor(1)).item()];

const policy = document.createElement("meta");
policy.httpEquiv = "content-security-policy";
policy.content = "script-src 'self'";
document.head.append(policy);

squares.push(...[2, 3].map((x) => square(tensor(x)).item()));
const cubes = [1, 2, 3].map((x) => cube(tensor(x)).item());

/** Violations are told once this script has run. */
const answer = new Promise((resolve) => {
  setTimeout(() => resolve({ squares, cubes, refusals: violations.length }));
});
Object.assign(globalThis, { answer });
