import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { ON_STREAM, type Declared } from './on-stream.js';
import { getGroupToken, getStreamsToken } from './tokens.js';

/** Where Nest keeps what parameters are decorated with `@Inject` for (`SELF_DECLARED_DEPS_METADATA`, of both majors). */
const INJECTED = 'self:paramtypes';

/** The classes that a feature is injected into, or that handle it: for errors. */
export function whoUses(modules: ModulesContainer, feature: string): readonly string[] {
  const names = new Set<string>();
  for (const { providers, controllers } of modules.values()) {
    for (const { metatype } of [...providers.values(), ...controllers.values()]) {
      if (typeof metatype === 'function' && uses(metatype, feature)) names.add(metatype.name);
    }
  }
  return [...names].sort();
}

function uses(metatype: { prototype?: unknown }, feature: string): boolean {
  const injected = (Reflect.getMetadata(INJECTED, metatype) ?? []) as readonly { param: unknown }[];
  if (injected.some(({ param }) => param === getStreamsToken(feature) || param === getGroupToken(feature))) return true;
  const prototype = metatype.prototype as Record<string, object> | undefined; // a factory is a function, and may have none
  if (prototype === undefined) return false;
  return new MetadataScanner().getAllMethodNames(prototype).some((method) => {
    const called = prototype[method];
    const declared = (called === undefined ? [] : (Reflect.getOwnMetadata(ON_STREAM, called) ?? [])) as readonly Declared[];
    return declared.some((each) => each.feature === feature);
  });
}
