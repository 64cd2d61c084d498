import type { ModulesContainer } from '@nestjs/core';
import { MetadataScanner } from '@nestjs/core';

/** Where `@EventPattern` leaves its patterns (`PATTERN_METADATA`, of both majors). */
const PATTERN = 'microservices:pattern';

/** The class and the method that handle a pattern: a server is told the pattern alone. */
export function whereHandled(modules: ModulesContainer, pattern: unknown): string | undefined {
  const scanner = new MetadataScanner();
  for (const { controllers } of modules.values()) {
    for (const { metatype } of controllers.values()) {
      if (typeof metatype !== 'function') continue;
      const prototype = metatype.prototype as Record<string, object>;
      const found = scanner.getAllMethodNames(prototype).find((name) => patternsOf(prototype[name]).includes(pattern));
      if (found !== undefined) return `${metatype.name}.${found}`;
    }
  }
  return undefined;
}

function patternsOf(method: object | undefined): readonly unknown[] {
  const patterns: unknown = method === undefined ? [] : Reflect.getMetadata(PATTERN, method);
  return Array.isArray(patterns) ? patterns : [patterns];
}
