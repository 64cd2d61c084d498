import type { Child } from './child.js';

/** A process that can be killed and started again, where it was. */
export interface Server {
  readonly url: string;
  /** Kills it as `kill -9` does, and starts it again once `noticed` resolves. */
  restart(options?: { noticed?: () => Promise<void> }): Promise<void>;
  stop(): Promise<void>;
}

export async function keep(url: string, start: () => Promise<Child>): Promise<Server> {
  let child = await start();
  return {
    url,
    async restart({ noticed } = {}) {
      await child.kill('SIGKILL');
      await noticed?.();
      child = await start();
    },
    stop: () => child.kill('SIGKILL'),
  };
}
