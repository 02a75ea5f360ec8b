/** How VitePress builds the site of what `gather` has gathered. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { anchorOf } from "../../tests/markdown.js";
import { linkPages } from "./links.js";

const built = (path: string): string => fileURLToPath(new URL(`../../packages/${path}`, import.meta.url));

export default defineConfig({
  title: "Protograd",
  description: "Reverse-mode autodiff by hand, and k-means on it: a live book.",
  lang: "en",
  base: process.env.BASE ?? "/",
  head: [["link", { rel: "icon", href: `${process.env.BASE ?? "/"}icon.svg` }]],
  srcDir: "gathered",
  metaChunk: true,
  markdown: {
    anchor: { slugify: anchorOf },
    config: linkPages,
  },
  themeConfig: {
    search: { provider: "local" },
    outline: { level: [2, 3] },
  },
  vite: {
    resolve: {
      alias: {
        "@protograd/autograd": built("autograd/dist/index.js"),
        "@protograd/kmeans": built("kmeans/dist/index.js"),
      },
    },
    worker: { format: "es" },
  },
});
