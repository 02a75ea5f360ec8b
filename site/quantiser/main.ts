/** A place that is still empty. */

/** Fills the element, and gives back what empties it. */
export function mountQuantiser(element: HTMLElement): () => void {
  element.textContent = "Quantiser";
  return () => element.replaceChildren();
}
