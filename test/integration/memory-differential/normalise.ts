import type { Step } from './scripts.js';

/** Without what cannot be equal on two servers: ids made from the clock, and times. Idle times are compared roughly. */
export function normalise(step: Step, outcome: unknown): unknown {
  const idle = step.commands.map((words) => withoutIdle(String(words[0]).toUpperCase(), words.map(String)));
  if (step.kind !== 'multi' && step.kind !== 'pipeline') return walk(outcome instanceof Error ? outcome : idle[0]?.(outcome));
  if (!Array.isArray(outcome)) return walk(outcome);
  return walk((outcome as unknown[][]).map(([error, value], index) => (error ? [error] : [null, idle[index]?.(value)])));
}

function walk(value: unknown): unknown {
  if (value instanceof Error) return errorText(value);
  if (typeof value === 'string') return text(value);
  if (Buffer.isBuffer(value)) return `<${text(value.toString('latin1'))}>`;
  if (typeof value === 'number') return value > 1.6e12 && value < 1e13 ? '<time>' : value;
  if (Array.isArray(value)) return value.map(walk);
  return value;
}

/** With what ioredis notes on it: the command that it answers, and why a transaction was refused. */
function errorText(error: Error): string {
  const { command, previousErrors } = error as { command?: { name: string }; previousErrors?: Error[] };
  const answers = command ? ` (${command.name})` : '';
  const because = previousErrors ? ` because of ${previousErrors.map(errorText).join(', ')}` : '';
  return `${error.name}: ${text(error.message)}${answers}${because}`;
}

function text(value: string): string {
  return value.replace(/\b1[6-9]\d{11}-\d+\b/g, '<generated id>').replace(/^1[6-9]\d{11}$/, '<time>');
}

function withoutIdle(name: string, words: readonly string[]): (reply: unknown) => unknown {
  if (name === 'XPENDING' && words.length > 3) {
    return (reply) => each(reply, (row) => row.map((cell, index) => (index === 2 ? rough(cell) : cell)));
  }
  if (name === 'XINFO' && words[1]?.toUpperCase() === 'CONSUMERS') {
    return (reply) => each(reply, (row) => row.map((cell, index) => (index === 5 ? rough(cell) : cell)));
  }
  return (reply) => reply;
}

function each(reply: unknown, change: (row: unknown[]) => unknown[]): unknown {
  return Array.isArray(reply) ? reply.map((row: unknown) => (Array.isArray(row) ? change(row) : row)) : reply;
}

function rough(idle: unknown): unknown {
  if (typeof idle !== 'number') return idle;
  return idle > 1e11 ? '<since the epoch>' : `<about ${Math.round(idle / 20_000) * 20} s>`;
}
