/**
 * What a thread runs that takes part in passes, as text: any bundler leaves it whole, Node and browsers start a thread
 * from it, and it needs no file. With it the words by which threads tell one another how far they are.
 */
import { hostFunctions } from "../instructions/lanes.js";

const NAMES = [
  // For all: which pass is offered, whether it still is, and whether all is over; something has happened.
  ...["offers", "isOpen", "isOver", "events"],
  // The pass that is offered.
  ...["program", "code", "bytes", "part", "chunk", "chunks", "workspace"],
  // Where what the first chunk comes to goes, and that of the others in turn; and the scratch of each thread.
  ...["firstSums", "sums", "sumsSize", "slots", "scratch", "scratchSize"],
  // The next chunk to compute, the next one to take in, whether somebody is taking in, whether a thread has failed.
  ...["next", "turn", "isTaken", "isFailed"],
  // From where on there is a word for each slot: one more than the chunk that is done there.
  "done",
  // And one for each letter of why a thread has failed.
  "why",
  // From here on a word for each thread: its state.
  "states",
] as const;

/** Where each word is in the control block. */
export const WORDS = Object.fromEntries(NAMES.map((name, at) => [name, at])) as Record<(typeof NAMES)[number], number>;

export const STATES = { free: 0, busy: 1, gone: 2 } as const;

/** How many letters a message may have. */
export const MESSAGE = 200;

/** What the instances that a thread keeps weigh: as much as the programs of the engine. */
const MOST_KEPT = 2 ** 26;
const OWN_WEIGHT = 2 ** 16;

export const WORKER = `"use strict";
const { ${NAMES.join(", ")} } = ${JSON.stringify(WORDS)};
const begin = ({ control, memory, which }, say) => {
  const state = states + which;
  const get = (word) => Atomics.load(control, word);
  const tell = () => {
    Atomics.add(control, events, 1);
    Atomics.notify(control, events);
  };
  const host = { memory, divide: () => 0 };
  for (const name of ${JSON.stringify(Object.keys(hostFunctions))}) host[name] = Math[name];

  const instances = new Map();
  let weight = 0;
  const instanceOf = (number) => {
    let found = instances.get(number);
    if (found === undefined) {
      const start = get(code) >>> 0;
      const module = new WebAssembly.Module(new Uint8Array(memory.buffer).slice(start, start + get(bytes)));
      found = { exported: new WebAssembly.Instance(module, { host }).exports, weighs: ${OWN_WEIGHT} + 8 * get(bytes) };
      weight += found.weighs;
    }
    instances.delete(number);
    instances.set(number, found);
    for (const [oldest, { weighs }] of instances) {
      if (weight <= ${MOST_KEPT} || oldest === number) break;
      instances.delete(oldest);
      weight -= weighs;
    }
    return found.exported;
  };

  const sumsOf = (chunk) => get(sums) + (chunk % get(slots)) * get(sumsSize);
  const isDone = (chunk) => chunk < get(chunks) && get(get(done) + (chunk % get(slots))) === chunk + 1;
  const takeIn = (combine) => {
    do {
      if (Atomics.compareExchange(control, isTaken, 0, 1) !== 0) return;
      for (let at = get(turn); isDone(at); at++) {
        if (at > 0) combine(get(workspace), sumsOf(at));
        Atomics.store(control, turn, at + 1);
      }
      Atomics.store(control, isTaken, 0);
    } while (isDone(get(turn)));
  };
  const awaitRoom = (own) => {
    while (own - get(slots) >= get(turn) && !get(isFailed)) {
      const seen = get(events);
      if (own - get(slots) >= get(turn)) Atomics.wait(control, events, seen, 100);
    }
  };
  const takePart = () => {
    if (get(next) >= get(chunks)) return;
    const exported = instanceOf(get(program));
    const compute = exported[get(part)];
    const combine = exported[get(part) + 1];
    for (;;) {
      const own = Atomics.add(control, next, 1);
      if (own >= get(chunks)) return;
      awaitRoom(own);
      if (get(isFailed)) return;
      const place = own === 0 ? get(firstSums) : sumsOf(own);
      compute(get(workspace), get(scratch) + which * get(scratchSize), place, own * get(chunk));
      Atomics.store(control, get(done) + (own % get(slots)), own + 1);
      takeIn(combine);
      tell();
    }
  };

  const end = (message) => {
    if (get(state) === ${STATES.busy}) {
      for (let at = 0; at < ${MESSAGE}; at++) control[get(why) + at] = message.charCodeAt(at) || 0;
      Atomics.store(control, isFailed, 1);
    }
    Atomics.store(control, state, ${STATES.gone});
    tell();
  };
  if (typeof process === "object") process.on("exit", () => end("it has exited"));
  let seen = get(offers);
  say("ready");
  try {
    while (!get(isOver)) {
      Atomics.wait(control, offers, seen);
      seen = get(offers);
      Atomics.store(control, state, ${STATES.busy});
      if (get(isOpen)) takePart();
      Atomics.store(control, state, ${STATES.free});
      tell();
    }
  } catch (error) {
    end(String(error));
  }
};
const node = typeof process === "object" && process.getBuiltinModule?.("node:worker_threads");
if (node) begin(node.workerData, (word) => node.parentPort.postMessage(word));
else onmessage = ({ data }) => begin(data, postMessage);
`;
