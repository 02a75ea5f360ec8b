/** The order of the site: what is read after what, and where else a reader may go. */
import type { DefaultTheme } from "vitepress";
import { linesOf, linksOf } from "../../tests/markdown.js";
import { pageOf } from "../gather/repository.js";

/** The title of a document is its first heading. */
const titleOf = (file: string): string => linesOf(file)[0]?.replace(/^# /, "").replaceAll("`", "") ?? file;

const item = (file: string, text = titleOf(file)): DefaultTheme.SidebarItem => ({
  text,
  link: `/${pageOf(file).replace(/(index)?\.md$/, (ending) => (ending === ".md" ? ".html" : ""))}`,
});

const chapters = linksOf("docs/README.md")
  .map(({ target }) => target)
  .filter((target) => /^\d\d-/.test(target))
  .map((chapter) => item(`docs/${chapter}`));

const inHand = [
  item("site/pages/explorable.md", "Drag it"),
  item("site/pages/notebook.md", "The seed's notebook"),
  item("site/pages/quantiser.md", "A picture in k colours"),
];

const reference = [
  item("packages/autograd/README.md"),
  { text: "its names", link: "/api/@protograd/autograd/" },
  item("packages/kmeans/README.md"),
  { text: "its names", link: "/api/@protograd/kmeans.html" },
];

export const nav: DefaultTheme.NavItem[] = [
  { text: "Read", link: "/docs/" },
  { text: "Drag", link: "/explorable.html" },
  { text: "Run", link: "/notebook.html" },
  { text: "Picture", link: "/quantiser.html" },
  { text: "Look up", link: "/packages/autograd/" },
];

export const sidebar: DefaultTheme.SidebarItem[] = [
  { text: "The guide", items: [item("docs/README.md", "Contents"), ...chapters] },
  { text: "In your hands", items: inHand },
  { text: "To look up", items: [...reference, item("docs/glossary.md"), item("docs/architecture.md")] },
  {
    text: "The project",
    items: [
      item("README.md", "What it is"),
      item("examples/README.md"),
      item("bench/README.md"),
      item("CONTRIBUTING.md"),
      item("CHANGELOG.md"),
    ],
  },
];
