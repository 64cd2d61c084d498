/**
 * TEMPORARY, until `claimIdle` and leases are in this branch: what the soak uses of them where they are exported, and what it does
 * without them. With them a dead consumer is replaced under a new name, and others claim what it held. Without them only its
 * successor of the same name gets that, by `backlogFirst()`, and no lease can be lost. Once they are here this file goes: `options`
 * and `refiner` move into consumer.ts, `lost` becomes a case of its `notify`, and crew.ts always takes new names, at once.
 */
import * as lib from '../../../src/index.js';
import type { GroupSource, Notice } from '../../../src/index.js';

type Refiner = (source: GroupSource) => GroupSource;

const { claimIdle } = lib as { claimIdle?: (options: { minIdle: number; every: number }) => Refiner };

export const claiming = {
  there: claimIdle !== undefined,
  options: claimIdle && { lease: { renewEvery: 500 } },
  refiner: claimIdle?.({ minIdle: 1500, every: 500 }) ?? ((source: GroupSource) => source),
  /** The ids of a notice that leases are lost. */
  lost(notice: Notice): readonly string[] {
    const { type, ids = [] } = notice as { type: string; ids?: readonly string[] };
    return type === 'lease-lost' ? ids : [];
  },
};
