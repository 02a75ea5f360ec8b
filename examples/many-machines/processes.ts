/** Processes that end when this one does, however it ends. Knows nothing of what they do. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const running = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
// Signals would otherwise end this process without its "exit", and leave the others behind.
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

/** Starts a program, and waits until it prints a line that says it is ready. */
export async function startProcess(program: string, args: readonly string[], isReady: RegExp): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  running.add(child);
  child.once("exit", () => running.delete(child));
  const ready = new Promise<void>((resolve, reject) => {
    // Lines that nobody reads would stop the program once the pipe is full.
    createInterface(child.stdout).on("line", (line) => isReady.test(line) && resolve());
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`${program} ended with exit code ${code} before it was ready`)));
  });
  await ready;
  return child;
}

/** Tells a process to stop, and waits until it has. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
