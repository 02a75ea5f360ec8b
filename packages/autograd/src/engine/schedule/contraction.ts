/**
 * Products whose sums are very many: Xᵀ·G, where each entry of X meets many of G. Folded over the stream, a sum for each
 * entry of the result would be kept, and all of them gone through for each block. Knows nothing of streams otherwise.
 */
import { typical, typicalSize } from "../../lengths.js";
import { dependsOn, type Formula, type Reduce } from "../formula/formula.js";

/** Sums of 16 bytes that fit into the nearest cache, with room for what goes into them. */
const MOST_SUMS = 2 ** 11;

/** How many sums each number goes into on average, if going through the numbers once more is to be worth while. */
const OFTEN = 8;

const entriesOf = ({ axes }: Formula): number => typicalSize(axes);

/**
 * A fold and what is computed for it alone, at as many places; `undefined` where it has few results, where each number
 * goes into few of them, or where it reads at computed indices.
 */
export function contractionOf(fold: Reduce, users: (formula: Formula) => readonly Formula[]): Formula[] | undefined {
  const results = typicalSize(fold.shape);
  if (results <= MOST_SUMS) return undefined;
  const members: Formula[] = [fold];
  let numbers = 0;
  for (const member of members) {
    if (member.kind !== "reduce" && member.kind !== "map") return undefined;
    for (const read of member.reads) {
      if (read.indices.length > 0) return undefined;
      const { from } = read;
      if (members.includes(from)) continue;
      const isOwn =
        from.kind === "map" &&
        entriesOf(from) >= entriesOf(fold) &&
        users(from).every((user) => members.includes(user));
      if (isOwn) members.push(from);
      else numbers += typicalSize([...dependsOn(read)].map((axis) => member.axes[axis] as number));
    }
  }
  return results * typical(fold.length) >= OFTEN * numbers ? members : undefined;
}
