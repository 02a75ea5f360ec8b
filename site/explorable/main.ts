/** Puts the explorable on a page. The packages come after the first paint: until then the page says what will be there. */
import "./explorable.css";
import { html } from "./element.js";

/** Fills the element, and gives back what empties it. */
export function mountExplorable(element: HTMLElement): () => void {
  let stop: (() => void) | undefined;
  let isGone = false;
  element.classList.add("explorable");
  element.replaceChildren(html("p", { class: "x-loading" }, "The plane is being drawn …"));
  const load = async (): Promise<void> => {
    const { Explorable } = await import("./explorable.js");
    if (isGone) return;
    const explorable = new Explorable(element);
    stop = () => explorable.stop();
  };
  void load();
  return () => {
    isGone = true;
    stop?.();
    element.replaceChildren();
  };
}
