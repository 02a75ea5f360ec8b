/** The theme: VitePress's own, set as a book, with the parts that are programs. */
import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { h, onMounted } from "vue";
import "./colours.css";
import "./book.css";
import "./home.css";
import "../../live/live.css";
import "../../notebook/notebook.css";
import { useBlocks } from "./blocks.js";
import { mounted } from "./mounted.js";
import { NotFound } from "./not-found.js";
import { keepOffline } from "./offline.js";

export default {
  extends: DefaultTheme,
  Layout: () => h(DefaultTheme.Layout, null, { "not-found": NotFound }),
  setup() {
    useBlocks();
    onMounted(() => keepOffline(import.meta.env.BASE_URL));
  },
  enhanceApp({ app }) {
    app.component(
      "Explorable",
      mounted("Explorable", async () => (await import("../../explorable/main.js")).mountExplorable),
    );
    app.component(
      "Quantiser",
      mounted("Quantiser", async () => (await import("../../quantiser/main.js")).mountQuantiser),
    );
  },
} satisfies Theme;
