/**
 * How time is measured: in turns, with many calls per sample where calls are short, and as the median of the samples.
 */

/** Something to be timed: makes so many calls and says how many milliseconds each of them took. */
export interface Contestant {
  readonly name: string;
  sample(calls: number): number | Promise<number>;
}

/** Times calls in this process. */
export function sampleOf(run: () => unknown): Contestant["sample"] {
  return (calls) => {
    const start = performance.now();
    for (let call = 0; call < calls; call++) run();
    return (performance.now() - start) / calls;
  };
}

/** How much time is spent. */
export interface Effort {
  /** For how many milliseconds each is run before it is timed: engines compile what has run for a while. */
  readonly warmUp: number;
  /** How many milliseconds a sample lasts at least, so that the clock is fine enough. */
  readonly sample: number;
  /** How many samples are taken at most. */
  readonly samples: number;
  /** In how many milliseconds a slow one should have done, if that leaves it three samples. */
  readonly budget: number;
}

export const FULL_EFFORT: Effort = { warmUp: 500, sample: 40, samples: 21, budget: 8_000 };
export const QUICK_EFFORT: Effort = { warmUp: 50, sample: 10, samples: 5, budget: 500 };

const FEWEST_SAMPLES = 3;

/** The result, in milliseconds for one call. */
export interface Timing {
  readonly median: number;
  readonly samples: readonly number[];
}

/**
 * Times all of them round by round, so that whatever else the machine is doing affects all alike. One that takes fewer
 * samples takes them evenly spread over the rounds. Each round begins with a different one.
 */
export async function timeInTurns(contestants: readonly Contestant[], effort: Effort): Promise<Timing[]> {
  const plans = [];
  for (const { sample } of contestants) {
    const expected = await warmUp(sample, effort.warmUp);
    const calls = Math.max(1, Math.ceil(effort.sample / expected));
    const affordable = Math.floor(effort.budget / (calls * expected));
    const count = Math.min(effort.samples, Math.max(FEWEST_SAMPLES, affordable));
    plans.push({ sample, calls, count, samples: [] as number[] });
  }
  for (let round = 0; round < effort.samples; round++) {
    for (let turn = 0; turn < plans.length; turn++) {
      const { sample, calls, count, samples } = plans[(round + turn) % plans.length]!;
      const due = Math.ceil(((round + 1) * count) / effort.samples);
      if (samples.length < due) samples.push(await sample(calls));
    }
  }
  return plans.map(({ samples }) => ({ median: median(samples), samples }));
}

/** The middle one, or the mean of the two in the middle. */
export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}

/** Runs for about that long, and returns how long a call took in the end. */
async function warmUp(sample: Contestant["sample"], duration: number): Promise<number> {
  let expected = await sample(1);
  for (let spent = expected, calls = 1; spent < duration; calls *= 2) {
    // No more calls than there is time left for, by the latest estimate.
    const affordable = Math.max(1, Math.min(calls, Math.ceil((duration - spent) / expected)));
    expected = await sample(affordable);
    spent += affordable * expected;
  }
  return expected;
}
