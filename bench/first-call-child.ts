/** The process of one first call: loads the peer that its argument names, and sends how many milliseconds it took. */
import { peers } from "./peers/all.js";
import { makeProblem, SIZES } from "./problems.js";

const problem = makeProblem(SIZES[0]!);
const peer = peers.find(({ name }) => name === process.argv[2]);
if (peer === undefined) throw new Error(`there is no peer ${process.argv[2]}`);
const prepare = await peer.load();

const start = performance.now();
prepare(problem).run();
const milliseconds = performance.now() - start;

process.send?.(milliseconds, () => process.exit());
