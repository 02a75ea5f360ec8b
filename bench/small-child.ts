/** The process of one small task: prints how many milliseconds it took. */
import { TASKS } from "./small-tasks.js";

const [name, by] = process.argv.slice(2);
const task = TASKS.find((each) => each.name === name);
if (task === undefined || by === undefined) throw new Error(`there is no task ${name}`);

const run = task.prepare(by);
const start = performance.now();
run();
console.log(performance.now() - start);
