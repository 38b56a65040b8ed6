import type { Socket } from "../src/desktop/link.ts";

/** A socket in the hands of the test. */
export class FakeSocket implements Socket {
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  readonly sent: { readonly type: string; readonly ref: string }[] = [];
  isClosed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.isClosed = true;
  }

  opens(): void {
    this.onopen?.call(this as never, {} as Event);
  }

  says(event: object | string): void {
    const data = typeof event === "string" ? event : JSON.stringify(event);
    this.onmessage?.call(this as never, { data } as MessageEvent);
  }

  closes(code = 1006): void {
    this.onclose?.call(this as never, { code } as CloseEvent);
  }
}
