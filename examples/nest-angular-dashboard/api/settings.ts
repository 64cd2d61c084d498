import { BadRequestException, Injectable } from '@nestjs/common';
import { BehaviorSubject } from 'rxjs';

/** What can be set while it runs. Of this process: after a restart it is as at first. */
export interface Settings {
  /** Orders that the generator makes, each second. */
  readonly rate: number;
  /** Zoe's bank is down: whatever she orders cannot be charged. */
  readonly outage: boolean;
}

const HIGHEST_RATE = 1_000;

@Injectable()
export class SettingsService {
  readonly #now = new BehaviorSubject<Settings>({ rate: rateOf(Number(process.env['RATE'] ?? 10)), outage: true });
  readonly changes = this.#now.asObservable();

  get now(): Settings {
    return this.#now.value;
  }

  set(change: Partial<Record<keyof Settings, unknown>>): Settings {
    const { rate = this.now.rate, outage = this.now.outage } = change;
    if (typeof outage !== 'boolean') throw new BadRequestException(`outage is ${String(outage)}, but must be true or false`);
    this.#now.next({ rate: rateOf(rate), outage });
    return this.now;
  }
}

function rateOf(rate: unknown): number {
  if (typeof rate === 'number' && Number.isInteger(rate) && rate >= 0 && rate <= HIGHEST_RATE) return rate;
  throw new BadRequestException(`rate is ${String(rate)}, but must be an integer from 0 to ${HIGHEST_RATE}`);
}
