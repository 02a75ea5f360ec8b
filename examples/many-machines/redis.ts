/** A Redis of our own, on this machine alone, which keeps nothing on disk. */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { startProcess } from "./processes.js";

export interface Redis {
  readonly url: string;
  readonly process: ChildProcess;
}

export async function startRedis(): Promise<Redis> {
  const port = await freePort();
  const where = ["--bind", "127.0.0.1", "--port", String(port)];
  const keepsNothing = ["--save", "", "--appendonly", "no"];
  try {
    const process = await startProcess("redis-server", [...where, ...keepsNothing], /Ready to accept connections/);
    return { url: `redis://127.0.0.1:${port}`, process };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new Error("many-machines: there is no redis-server; install it, on Debian by apt-get install redis-server");
  }
}

/** A port that the system gives to whoever asks for any. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
