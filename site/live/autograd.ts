/** All modules of `@protograd/autograd` as built, by their paths, in one file: chapters look inside. */
const modules: Readonly<Record<string, object>> = import.meta.glob(
  ["../../packages/autograd/dist/**/*.js", "!**/dist/node/**", "!**/dist/vitest.js", "!**/dist/fast-check.js"],
  { eager: true },
);

export default modules;
