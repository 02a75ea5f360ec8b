/**
 * The state as the part of an address behind "#", and back: what differs from the initial state, under readable names.
 * What an address says wrongly is left out, so that an old or a damaged link still opens.
 */
import { type Place, rounded } from "./place.js";
import {
  ALGORITHMS,
  EDGES,
  initialState,
  type Line,
  MOST_ADDED,
  MOST_ITERATIONS,
  MOST_PROTOTYPES,
  PRESETS,
  RATES,
  STEPS,
  type State,
} from "./state.js";

/** One field: how it is written, and how it is read; `undefined` where that makes no sense. */
interface Field<Value> {
  readonly name: string;
  write(value: Value): string;
  read(text: string): Value | undefined;
}

const oneOf = <Value extends string>(name: string, values: readonly Value[]): Field<Value> => ({
  name,
  write: (value) => value,
  read: (text) => values.find((value) => value === text),
});

const number = (name: string, from: number, to: number, isWhole: boolean): Field<number> => ({
  name,
  write: String,
  read: (text) => {
    const value = text === "" ? Number.NaN : Number(text);
    return value >= from && value <= to && (!isWhole || Number.isInteger(value)) ? value : undefined;
  },
});

const FIELDS: { readonly [Key in keyof State]: Field<State[Key]> } = {
  preset: oneOf("points", PRESETS),
  moved: {
    name: "moved",
    write: (moved) => [...moved].map(([at, place]) => `${at},${placeText(place)}`).join(";"),
    read: (text) => {
      const entries = text.split(";").map((part): [number, Place | undefined] => {
        const [at, x, y] = part.split(",");
        return [Number(at), placeFrom(`${x},${y}`)];
      });
      if (entries.some(([at, place]) => !Number.isInteger(at) || at < 0 || place === undefined)) return undefined;
      return new Map(entries as [number, Place][]);
    },
  },
  added: {
    name: "added",
    write: packed,
    read: (text) => unpacked(text)?.slice(0, MOST_ADDED),
  },
  start: {
    name: "start",
    write: (start) => (start as readonly Place[]).map(placeText).join(";"),
    read: (text) => {
      const places = text.split(";").map(placeFrom);
      return places.length <= MOST_PROTOTYPES && places.every((place) => place !== undefined) ? places : undefined;
    },
  },
  k: number("k", 1, MOST_PROTOTYPES, true),
  algorithm: oneOf("algorithm", ALGORITHMS),
  iteration: number("iteration", 0, MOST_ITERATIONS, true),
  rate: number("rate", RATES.from, RATES.to, false),
  chosen: number("point", 0, Number.MAX_SAFE_INTEGER, true),
  back: number("back", 0, EDGES, true),
  step: number("h", STEPS.from, STEPS.to, false),
  line: { name: "line", write: (line) => lineText(line as Line), read: lineFrom },
};

const KEYS = Object.keys(FIELDS) as (keyof State)[];

/** Without "#"; empty for the initial state. */
export function addressOf(state: State): string {
  return KEYS.filter((key) => !isInitial(key, state[key]))
    .map((key) => `${FIELDS[key].name}=${(FIELDS[key] as Field<unknown>).write(state[key])}`)
    .join("&");
}

/** With or without "#". Prototypes that are given are as many as k, whatever the address says of k. */
export function stateFrom(address: string): State {
  const texts = new Map(
    address
      .replace(/^#/, "")
      .split("&")
      .map((part) => part.split("=", 2) as [string, string]),
  );
  const entries = KEYS.flatMap((key) => {
    const text = texts.get(FIELDS[key].name);
    const value = text === undefined ? undefined : FIELDS[key].read(text);
    return value === undefined ? [] : [[key, value] as const];
  });
  const state: State = { ...initialState, ...Object.fromEntries(entries) };
  return state.start === undefined ? state : { ...state, k: state.start.length };
}

function isInitial(key: keyof State, value: unknown): boolean {
  if (key === "moved") return (value as State["moved"]).size === 0;
  if (key === "added") return (value as State["added"]).length === 0;
  return value === initialState[key];
}

const placeText = (place: Place): string => {
  const { x, y } = rounded(place);
  return `${x},${y}`;
};

function placeFrom(text: string): Place | undefined {
  const [x = Number.NaN, y = Number.NaN] = text.split(",").map((part) => (part === "" ? Number.NaN : Number(part)));
  return Math.abs(x) <= FARTHEST && Math.abs(y) <= FARTHEST ? rounded({ x, y }) : undefined;
}

/** No place of an address is farther out than this along an axis. */
export const FARTHEST = 300;

const lineText = ({ subject, from, to }: Line): string => `${subject};${placeText(from)};${placeText(to)}`;

function lineFrom(text: string): Line | undefined {
  const [who = "", a = "", b = ""] = text.split(";");
  const [from, to] = [placeFrom(a), placeFrom(b)];
  const subject = who === "point" ? who : Number(who || Number.NaN);
  const isSubject = subject === "point" || (Number.isInteger(subject) && subject >= 0 && subject < MOST_PROTOTYPES);
  return isSubject && from !== undefined && to !== undefined ? { subject, from, to } : undefined;
}

/** Hundredths as two bytes for each coordinate, in the base64 of addresses: five letters and a bit for a point. */
function packed(places: readonly Place[]): string {
  const bytes = new DataView(new ArrayBuffer(4 * places.length));
  places.forEach(({ x, y }, at) => {
    bytes.setInt16(4 * at, Math.round(x * 100));
    bytes.setInt16(4 * at + 2, Math.round(y * 100));
  });
  const letters = Array.from(new Uint8Array(bytes.buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function unpacked(text: string): Place[] | undefined {
  if (!/^[\w-]+$/.test(text) || text.length % 4 === 1) return undefined;
  const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = new DataView(Uint8Array.from(letters, (letter) => letter.charCodeAt(0)).buffer);
  return Array.from({ length: Math.floor(bytes.byteLength / 4) }, (_, at) => ({
    x: bytes.getInt16(4 * at) / 100,
    y: bytes.getInt16(4 * at + 2) / 100,
  }));
}

/** A place that `added` can hold without loss. */
export const toHundredths = ({ x, y }: Place): Place => ({
  x: Math.round(x * 100) / 100 + 0,
  y: Math.round(y * 100) / 100 + 0,
});
