/** Colours of the style sheet, for what is painted and exported; and when they change. */

export interface Theme {
  readonly paper: string;
  readonly ink: string;
  readonly muted: string;
  readonly rule: string;
  readonly value: string;
  readonly upstream: string;
  readonly newton: string;
  /** One for each prototype. */
  readonly prototypes: readonly string[];
}

export function themeOf(element: Element): Theme {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(`--${name}`).trim();
  return {
    paper: colour("paper"),
    ink: colour("ink"),
    muted: colour("ink-soft"),
    rule: colour("rule"),
    value: colour("value"),
    upstream: colour("upstream"),
    newton: colour("newton"),
    prototypes: Array.from({ length: 8 }, (_, at) => colour(`prototype-${at + 1}`)),
  };
}

/** Calls back when the page goes from light to dark, or the other way. */
export function onThemeChange(callBack: () => void): () => void {
  const observer = new MutationObserver(callBack);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["class"] });
  return () => observer.disconnect();
}
