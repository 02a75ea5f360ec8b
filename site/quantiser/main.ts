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
  element.replaceChildren(html("main", {}, heading(), room));
  const quantiser = new Quantiser(room);
  return () => {
    quantiser.stop();
    element.replaceChildren();
  };
}

const heading = (): HTMLElement =>
  html(
    "header",
    { class: "x-head" },
    html("h1", {}, "A picture in few colours"),
    html(
      "p",
      {},
      "A pixel is a point: so much red, so much green, so much blue. K-means finds the k colours that are nearest to all of them; each pixel then takes the nearest. ",
      html("strong", {}, "Try first: "),
      "move the number of colours down to 3, then up again.",
    ),
  );
