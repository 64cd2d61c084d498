import { Redis } from 'ioredis';

interface Sender {
  send(name: string, args: readonly unknown[], binary: boolean): unknown;
}

/** Gives a class a method for each command that ioredis has, and for its variant that answers with Buffers. */
export function addCommandMethods(prototype: Sender): void {
  for (const name of Redis.prototype.getBuiltinCommands()) {
    for (const binary of [false, true]) {
      const method = binary ? `${name}Buffer` : name;
      if (method in prototype) continue;
      Object.defineProperty(prototype, method, {
        configurable: true,
        writable: true,
        value(this: Sender, ...args: unknown[]): unknown {
          return this.send(name, args, binary);
        },
      });
    }
  }
}

/** Methods for scripts made with `defineCommand`, whose names keep their case. */
export function addScriptMethods(target: object, names: readonly string[]): void {
  for (const name of names) {
    Object.assign(target, {
      [name](this: Sender, ...args: unknown[]): unknown {
        return this.send(name, args, false);
      },
    });
  }
}
