/** The notebook's sliders: k, the rate and the start, written into its cells. Knows nothing of how cells run. */

/** Where the article's prototypes start: at these rows of the points. */
const SEEDS_ROWS = [162, 308, 381];

const NUMBER_OF_POINTS = 500;

/** Different rows, the same for a start; start 0 begins with the article's own. */
export function rowsOf(start: number, k: number): number[] {
  let state = start * 0x9e3779b9 + 1;
  // xorshift32 (Marsaglia 2003)
  const draw = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % NUMBER_OF_POINTS;
  };
  const rows = new Set(start === 0 ? SEEDS_ROWS.slice(0, k) : []);
  while (rows.size < k) rows.add(draw());
  return [...rows];
}

interface Settings {
  readonly k: number;
  readonly rate: number;
  readonly start: number;
}

/** The cell with these settings in the places where the article has its own. */
export const written = (cell: string, { k, rate, start }: Settings): string =>
  cell
    .replace(/const k = \d+;/, `const k = ${k};`)
    .replace(/X\.take\(\[[\d, ]*\]\); \/\/ \[\d+, 2\]/, `X.take([${rowsOf(start, k).join(", ")}]); // [${k}, 2]`)
    .replace(/learningRate: [\d.]+/, `learningRate: ${rate}`);

const RATES = [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.008];

const SLIDERS = [
  { name: "k", label: "Prototypes, k", min: 1, max: 8, value: 3, shown: String },
  {
    name: "rate",
    label: "Learning rate",
    min: 0,
    max: RATES.length - 1,
    value: RATES.indexOf(0.001),
    shown: (at: number) => String(RATES[at]),
  },
  {
    name: "start",
    label: "Start",
    min: 0,
    max: 20,
    value: 0,
    shown: (start: number) => (start === 0 ? "the article's" : `drawn, no. ${start}`),
  },
] as const;

/** Puts the sliders into a place; `change` writes every cell anew. */
export function mountControls(place: HTMLElement, change: (write: (cell: string) => string) => void): () => void {
  const values = { k: 3, rate: RATES.indexOf(0.001), start: 0 };
  const rows = SLIDERS.map(({ name, label, min, max, value, shown }) => {
    const row = document.createElement("div");
    const text = document.createElement("label");
    const slider = document.createElement("input");
    Object.assign(slider, { type: "range", min, max, step: 1, name, id: `slider-${name}` });
    text.htmlFor = slider.id;
    slider.value = String(value);
    const output = document.createElement("output");
    const show = (): void => {
      values[name] = Number(slider.value);
      output.textContent = shown(values[name]);
      slider.setAttribute("aria-valuetext", output.textContent);
    };
    text.textContent = label;
    show();
    slider.addEventListener("input", () => {
      show();
      const settings = { k: values.k, rate: RATES[values.rate] as number, start: values.start };
      change((cell) => written(cell, settings));
    });
    row.append(text, output, slider);
    return row;
  });
  place.replaceChildren(...rows);
  return () => place.replaceChildren();
}
