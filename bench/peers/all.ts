/** All peers that compute the cost and its gradient; protograd, with which the others are compared, comes first. */
import { jax } from "./jax.js";
import type { Peer } from "./peer.js";
import { plainLoop } from "./plain-loop.js";
import { protograd } from "./protograd.js";
import { tensorflow } from "./tensorflow.js";

export const peers: readonly Peer[] = [protograd, jax, tensorflow, plainLoop];
