/** Puts the quantiser on a page. What computes comes later, in a worker. */
import "../explorable/styles/page.css";
import "../explorable/styles/controls.css";
import "./quantiser.css";
import { html } from "../explorable/element.js";
import { Quantiser } from "./quantiser.js";

/** Fills the element, and gives back what empties it. */
export function mountQuantiser(element: HTMLElement): () => void {
  const room = html("div", { class: "q-room" });
  element.classList.add("explorable", "quantiser");
  element.replaceChildren(room);
  const quantiser = new Quantiser(room);
  return () => {
    quantiser.stop();
    element.replaceChildren();
  };
}
