/** Elements of the page and of pictures, made in one call. Sets no style attribute and no inline handler. */

type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;
type Child = Node | string | undefined;

/** An element of HTML. An attribute that is `true` stands alone; one that is `false` or `undefined` is left out. */
export function html<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  return finished(document.createElement(name), attributes, children);
}

const SVG = "http://www.w3.org/2000/svg";

/** An element of SVG. */
export function svg<Name extends keyof SVGElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[Name] {
  return finished(document.createElementNS(SVG, name), attributes, children);
}

function finished<Made extends Element>(element: Made, attributes: Attributes, children: readonly Child[]): Made {
  put(element, attributes);
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

/** Sets attributes, and takes away those that are `false` or `undefined`. Touches none that is as it should be. */
export function put(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    const text = value === true ? "" : value === false || value === undefined ? null : String(value);
    if (element.getAttribute(name) === text) continue;
    if (text === null) element.removeAttribute(name);
    else element.setAttribute(name, text);
  }
}

/** Writes only what has changed, so that nothing that observes the element is told of nothing. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Makes as many children as there are items, and shows each its item. */
export function fillWith<Item, Made extends Element>(
  parent: Element,
  items: readonly Item[],
  make: (at: number) => Made,
  show: (element: Made, item: Item, at: number) => void,
): void {
  while (parent.childElementCount > items.length) parent.lastElementChild?.remove();
  for (const [at, item] of items.entries()) {
    const element = (parent.children[at] ?? parent.appendChild(make(at))) as Made;
    show(element, item, at);
  }
}
