/** A place that is still empty. */

/** Fills the element, and gives back what empties it. */
export function mountExplorable(element: HTMLElement): () => void {
  element.textContent = "Explorable";
  return () => element.replaceChildren();
}
