/** The theme: VitePress's own, without its fonts. */
import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { mounted } from "./mounted.js";

export default {
  extends: DefaultTheme,
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
