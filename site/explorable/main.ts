/** Puts the explorable on a page. The packages come after the first paint: until then the page says what will be there. */
import "./styles/page.css";
import "./styles/controls.css";
import "./styles/plane.css";
import "./styles/charts.css";
import "./styles/race.css";
import "./styles/tables.css";
import "./styles/graph.css";
import "./styles/section.css";
import "./styles/check.css";
import "./styles/loop.css";
import { html } from "./element.js";

/** Fills the element, and gives back what empties it. */
export function mountExplorable(element: HTMLElement): () => void {
  let stop: (() => void) | undefined;
  let isGone = false;
  element.classList.add("explorable");
  const room = html("div", { class: "x-room" }, html("p", { class: "x-loading" }, "The plane is being drawn …"));
  element.replaceChildren(room);
  const load = async (): Promise<void> => {
    const { Explorable } = await import("./explorable.js");
    if (isGone) return;
    const explorable = new Explorable(room);
    stop = () => explorable.stop();
  };
  void load();
  return () => {
    isGone = true;
    stop?.();
    element.replaceChildren();
  };
}
