import type { Redis } from 'ioredis';

/** Runs `act` before that client sends its next command of that name with that first word: what happens between two commands of ours. */
export function beforeCommand(client: Redis, [name, word]: readonly [string, string], act: () => Promise<unknown>): void {
  const { call } = client as unknown as { call: (name: string, args: readonly unknown[]) => Promise<unknown> };
  let isNext = true;
  Object.assign(client, {
    call: async (sent: string, args: readonly unknown[]) => {
      if (isNext && sent === name && args[0] === word) {
        isNext = false;
        await act();
      }
      return call.call(client, sent, args);
    },
  });
}
