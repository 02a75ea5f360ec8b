/** Numbers as people write them: a true minus sign, thousands apart, as many digits as there is room for. */

/** At most so many digits after the point, none of them in vain. */
export function short(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  const fixed = value.toFixed(Math.abs(value) >= 100 ? Math.min(digits, 1) : digits);
  return signed(String(Number(fixed)));
}

/** Three digits, where there is little room. */
export const brief = (value: number): string =>
  short(value, Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);

/** The cost: seven digits, the most that float32 holds. */
export function costText(value: number): string {
  const [whole = "", part] = String(Number(value.toPrecision(7))).split(".");
  return signed(`${whole.replace(/\B(?=(\d{3})+$)/g, "\u202f")}${part === undefined ? "" : `.${part}`}`);
}

/** Two digits and a power of ten: 5.0 · 10⁻⁵. */
export function scientific(value: number, digits = 2): string {
  if (value === 0) return "0";
  if (!Number.isFinite(value)) return short(value);
  const [mantissa = "", exponent = ""] = value.toExponential(digits - 1).split("e");
  return signed(`${mantissa} · ${power(Number(exponent))}`);
}

/** 10⁻⁵ */
export const power = (exponent: number): string =>
  `10${Array.from(String(exponent), (digit) => SUPERSCRIPTS[digit]).join("")}`;

const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  "-": "⁻",
  ...Object.fromEntries(Array.from("⁰¹²³⁴⁵⁶⁷⁸⁹", (superscript, digit) => [digit, superscript])),
};

const SUBSCRIPTS = "₀₁₂₃₄₅₆₇₈₉";

/** w₁, w₂ … for the positions 0, 1 … */
export const prototypeName = (at: number): string => `w${SUBSCRIPTS[at + 1]}`;

/** (1.5, −2) */
export const placeText = ({ x, y }: { readonly x: number; readonly y: number }): string => `(${short(x)}, ${short(y)})`;

const signed = (text: string): string => (text === "-0" ? "0" : text.replace("-", "−"));
