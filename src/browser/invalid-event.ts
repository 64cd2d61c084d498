/** An event that could not be parsed, or that the schema refuses. `cause` is what `parse` threw. */
export class InvalidEvent extends Error {
  readonly event: { readonly id: string; readonly type: string; readonly data: string };
  /** What the schema reported; empty where parsing failed. */
  readonly issues: readonly { readonly message: string; readonly path?: unknown }[];

  constructor(event: InvalidEvent['event'], { issues = [], cause }: { issues?: InvalidEvent['issues']; cause?: unknown }) {
    const why = cause instanceof Error ? cause.message : issues.map(({ message }) => message).join('; ');
    super(`Event ${event.id} (${event.type}) is not valid: ${why}. onInvalid: a function is told of such events, and goes on.`, {
      cause,
    });
    this.name = 'InvalidEvent';
    this.event = event;
    this.issues = issues;
  }
}
