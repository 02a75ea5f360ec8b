/** How VitePress builds the site of what `gather` has gathered. */
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { anchorOf } from "../../tests/markdown.js";
import { highlighted } from "../gather/highlight.js";
import { markBlocks } from "./blocks.js";
import { nav, sidebar } from "./contents.js";
import { drawDiagrams } from "./diagram.js";
import { linkPages } from "./links.js";
import { writeServiceWorker } from "./offline.js";
import { withPolicy } from "./policy.js";
import { nameHeaders } from "./tables.js";

const built = (path: string): string => fileURLToPath(new URL(`../../packages/${path}`, import.meta.url));

export default defineConfig({
  title: "Protograd",
  description: "Reverse-mode autodiff by hand, and k-means on it: a live book.",
  lang: "en",
  base: process.env.BASE ?? "/",
  head: [["link", { rel: "icon", href: `${process.env.BASE ?? "/"}icon.svg` }]],
  srcDir: "gathered",
  metaChunk: true,
  // The service worker fetches the book; pages beyond it are large, and wait until they are asked for.
  router: { prefetchLinks: false },
  transformHtml: withPolicy,
  buildEnd: writeServiceWorker,
  markdown: {
    highlight: (text, language) =>
      `<pre tabindex="0" v-pre><code>${highlighted(text.trimEnd(), language)}</code></pre>`,
    anchor: { slugify: anchorOf },
    config: (markdown) => {
      linkPages(markdown);
      markBlocks(markdown);
      nameHeaders(markdown);
      drawDiagrams(markdown);
    },
  },
  themeConfig: {
    nav,
    sidebar,
    search: { provider: "local" },
    outline: { level: [2, 3] },
    docFooter: { prev: "Before this", next: "After this" },
    externalLinkIcon: false,
    ...(process.env.REPOSITORY ? { socialLinks: [{ icon: "github", link: process.env.REPOSITORY }] } : {}),
  },
  vite: {
    resolve: {
      dedupe: ["fast-check"],
      alias: [
        { find: /^@protograd\/(autograd|kmeans)$/, replacement: built("$1/dist/index.js") },
        { find: /^@protograd\/autograd\/(.*)$/, replacement: built("autograd/dist/$1.js") },
      ],
    },
    // Programs print the names of classes.
    esbuild: { keepNames: true },
    worker: { format: "es" },
    // The pages' policy knows no fonts in style sheets. TypeScript is one file of megabytes, for those who edit a program.
    build: { assetsInlineLimit: 0, chunkSizeWarningLimit: 8000 },
  },
});
