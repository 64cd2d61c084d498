/** An EventSource over fetch, as much of it as `fromServerSentEvents` and these tests need: Node 20 has none. */
export class FetchEventSource {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  readyState = 0;
  lastEventId = '';
  /** Every line that came, comments too. */
  readonly lines: string[] = [];
  retry = 50;
  readonly #listeners = new Map<string, Set<(event: never) => void>>();
  #aborting = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(readonly url: string) {
    void this.#connect();
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners.add(listener));
  }

  removeEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.get(type)?.delete(listener);
  }

  close(): void {
    this.readyState = 2;
    clearTimeout(this.#timer);
    this.#aborting.abort();
  }

  #fire(type: string, event: object): void {
    for (const listener of this.#listeners.get(type) ?? []) listener({ type, ...event } as never);
  }

  async #connect(): Promise<void> {
    this.#aborting = new AbortController();
    try {
      const headers = { Accept: 'text/event-stream', ...(this.lastEventId === '' ? {} : { 'Last-Event-ID': this.lastEventId }) };
      const response = await fetch(this.url, { headers, signal: this.#aborting.signal });
      if (response.status !== 200 || response.body === null) return this.#fail();
      this.readyState = 1;
      this.#fire('open', {});
      let rest = '';
      for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
        const blocks = (rest + chunk).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) this.#block(block.split('\n'));
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
    if (this.readyState === 2) return;
    this.readyState = 0;
    this.#fire('error', {});
    if (this.readyState === 0) this.#timer = setTimeout(() => void this.#connect(), this.retry);
  }

  #fail(): void {
    this.readyState = 2;
    this.#fire('error', {});
  }

  #block(lines: string[]): void {
    this.lines.push(...lines);
    const of = (name: string): string[] =>
      lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
    this.lastEventId = of('id').at(-1) ?? this.lastEventId;
    const data = of('data');
    if (data.length > 0) this.#fire(of('event').at(-1) ?? 'message', { data: data.join('\n'), lastEventId: this.lastEventId });
  }
}
