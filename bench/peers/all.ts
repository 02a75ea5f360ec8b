/** Everybody who computes the cost and its gradient; protograd, against whom the others are measured, comes first. */
import { jax } from "./jax.js";
import type { Peer } from "./peer.js";
import { plainLoop } from "./plain-loop.js";
import { protograd } from "./protograd.js";
import { tensorflow } from "./tensorflow.js";

export const peers: readonly Peer[] = [protograd, jax, tensorflow, plainLoop];
