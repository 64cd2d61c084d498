import { SamplingDecision, type Sampler } from '@opentelemetry/sdk-trace-base';

/** Leaves out the spans of reads, which are as long as nothing comes; `rest` decides on all others. */
export function withoutBlockingReads(rest: Sampler): Sampler {
  return {
    shouldSample: (context, traceId, name, ...more) =>
      /^xread(group)?$/i.test(name)
        ? { decision: SamplingDecision.NOT_RECORD }
        : rest.shouldSample(context, traceId, name, ...more),
    toString: () => `withoutBlockingReads(${rest.toString()})`,
  };
}
