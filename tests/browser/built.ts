/** The packages and the tests' programs as a browser gets them: bundled, and module by module as `tsc` writes them. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import ts from "typescript";

const root = new URL("../../", import.meta.url);

/** Each program of `programs/` with everything that it imports, as one module: `/name.js`. */
export async function bundled(...names: readonly string[]): Promise<Record<string, string>> {
  const { outputFiles } = await build({
    entryPoints: names.map((name) => fileURLToPath(new URL(`programs/${name}.ts`, import.meta.url))),
    outdir: "/",
    bundle: true,
    write: false,
    format: "esm",
  });
  return Object.fromEntries(outputFiles.map(({ text }, at) => [`/${names[at]}.js`, text]));
}

/** The modules of a folder of this repository, each as `tsc` writes it, at `/name/…`. */
export function modulesIn(folder: string, name: string): Record<string, string> {
  const sources = new URL(`${folder}/`, root);
  const { config } = ts.readConfigFile(fileURLToPath(new URL("tsconfig.base.json", root)), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, module: "ES2022" }, "");
  const files = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return Object.fromEntries(
    files.map((file) => {
      const source = readFileSync(new URL(file, sources), "utf8");
      const { outputText } = ts.transpileModule(source, { compilerOptions: options });
      return [`/${name}/${file.replace(/\.ts$/, ".js")}`, outputText];
    }),
  );
}
