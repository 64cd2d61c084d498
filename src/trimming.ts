import { flag, fullId, outOfRange, whole, wrongType } from './checks.js';

/** How a stream is kept short when something is added to it. Without `maxLength` and `minId` it is not. */
export interface TrimOptions {
  /** Keep that many entries, the newest ones (MAXLEN). */
  readonly maxLength?: number | undefined;
  /** Drop entries with smaller ids (MINID): an id, or a function that is asked for each entry, such as `() => String(Date.now() - 86_400_000)`. */
  readonly minId?: string | (() => string) | undefined;
  /** Exactly that many, rather than whole nodes of the stream, which costs next to nothing. Default false. */
  readonly exact?: boolean | undefined;
  /** Drop at most that many at a time; 0: as many as there are. Not with `exact`. Default: Redis's, 100 nodes. */
  readonly limit?: number | undefined;
}

/** The options, checked. */
export interface TrimPlan {
  readonly by: 'MAXLEN' | 'MINID';
  readonly threshold: number | string | (() => string);
  readonly exact: boolean;
  readonly limit: number | undefined;
}

/** What one XADD trims. */
export interface Trim {
  readonly by: 'MAXLEN' | 'MINID';
  readonly threshold: number | string;
  readonly exact: boolean;
  readonly limit: number | undefined;
}

const ID = "an id such as '1526919030474-55', or a function that gives one";

export function planTrim({
  maxLength,
  minId,
  exact,
  limit,
}: { readonly [K in keyof TrimOptions]?: unknown }): TrimPlan | undefined {
  const how = {
    exact: exact === undefined ? false : flag('exact', exact),
    limit: limit === undefined ? undefined : whole('limit', limit, { least: 0 }),
  };
  if (how.exact && how.limit !== undefined)
    throw outOfRange('limit', limit, 'left out with exact: true, which drops all of them');
  if (maxLength !== undefined && minId !== undefined) throw outOfRange('minId', minId, 'left out where there is a maxLength');
  if (maxLength !== undefined) return { by: 'MAXLEN', threshold: whole('maxLength', maxLength, { least: 1 }), ...how };
  if (minId !== undefined)
    return { by: 'MINID', threshold: typeof minId === 'function' ? (minId as () => string) : idOf(minId), ...how };
  if (how.exact) throw outOfRange('exact', exact, 'left out without maxLength or minId');
  if (how.limit !== undefined) throw outOfRange('limit', limit, 'left out without maxLength or minId');
  return undefined;
}

/** What is to be trimmed now. */
export function trimNow(plan: TrimPlan | undefined): Trim | undefined {
  if (plan === undefined) return undefined;
  const { threshold } = plan;
  return { ...plan, threshold: typeof threshold === 'function' ? idOf(threshold()) : threshold };
}

function idOf(minId: unknown): string {
  if (typeof minId !== 'string') throw wrongType('minId', minId, ID);
  if (fullId(minId) === undefined) throw outOfRange('minId', minId, ID);
  return minId;
}
