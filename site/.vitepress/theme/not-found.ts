/** What stands where there is no page. */
import { withBase } from "vitepress";
import { h } from "vue";

export const NotFound = () =>
  h("main", { class: "whole vp-doc" }, [
    h("h1", "There is no such page"),
    h("p", [h("a", { href: withBase("/docs/") }, "The contents of the guide"), " may lead to what you look for."]),
  ]);
