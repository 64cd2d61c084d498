import type { StandardSchema } from 'rxjs-redis-streams';

type Check = (value: unknown) => boolean;
export const text: Check = (value) => typeof value === 'string';
export const number: Check = (value) => typeof value === 'number' && Number.isFinite(value);

/** A Standard Schema of flat objects: zod, valibot and arktype make better ones. */
export function object<T extends object>(checks: Record<keyof T, Check>): StandardSchema<T> {
  return {
    '~standard': {
      version: 1,
      vendor: 'dashboard',
      validate(value) {
        if (typeof value !== 'object' || value === null) return { issues: [{ message: 'no object' }] };
        const wrong = (Object.entries(checks) as [keyof T & string, Check][]).find(
          ([name, check]) => !check((value as Partial<T>)[name]),
        );
        return wrong ? { issues: [{ message: `${wrong[0]} is wrong`, path: [wrong[0]] }] } : { value: value as T };
      },
    },
  };
}
