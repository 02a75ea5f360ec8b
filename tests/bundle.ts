/** Programs that import the packages, bundled as users bundle them, and run by Node alone. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build } from "esbuild";

/** A program as one module with all that it imports. */
export async function bundle(program: string, options: BuildOptions): Promise<string> {
  const stdin = { contents: program, resolveDir: fileURLToPath(new URL(".", import.meta.url)) };
  const { outputFiles } = await build({ stdin, bundle: true, format: "esm", ...options, write: false });
  return (outputFiles[0] as { text: string }).text;
}

/** What that prints, and how its process ends. */
export async function runBundled(program: string, options: BuildOptions) {
  const input = await bundle(program, options);
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module"], { input, encoding: "utf8" });
  return { stdout, stderr, status };
}
